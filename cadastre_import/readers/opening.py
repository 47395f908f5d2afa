"""Opens a file whatever its name says: gzip is known by its first two bytes."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from layers.errors import UnreadableFile

GZIP_MAGIC = b"\x1f\x8b"


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open ``path`` for reading, inflated if it is gzip; a damaged archive is an UnreadableFile."""
    try:
        with path.open("rb") as raw:
            compressed = raw.read(2) == GZIP_MAGIC
        with gzip.open(path) if compressed else path.open("rb") as stream:
            yield stream
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableFile(
            f"{path.name} : archive gzip tronquée ou abîmée ; téléchargez-la de nouveau"
        ) from error
    except OSError as error:
        raise UnreadableFile(f"{path.name} : lecture impossible ({error.strerror or error})") from error
