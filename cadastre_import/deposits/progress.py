"""Writes how far an import is while its one transaction is open, by a connection and a thread of its own.

The import itself only counts: whatever happens to this thread, nothing happens to the import.
"""

import threading
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from django.db import connection
from django.utils import timezone

from layers.models import Upload

EVERY_S = 1.0


class ProgressOf:
    """The progress of one upload, written each second from entry to exit."""

    def __init__(self, upload: int) -> None:
        self._upload = upload
        self._records = 0
        self._phase = Upload.Phase.READING
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write_each_second, name=f"upload-{upload}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def counting(self, records: Iterable[Any]) -> Iterator[Any]:
        """Count the records as they are read; their end is the beginning of the writing.

        A pipeline that begins its reading again calls this again: the count does too.
        """
        self._records, self._phase = 0, Upload.Phase.READING
        for record in records:
            self._records += 1
            yield record
        self._phase = Upload.Phase.WRITING

    @property
    def records(self) -> int:
        """How many records were read."""
        return self._records

    def _write_each_second(self) -> None:
        try:
            while not self._over.wait(EVERY_S):
                Upload.objects.filter(pk=self._upload, status=Upload.Status.RUNNING).update(
                    records=self._records, phase=self._phase, beat_at=timezone.now()
                )
        finally:
            connection.close()
