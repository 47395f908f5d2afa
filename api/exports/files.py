"""Where finished files wait for their author: each under a random folder, out of reach of the web."""

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

from layers.models import ExportRequest

HOUR_S = 3600
UNSAFE = re.compile(r"[^a-z0-9_-]+")


@contextmanager
def working_folder() -> Iterator[Path]:
    """Give an empty folder, removed with all it holds whatever happens."""
    settings.EXPORT_FILES_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=settings.EXPORT_FILES_DIR, prefix=".travail-") as folder:
        yield Path(folder)


def keep(path: Path) -> str:
    """Give a finished file its place, in one rename, and return the folder's name."""
    folder = secrets.token_urlsafe(24)
    (settings.EXPORT_FILES_DIR / folder).mkdir(mode=0o700)
    os.replace(path, settings.EXPORT_FILES_DIR / folder / path.name)
    return folder


def path_of(request: ExportRequest) -> Path | None:
    """Give the path of the file, None once it was removed."""
    path = settings.EXPORT_FILES_DIR / request.folder / request.file_name
    return path if request.folder and path.is_file() else None


def remove(folder: str) -> None:
    """Remove the folder of a file."""
    if folder:
        shutil.rmtree(settings.EXPORT_FILES_DIR / folder, ignore_errors=True)


def sweep() -> int:
    """Remove what no request names: what a killed worker left; give how many."""
    if not settings.EXPORT_FILES_DIR.is_dir():
        return 0
    known = set(ExportRequest.objects.exclude(folder="").values_list("folder", flat=True))
    removed = 0
    for found in settings.EXPORT_FILES_DIR.iterdir():
        # A folder at work is younger than its longest job
        if found.name in known or found.stat().st_mtime > time.time() - 24 * HOUR_S:
            continue
        shutil.rmtree(found, ignore_errors=True)
        removed += 1
    return removed


def name_of(layers: tuple[str, ...] | list[str], territoire: str = "") -> str:
    """Give the name of a file, without its extension: its layer or « couches », and its territory."""
    subject = layers[0] if len(layers) == 1 else "couches"
    place = UNSAFE.sub("", territoire.lower())
    return f"{subject}-{place}" if place else subject
