"""The spool: where a file given by a person waits, under a random folder, out of reach of the web.

A file is written under a temporary name and gets its place once it is whole: one that was interrupted leaves
nothing. Its bytes go to the disk as they come, never to the memory.
"""

import hashlib
import os
import re
import secrets
import shutil
import time
import unicodedata
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from layers.errors import UnreadableFile
from layers.models import Upload

LONGEST_NAME = 120
UNSAFE = re.compile(r"[^\w .()+-]+")
DAY_S = 24 * 3600
HEAD = 4096

NO_ROOM = (
    "le serveur n’a plus de place pour recevoir ce fichier : rien n’a été gardé ; prévenez l’administrateur"
)
FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "un PDF"),
    (b"\xff\xd8\xff", "une image JPEG"),
    (b"\x89PNG", "une image PNG"),
    (b"GIF8", "une image GIF"),
    (b"MZ", "un programme Windows"),
    (b"\x7fELF", "un programme"),
    (b"#!", "un programme"),
    (b"Rar!", "une archive RAR ; décompressez-la d’abord"),
    (b"\xd0\xcf\x11\xe0", "un classeur Excel ancien (.xls) ; enregistrez-le en CSV (UTF-8)"),
)
MARKUP = re.compile(rb"<(?:!doctype html|html|svg|script|ogrvrt\w*)", re.IGNORECASE)


class SpooledFile(UploadedFile):
    """A file received whole, with the digest of its bytes; it goes when it is closed, unless it was kept."""

    def __init__(self, file: IO[bytes], name: str, size: int, sha256: str) -> None:
        super().__init__(file, name, None, size)
        self.sha256 = sha256

    def keep(self) -> str:
        """Give the file its place and return the folder's name."""
        folder = secrets.token_urlsafe(24)
        (settings.SPOOL_DIR / folder).mkdir(mode=0o700)
        os.link(self.file.name, settings.SPOOL_DIR / folder / safe_name(self.name))
        return folder


class SpoolHandler(FileUploadHandler):
    """Writes what comes into the spool; ``problem`` says in French why it stopped, if it did."""

    chunk_size = 256 * 1024

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.problem = ""
        self.file: IO[bytes] | None = None

    def close(self) -> None:
        """Remove the temporary file."""
        if self.file is not None:
            self.file.close()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open a temporary file, removed at its closing whatever happens."""
        super().new_file(*args, **kwargs)
        self.digest = hashlib.sha256()
        try:
            settings.SPOOL_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.close()
            self.file = NamedTemporaryFile(dir=settings.SPOOL_DIR, prefix=".arrivee-")  # noqa: SIM115
        except OSError as error:
            raise self._stopped(NO_ROOM) from error

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece; too much, or a full disk, stops the upload."""
        if start + len(raw_data) > settings.UPLOAD_MAX_MB * 1_000_000:
            raise self._stopped(too_large())
        self.digest.update(raw_data)
        try:
            self.file.write(raw_data)
        except OSError as error:
            raise self._stopped(NO_ROOM) from error

    def file_complete(self, file_size: int) -> SpooledFile | None:
        """Give the file, on the disk to its last byte."""
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
        except OSError as error:
            raise self._stopped(NO_ROOM) from error
        self.file.seek(0)
        return SpooledFile(self.file, self.file_name or "", file_size, self.digest.hexdigest())

    def _stopped(self, problem: str) -> StopUpload:
        self.problem = problem
        return StopUpload(connection_reset=False)


def too_large() -> str:
    """Say what the largest file is."""
    return (
        f"ce fichier dépasse {settings.UPLOAD_MAX_MB} Mo ; importez-le par département, "
        "ou en ligne de commande (manage.py import_source)"
    )


def safe_name(name: str) -> str:
    """Give the file's name without path nor surprise, its extensions kept."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    name = UNSAFE.sub("_", name).lstrip(". ")
    stem, dot, extensions = name.partition(".")
    kept = (dot + extensions)[-40:]
    return f"{stem[: LONGEST_NAME - len(kept)]}{kept}" or "fichier"


def refuse_foreign(file: SpooledFile) -> None:
    """Refuse what no reader of ours could read, by its first bytes: the name is not believed."""
    file.seek(0)
    head = file.read(HEAD)
    name = safe_name(file.name)
    if not head.strip():
        raise UnreadableFile(f"{name} : fichier vide")
    for magic, what in FOREIGN:
        if head.startswith(magic):
            raise UnreadableFile(f"{name} : c’est {what}, pas un fichier de données")
    if b"%PDF" in head:
        raise UnreadableFile(f"{name} : c’est un PDF, pas un fichier de données")
    if MARKUP.search(head[:1024]):
        raise UnreadableFile(
            f"{name} : format inattendu, une page ou un dessin à la place d’un fichier de données"
        )


def path_of(upload: Upload) -> Path:
    """Give the path of a file of the spool; raises UnreadableFile once it was removed."""
    path = settings.SPOOL_DIR / upload.spool / upload.file_name
    if not upload.spool or not path.is_file():
        raise UnreadableFile(f"{upload.file_name} : le fichier n’est plus gardé ; déposez-le de nouveau")
    return path


def kept(digest: str) -> Path | None:
    """Find a file that is still in the spool, by its digest."""
    for upload in Upload.objects.filter(sha256=digest).exclude(spool="").order_by("-pk"):
        path = settings.SPOOL_DIR / upload.spool / upload.file_name
        if path.is_file():
            return path
    return None


def remove(upload: Upload) -> None:
    """Remove the file; the upload remains, and what was imported."""
    if upload.spool:
        shutil.rmtree(settings.SPOOL_DIR / upload.spool, ignore_errors=True)
        upload.spool = ""


def sweep() -> int:
    """Remove the files kept long enough, and what no upload names; give how many."""
    if not settings.SPOOL_DIR.is_dir():
        return 0
    limit = time.time() - settings.SPOOL_KEPT_DAYS * DAY_S
    waited_for = {upload.spool for upload in Upload.objects.exclude(spool="") if upload.is_pending}
    known = set(Upload.objects.exclude(spool="").values_list("spool", flat=True))
    removed = 0
    for found in settings.SPOOL_DIR.iterdir():
        age_limit = limit if found.name in known else time.time() - DAY_S
        if found.name in waited_for or found.stat().st_mtime > age_limit:
            continue
        shutil.rmtree(found) if found.is_dir() else found.unlink()
        Upload.objects.filter(spool=found.name).update(spool="")
        removed += 1
    return removed
