"""The first rows of an empty table: plain ones go straight there, its indexes are built once, at the end.

Nothing can be changed nor closed in an empty table, so rows read as columns need no staging. The source's checks run
on them afterwards; if one refuses a row, or a key comes twice, all is undone and the file is read again in the
ordinary way, which says of which line: the transaction is not over, nobody has seen anything.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date

from django.db import IntegrityError, connection, transaction

from cadastre_import import binary_copy
from cadastre_import.bare_table import BareTable
from cadastre_import.binary_copy import Layout
from cadastre_import.block_staging import NotPlain
from cadastre_import.source import Source
from layers.services.tile_cells import count_everything, stop_counting

REPAIRED = {"is_repaired": "s.repaired"}


class FirstLoad:
    """The rows of one file on their way to an empty table."""

    def __init__(self, source: Source, millesime: date) -> None:
        """``millesime`` is the edition of the rows."""
        self.source = source
        self.written = 0
        self.communes: list[str] = []
        self.is_direct = False
        self._table = BareTable(source.table)
        names = [column.target for column in source.columns if column.target] + [*source.derived, "millesime"]
        self.target = f"{source.table} ({', '.join(names)})"
        repaired = (binary_copy.FALSE,) if source.derived else ()
        self.layout = Layout(is_numbered=False, after=(*repaired, binary_copy.day(millesime)))

    def begin(self) -> bool:
        """Take the table and drop what is rebuilt at the end; say whether that could be done."""
        is_taken = self._table.strip()
        if is_taken:
            stop_counting(self.source.table)
        return is_taken

    @contextmanager
    def straight_to_the_table(self) -> Iterator[None]:
        """Send encoded rows to the table; raises NotPlain, all of it undone, if some should not be there."""
        source = self.source
        self.is_direct = source.closes and source.derived in ({}, REPAIRED) and not source.constants
        try:
            with transaction.atomic():
                keys = self._table.dropped_keys() if self.is_direct else nullcontext()
                with keys:
                    yield
                if self.is_direct:
                    self._check()
        except (NotPlain, IntegrityError):
            self.is_direct = False
            raise NotPlain from None

    def _check(self) -> None:
        """Raise NotPlain if the source's checks refuse a row, or if a row left in the staging table has its key."""
        source = self.source
        keys = ", ".join(source.key)
        refused = [check.refused(source.table) for check in source.checks]
        refused.append(f"({keys}) IN (SELECT {keys} FROM staging)")
        with connection.cursor() as cursor:
            for condition in refused:
                cursor.execute(f"SELECT EXISTS (SELECT FROM {source.table} s WHERE {condition})")
                if cursor.fetchone() == (True,):
                    raise NotPlain
            cursor.execute(f"SELECT {source.commune}, count(*) FROM {source.table} GROUP BY 1")
            counts = dict(cursor.fetchall())
        self.communes, self.written = [*counts], sum(counts.values())

    def finish(self) -> None:
        """Build the indexes and the references again, and count the rows for the maps seen from far."""
        self._table.restore()
        count_everything(self.source.table)
