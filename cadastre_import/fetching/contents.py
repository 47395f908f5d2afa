"""Whether a file that came is the file that was asked: whole, of the right kind, with what the import needs.

Each check reads the file and raises UnreadableFile; a page of error or of maintenance served as a file is told.
"""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import orjson

from cadastre_import.readers.delimited import read_csv
from cadastre_import.readers.opening import open_bytes
from cadastre_import.sources.ban import REQUIRED
from layers.errors import UnreadableFile

HEAD = 4096
CHUNK = 1024 * 1024
LARGEST_ANSWER = 256 * 1024 * 1024


def geojson(path: Path) -> None:
    """Check a FeatureCollection, gzip read to its end (its checksum is there)."""
    head = _read_to_the_end(path)
    if b'"FeatureCollection"' not in head:
        raise UnreadableFile(f"{path.name} : ce n’est pas une FeatureCollection GeoJSON")


def addresses(path: Path) -> None:
    """Check a CSV of the BAN: whole, with the columns that the import reads."""
    _read_to_the_end(path)
    read_csv(path, required=REQUIRED)


def answer(path: Path) -> None:
    """Check a JSON document."""
    document(path)


def features(path: Path) -> None:
    """Check a WFS answer in GeoJSON: nothing was cut off by the server's limit."""
    collection = document(path)
    found = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(found, list):
        raise UnreadableFile(f"{path.name} : une FeatureCollection GeoJSON est attendue")
    matched = collection.get("numberMatched", collection.get("totalFeatures"))
    if isinstance(matched, int) and matched != len(found):
        raise UnreadableFile(f"{path.name} : {len(found)} objets sur {matched}, la réponse est incomplète")


def archive(path: Path) -> None:
    """Check a zip: each member whole, and a CSV that is not the description of the variables."""
    try:
        with zipfile.ZipFile(path) as opened:
            damaged = opened.testzip()
            names = opened.namelist()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        _refuse_a_page(path, path.read_bytes()[:HEAD])
        raise UnreadableFile(f"{path.name} : archive zip tronquée ou abîmée") from error
    if damaged:
        raise UnreadableFile(f"{path.name} : {damaged} est abîmé dans l’archive")
    if not data_member(names):
        raise UnreadableFile(f"{path.name} : aucun fichier CSV dans l’archive")


def data_member(names: list[str]) -> str:
    """Give the member of an Insee archive that holds the data, empty if there is none."""
    return next(
        (
            name
            for name in sorted(names)
            if name.lower().endswith(".csv") and "meta" not in name.rsplit("/", 1)[-1].lower()
        ),
        "",
    )


def document(path: Path) -> Any:
    """Give a JSON document, read whole."""
    with open_bytes(path) as stream:
        content = stream.read(LARGEST_ANSWER + 1)
    _refuse_a_page(path, content[:HEAD])
    if len(content) > LARGEST_ANSWER:
        raise UnreadableFile(f"{path.name} : réponse de plus de 256 Mo")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UnreadableFile(f"{path.name} : JSON illisible, ligne {error.lineno}") from error


def _read_to_the_end(path: Path) -> bytes:
    """Read everything, and give the beginning."""
    with open_bytes(path) as stream:
        head = stream.read(HEAD)
        while stream.read(CHUNK):
            pass
    if not head.strip():
        raise UnreadableFile(f"{path.name} : fichier vide")
    _refuse_a_page(path, head)
    return head


def _refuse_a_page(path: Path, head: bytes) -> None:
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raise UnreadableFile(f"{path.name} : le serveur a envoyé une page web ou du XML, pas le fichier")
