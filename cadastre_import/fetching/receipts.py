"""What a server said of a file that we hold, kept beside it: enough not to ask for it twice, or to resume it."""

import hashlib
import re
from dataclasses import asdict, dataclass
from datetime import date
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

import orjson
from django.utils import timezone

DATED_FOLDER = re.compile(r"/(\d{4}-\d{2}-\d{2})/")


@dataclass(frozen=True)
class Receipt:
    """``edition`` is empty when neither the URL nor the server dates the file; ``sha256`` until it is whole."""

    url: str
    etag: str = ""
    last_modified: str = ""
    edition: str = ""
    sha256: str = ""

    @classmethod
    def of(cls, asked: str, final: str, headers: Message) -> "Receipt":
        """Read an answer: ``asked`` is our URL, ``final`` the one that redirections led to."""
        last_modified = headers.get("Last-Modified") or ""
        return cls(asked, headers.get("ETag") or "", last_modified, _edition(final, last_modified))

    @classmethod
    def beside(cls, path: Path) -> "Receipt | None":
        """Read the receipt of a file; None if there is none or it cannot be read."""
        try:
            return cls(**orjson.loads(_place(path).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def save(self, path: Path) -> None:
        """Write the receipt beside the file."""
        _place(path).write_bytes(orjson.dumps(asdict(self)))

    @staticmethod
    def forget(path: Path) -> None:
        """Remove the receipt of a file that is no more."""
        _place(path).unlink(missing_ok=True)

    @property
    def resumable(self) -> str:
        """The validator that makes a resumption safe (RFC 9110, If-Range), empty if there is none."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified

    @property
    def conditions(self) -> dict[str, str]:
        """The headers that ask for the file only if it changed."""
        conditions = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in conditions.items() if value}

    @property
    def millesime(self) -> date | None:
        """The edition as a date."""
        return date.fromisoformat(self.edition) if self.edition else None


def intact(path: Path, url: str) -> Receipt | None:
    """Give the receipt of a file that is in place, whole, and came from ``url``."""
    receipt = Receipt.beside(path)
    if receipt is None or receipt.url != url or not path.is_file():
        return None
    return receipt if receipt.sha256 == digest(path) else None


def digest(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _place(path: Path) -> Path:
    return path.with_name(f".{path.name}.http.json")


def _edition(url: str, last_modified: str) -> str:
    """Date the file by a dated folder of its URL, else by its last modification; never in the future."""
    try:
        if folder := DATED_FOLDER.search(url):
            day = date.fromisoformat(folder[1])
        else:
            day = parsedate_to_datetime(last_modified).date()
    except (ValueError, TypeError):
        return ""
    return min(day, timezone.localdate()).isoformat()
