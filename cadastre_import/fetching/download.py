"""Downloads one file: asks only for what changed, resumes what was cut, checks it, then puts it in place at once."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from http.client import HTTPException
from pathlib import Path

from tqdm import tqdm

from cadastre_import.fetching.errors import DownloadFailed, Interrupted
from cadastre_import.fetching.receipts import Receipt, digest, intact
from cadastre_import.fetching.web import (
    LONGEST_WAIT_S,
    NOT_MODIFIED,
    RANGE_REFUSED,
    Answer,
    Web,
    network_reason,
)
from layers.errors import UnreadableFile

CHUNK = 64 * 1024
LARGEST = 4 * 1024**3
CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(frozen=True)
class Remote:
    """A file of a producer: what people call it, where it is, where we keep it, how it is checked.

    ``check`` raises UnreadableFile. ``fixed``: the URL names an edition, which is not asked for again.
    """

    title: str
    url: str
    path: Path
    check: Callable[[Path], None]
    fixed: bool = False


@dataclass(frozen=True)
class Download:
    """A file in place. ``received`` counts the bytes of this run, ``resumed_at`` those of a former one."""

    path: Path
    sha256: str
    millesime: date | None
    received: int = 0
    resumed_at: int = 0

    def __str__(self) -> str:
        if not self.received:
            return "à jour, rien à télécharger"
        resumed = f", repris à {_size(self.resumed_at)}" if self.resumed_at else ""
        return f"{_size(self.received)} téléchargés{resumed}"


def download(remote: Remote, web: Web, *, quiet: bool = False) -> Download:
    """Put the file of ``remote`` in place, or leave it if the producer's has not changed.

    Raises FileMissing or DownloadFailed; what was in place then stays, and a partial file waits for the next run.
    """
    held = intact(remote.path, remote.url)
    if held and remote.fixed:
        return _in_place(remote, held)
    remote.path.parent.mkdir(parents=True, exist_ok=True)
    delays = iter(web.delays_for(remote.url))
    while True:
        try:
            return _attempt(remote, web, held, quiet)
        except Interrupted as failure:
            delay = next(delays, None)
            if delay is None:
                web.gave_up(remote.url)
                raise DownloadFailed(
                    f"{remote.url} : {failure} ; relancez la commande, elle reprendra où elle en est"
                ) from failure
            if failure.wait_s is not None and failure.wait_s > LONGEST_WAIT_S:
                raise DownloadFailed(
                    f"{remote.url} : {failure} et demande d’attendre {failure.wait_s:.0f} s ; relancez plus tard"
                ) from failure
            web.sleep(max(delay, failure.wait_s or 0.0))
        except OSError as error:
            raise DownloadFailed(
                f"{remote.path} : écriture impossible ({error.strerror or error})"
            ) from error


def _attempt(remote: Remote, web: Web, held: Receipt | None, quiet: bool) -> Download:
    part = _part(remote)
    begun = Receipt.beside(part) if part.is_file() else None
    start = part.stat().st_size if begun and begun.url == remote.url and begun.resumable else 0
    if begun and start:
        headers = {"Range": f"bytes={start}-", "If-Range": begun.resumable}
    else:
        headers = held.conditions if held else {}
    with web.open(remote.url, headers) as answer:
        if answer.status == NOT_MODIFIED and held:
            return _in_place(remote, held)
        if answer.status == RANGE_REFUSED:
            part.unlink(missing_ok=True)
            raise Interrupted("le serveur refuse la reprise")
        receipt = Receipt.of(remote.url, answer.geturl(), answer.headers)
        start, total = _span(answer, start, begun, receipt, part)
        receipt.save(part)
        _receive(answer, part, start, total, tqdm_options={"desc": remote.title, "disable": quiet or None})
    size = part.stat().st_size
    if total is not None and size < total:
        raise Interrupted(f"connexion coupée à {_size(size)} sur {_size(total)}")
    _check(remote, part, resumed=start > 0)
    receipt = replace(receipt, sha256=digest(part))
    os.replace(part, remote.path)
    receipt.save(remote.path)
    Receipt.forget(part)
    return replace(_in_place(remote, receipt), received=size - start, resumed_at=start)


def _span(
    answer: Answer, start: int, begun: Receipt | None, receipt: Receipt, part: Path
) -> tuple[int, int | None]:
    """Give the byte at which the body begins and the size of the whole file, None if it is not said."""
    if answer.status != 206:
        length = answer.headers.get("Content-Length", "")
        return 0, int(length) if length.isdigit() else None
    span = CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    same_file = begun is not None and (not receipt.etag or receipt.etag == begun.etag)
    if span is None or int(span[1]) != start or not same_file:
        part.unlink(missing_ok=True)
        raise Interrupted("le serveur ne reprend pas au bon endroit")
    return start, int(span[2]) if span[2] != "*" else None


def _receive(
    answer: Answer, part: Path, start: int, total: int | None, tqdm_options: dict[str, object]
) -> None:
    with (
        part.open("ab" if start else "wb") as stream,
        tqdm(total=total, initial=start, unit="o", unit_scale=True, leave=False, **tqdm_options) as bar,
    ):
        while chunk := _read(answer):
            stream.write(chunk)
            bar.update(len(chunk))
            if stream.tell() > LARGEST:
                raise DownloadFailed(f"{answer.geturl()} : plus de {_size(LARGEST)}, abandonné")
        stream.flush()
        os.fsync(stream.fileno())


def _read(answer: Answer) -> bytes:
    try:
        return answer.read(CHUNK)
    except (OSError, HTTPException) as error:
        raise Interrupted(network_reason(error)) from error


def _check(remote: Remote, part: Path, *, resumed: bool) -> None:
    """Check a complete file; a bad one is not kept, and one made of two halves deserves another attempt."""
    try:
        remote.check(part)
    except UnreadableFile as error:
        part.unlink()
        reason = str(error).replace(part.name, remote.path.name)
        if resumed:
            raise Interrupted(reason) from error
        raise DownloadFailed(f"{remote.url} : {reason}") from error


def _in_place(remote: Remote, receipt: Receipt) -> Download:
    return Download(remote.path, receipt.sha256, receipt.millesime)


def _part(remote: Remote) -> Path:
    return remote.path.with_name(f"{remote.path.name}.part")


def _size(count: int) -> str:
    if count < 1_000:
        return f"{count} o"
    if count < 1_000_000:
        return f"{count / 1_000:.0f} ko"
    return f"{count / 1_000_000:.1f} Mo".replace(".", ",")
