"""A file answered whole or by ranges of bytes (RFC 9110, 13 and 14), read as it is sent: memory stays flat."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date_safe

BLOCK = 256 * 1024
RANGE = re.compile(r"bytes\s*=\s*(\d{0,30})\s*-\s*(\d{0,30})", re.IGNORECASE)


class RangeNotSatisfiable(Exception):
    """A range that starts past the end of the file."""


def ranged_response(request: HttpRequest, path: Path, content_type: str) -> HttpResponseBase:
    """Answer 200, 206, 304, 412 or 416 as the request asks; raises FileNotFoundError.

    The file may be replaced meanwhile, by a rename: the answer goes on with the one that was opened, and its ETag
    is that one's.
    """
    file = path.open("rb")
    stat = os.fstat(file.fileno())
    etag, changed_s = f'"{stat.st_ino:x}-{stat.st_mtime_ns:x}-{stat.st_size:x}"', int(stat.st_mtime)
    headers = {"ETag": etag, "Last-Modified": http_date(changed_s), "Accept-Ranges": "bytes"}
    refused = get_conditional_response(
        request, etag=etag, last_modified=changed_s, response=HttpResponse(headers=headers)
    )
    if refused is not None and refused.status_code != 200:
        file.close()
        return refused
    wanted = None
    if request.method == "GET" and _same_file(request.headers.get("If-Range", ""), etag, changed_s):
        try:
            wanted = wanted_range(request.headers.get("Range", ""), stat.st_size)
        except RangeNotSatisfiable:
            file.close()
            return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{stat.st_size}"})
    sent = wanted or range(stat.st_size)
    headers["Content-Length"] = str(len(sent))
    if wanted is not None:
        headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{stat.st_size}"
    if request.method == "HEAD":
        file.close()
        return HttpResponse(content_type=content_type, headers=headers)
    status = 200 if wanted is None else 206
    return StreamingHttpResponse(Slice(file, sent), status=status, content_type=content_type, headers=headers)


def wanted_range(header: str, size: int) -> range | None:
    """Give the bytes that a ``Range`` header asks; None for no range, or for one that we answer whole.

    Several ranges, other units and malformed ones are ignored, as the standard allows: the whole file is always a
    right answer. Raises RangeNotSatisfiable.
    """
    found = RANGE.fullmatch(header.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:  # the last bytes
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        raise RangeNotSatisfiable
    return range(start, stop)


def _same_file(condition: str, etag: str, changed_s: int) -> bool:
    """Say whether a range may be sent: the client has parts of this very file, or none. A weak tag names no file."""
    if not condition or condition == etag:
        return True
    return '"' not in condition and parse_http_date_safe(condition) == changed_s


class Slice:
    """A part of an open file, in blocks; closed with the answer, even one that nobody reads."""

    def __init__(self, file: BinaryIO, wanted: range) -> None:
        self.file, self.wanted = file, wanted

    def __iter__(self) -> Iterator[bytes]:
        self.file.seek(self.wanted.start)
        left = len(self.wanted)
        while left and (piece := self.file.read(min(BLOCK, left))):
            left -= len(piece)
            yield piece

    def close(self) -> None:
        """Close the file."""
        self.file.close()
