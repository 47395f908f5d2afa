"""The first rows of an empty table: plain ones go straight there, its indexes are built once, at the end.

Nothing can be changed nor closed in an empty table, so rows read as columns need no staging. The source's checks run
on them afterwards; if one refuses a row, or a key comes twice, all is undone and the file is read again in the
ordinary way, which says of which line: the transaction is not over, nobody has seen anything.

Readers of the table, and of those it refers to, wait for the end. If others are using them now, the import does not
insist: it is done in the ordinary way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.db import IntegrityError, OperationalError, connection, transaction

from cadastre_import import binary_copy
from cadastre_import.binary_copy import Layout
from cadastre_import.block_staging import NotPlain
from cadastre_import.source import Source

# Unique indexes other than the key, and checks, stay: they are guarantees, and cost little beside the spatial index
INDEXES = """
SELECT 'DROP INDEX ' || i.indexrelid::regclass, pg_get_indexdef(i.indexrelid)
FROM pg_index i
WHERE i.indrelid = %(table)s::regclass AND NOT i.indisunique
"""
# Checked one row at a time, a foreign key costs as much as all the rest; checked at once, almost nothing
REFERENCES = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid)),
       confrelid::regclass::text
FROM pg_constraint WHERE conrelid = %(table)s::regclass AND contype = 'f'
"""
# Kept up to date row by row, a key costs nearly as much as the rows; that of a table others refer to has to stay
KEY = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint c
WHERE conrelid = %(table)s::regclass AND contype = 'p'
  AND NOT EXISTS (SELECT FROM pg_constraint r WHERE r.contype = 'f' AND r.confrelid = c.conrelid)
"""
PATIENCE = "SET LOCAL lock_timeout = '2s'"


REPAIRED = {"is_repaired": "s.repaired"}


class FirstLoad:
    """The rows of one file on their way to an empty table."""

    def __init__(self, source: Source, millesime: date) -> None:
        """``millesime`` is the edition of the rows."""
        self.source = source
        self.written = 0
        self.is_direct = False
        self._restored: list[str] = []
        names = [column.target for column in source.columns if column.target] + [*source.derived, "millesime"]
        self.target = f"{source.table} ({', '.join(names)})"
        repaired = (binary_copy.FALSE,) if source.derived else ()
        self.layout = Layout(is_numbered=False, after=(*repaired, binary_copy.day(millesime)))

    def begin(self) -> bool:
        """Take the tables and drop what is rebuilt at the end; say whether that could be done."""
        table = {"table": self.source.table}
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(REFERENCES, table)
                references = cursor.fetchall()
                tables = {self.source.table} | {referred for _, _, referred in references}
                cursor.execute(PATIENCE)
                cursor.execute(f"LOCK TABLE {', '.join(sorted(tables))} IN ACCESS EXCLUSIVE MODE")
                cursor.execute("SET LOCAL lock_timeout = 0")
                cursor.execute(INDEXES, table)
                dropped = [(drop, restore) for drop, restore, _ in references] + cursor.fetchall()
                for drop, _ in dropped:
                    cursor.execute(drop)
        except OperationalError:
            return False
        self._restored = [restore for _, restore in reversed(dropped)]
        return True

    @contextmanager
    def straight_to_the_table(self) -> Iterator[None]:
        """Send encoded rows to the table; raises NotPlain, all of it undone, if some should not be there."""
        source = self.source
        self.is_direct = source.closes and source.derived in ({}, REPAIRED) and not source.constants
        try:
            with transaction.atomic():
                key = self._drop_key() if self.is_direct else []
                yield
                for statement in key:
                    _run(statement)
                if self.is_direct:
                    self._check()
        except (NotPlain, IntegrityError):
            self.is_direct = False
            raise NotPlain from None

    def _drop_key(self) -> list[str]:
        """Drop the key and give what builds it again."""
        table = {"table": self.source.table}
        with connection.cursor() as cursor:
            cursor.execute(KEY, table)
            dropped = cursor.fetchall()
            for drop, _ in dropped:
                cursor.execute(drop)
        return [restore for _, restore in dropped]

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
            cursor.execute(f"SELECT count(*) FROM {source.table}")
            (self.written,) = cursor.fetchone()

    def finish(self) -> None:
        """Build the indexes and the references again."""
        for statement in self._restored:
            _run(statement)


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
