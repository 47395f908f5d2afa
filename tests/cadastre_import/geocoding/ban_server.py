"""A BAN geocoding API of our own on the loopback: it answers by the published shapes, and misbehaves on demand."""

import csv
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Misbehaviour:
    """One answer sent before the good ones: a status, headers, a body; or a connection cut."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False


@dataclass
class BanServer:
    """The service: ``places`` are its features by asked text, ``asked`` what it was asked, ``files`` the CSV sent."""

    url: str = ""
    places: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    misbehaviours: list[Misbehaviour] = field(default_factory=list)
    has_csv: bool = True
    edit_csv: Callable[[str], str] = str

    def routes(self) -> list[str]:
        """Give the routes that were asked, in order."""
        return [route for route, _ in self.asked]


def feature(
    text: str, ban_id: str, score: float = 0.95, kind: str = "housenumber", lon: float = 2.48
) -> dict[str, Any]:
    """Give one GeoCodeJSON feature, as the Géoplateforme and addok write it."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, 48.9]},
        "properties": {
            "label": text,
            "score": score,
            "id": ban_id,
            "type": kind,
            "citycode": ban_id[:5],
            "city": "Bondy",
            "postcode": "93140",
            "context": "93, Seine-Saint-Denis, Île-de-France",
            "importance": 0.5,
        },
    }


@contextmanager
def ban_server() -> Iterator[BanServer]:
    """Serve on a free loopback port for the length of the block."""
    service = BanServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(service))
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(service: BanServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._answer(parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}, b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fields, content = _form(self.headers["Content-Type"], body)
            self._answer(self.path, fields, content)

        def _answer(self, route: str, parameters: dict[str, str], content: bytes) -> None:
            service.asked.append((route, parameters))
            service.files += [content] if content else []
            if service.misbehaviours:
                wrong = service.misbehaviours.pop(0)
                if wrong.cut:
                    self.close_connection = True
                    self.connection.close()
                    return
                self._send(wrong.status, wrong.body, wrong.headers)
            elif route == "/search/csv" and service.has_csv:
                self._send(200, service.edit_csv(_geocoded(service, content.decode())).encode(), {})
            elif route in ("/search", "/reverse"):
                found = service.places.get(parameters.get("q", "reverse"), [])[
                    : int(parameters.get("limit", 5))
                ]
                self._send(200, json.dumps({"type": "FeatureCollection", "features": found}).encode(), {})
            else:
                self._send(404, b"{}", {})

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Say nothing: addresses are not for the output of a test."""

    return Handler


def _form(content_type: str, body: bytes) -> tuple[dict[str, str], bytes]:
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body
    )
    parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
    content = parts.pop("data").get_payload(decode=True)
    return {name: part.get_payload(decode=True).decode() for name, part in parts.items()}, content


def _geocoded(service: BanServer, text: str) -> str:
    """Add the columns of the result to each row, empty where nothing was found."""
    out = io.StringIO()
    rows = list(csv.DictReader(io.StringIO(text)))
    results = ("label", "score", "type", "id", "citycode", "city", "postcode")
    writer = csv.writer(out)
    writer.writerow(
        [*rows[0], "longitude", "latitude", *(f"result_{name}" for name in results), "result_status"]
    )
    for row in rows:
        found = service.places.get(row["adresse"], [])
        if found:
            properties = found[0]["properties"]
            values = [*found[0]["geometry"]["coordinates"], *(properties[name] for name in results), "ok"]
        else:
            values = ["", "", *("" for _ in results), "not-found"]
        writer.writerow([*row.values(), *values])
    return out.getvalue()
