"""A producer's server on the loopback: the official URL layout, validators, ranges, and faults on demand.

A fault is used once, by the next request for its path. ``requests`` keeps what was asked and how many bytes left.
"""

import hashlib
import re
import socket
import struct
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LAST_MODIFIED = "Wed, 01 Oct 2025 08:00:00 GMT"

Fault = Callable[["Handler", bytes], None]


@dataclass
class Asked:
    """One request, and what it was answered."""

    path: str
    headers: dict[str, str]
    status: int = 0
    sent: int = 0


@dataclass
class OfficialServer:
    """Files by path (query included); ``faults`` are consumed in order."""

    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    requests: list[Asked] = field(default_factory=list)
    tunnels: list[str] = field(default_factory=list)
    without_validators: set[str] = field(default_factory=set)
    url: str = ""

    def asked(self, path: str) -> list[Asked]:
        """Give the requests for a path, in order."""
        return [request for request in self.requests if request.path == path]

    def sent(self) -> int:
        """Give the bytes of content sent so far."""
        return sum(request.sent for request in self.requests)


class Handler(BaseHTTPRequestHandler):
    """Answers GET as a careful static server does."""

    protocol_version = "HTTP/1.1"
    official: OfficialServer

    def do_GET(self) -> None:
        path = re.sub(r"^http://[^/]+", "", self.path)  # a proxy is asked with the whole URL
        self.record = Asked(path, dict(self.headers.items()))
        self.official.requests.append(self.record)
        content = self.official.files.get(path)
        if faults := self.official.faults[path]:
            faults.pop(0)(self, content or b"")
        elif content is None:
            self.answer(404, b"absent")
        else:
            self.serve(content)

    def do_CONNECT(self) -> None:
        self.official.tunnels.append(self.path)
        self.answer(502, b"")

    def serve(self, content: bytes, *, stop_after: int | None = None) -> None:
        """Answer a file, whole or from the byte asked; ``stop_after`` cuts the connection after so many bytes."""
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        headers = {"ETag": etag, "Last-Modified": LAST_MODIFIED}
        if self.record.path in self.official.without_validators:
            headers = {}
        elif self.headers["If-None-Match"] == etag:
            return self.answer(304, b"", headers)
        status, start = 200, 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        if asked and headers and self.headers["If-Range"] in headers.values():
            status, start = 206, int(asked[1])
            if start >= len(content):
                return self.answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return self.answer(status, content[start:], headers, stop_after=stop_after)

    def answer(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
        *,
        stop_after: int | None = None,
        length: int | None = None,
    ) -> None:
        """Send an answer; ``length`` is what Content-Length claims, the truth by default."""
        self.record = getattr(self, "record", Asked(self.path, {}))
        self.record.status = status
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        if stop_after is not None or length is not None:
            self.close_connection = True
        body = body if stop_after is None else body[:stop_after]
        self.record.sent = len(body)  # before the headers leave: a client told of an error goes on at once
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *args: object) -> None:
        """Stay silent."""


def cut_after(count: int) -> Fault:
    """Send the headers of the whole file, ``count`` bytes of it, and hang up."""
    return lambda handler, content: handler.serve(content, stop_after=count)


def reset_after(count: int) -> Fault:
    """Send ``count`` bytes and reset the connection, as a network that falls does."""

    def reset(handler: Handler, content: bytes) -> None:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.serve(content, stop_after=count)
        handler.connection.close()

    return reset


def status(code: int, **headers: str) -> Fault:
    """Answer an error."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, content: handler.answer(code, b"erreur", named)


def instead(body: bytes) -> Fault:
    """Answer other bytes than the file's, as if nothing were wrong."""
    return lambda handler, content: handler.answer(200, body)


def claiming(length: int) -> Fault:
    """Answer the file under a Content-Length that is not its size."""
    return lambda handler, content: handler.answer(200, content[:length], length=length)


def redirect(location: str) -> Fault:
    """Send elsewhere."""
    return lambda handler, content: handler.answer(302, b"", {"Location": location})


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Let a client hang up; anything else is a mistake of the test."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving(official: OfficialServer) -> Iterator[OfficialServer]:
    """Serve on a free port of the loopback."""
    handler = type("OfficialHandler", (Handler,), {"official": official})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    official.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield official
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
