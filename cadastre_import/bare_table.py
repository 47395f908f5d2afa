"""A table without its indexes, references and keys while many rows go in: built once, they cost a fraction.

Inside one transaction: whatever happens, they are all there for everybody else. Readers of the table, and of those it
refers to, wait for the end. If others are using them now, nothing is insisted on: the rows go in the ordinary way.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

# Indexes of constraints are not dropped here: those of keys go with them, others are guarantees
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
KEYS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint c
WHERE conrelid = %(table)s::regclass AND contype IN ('p', 'u')
  AND NOT EXISTS (SELECT FROM pg_constraint r WHERE r.contype = 'f' AND r.conindid = c.conindid)
"""
PATIENCE = "SET LOCAL lock_timeout = '2s'"


class BareTable:
    """What was taken from one table, and puts it back."""

    def __init__(self, table: str) -> None:
        """``table`` is a name of ours, never from a file."""
        self.table = table
        self._restored: list[str] = []

    def strip(self) -> bool:
        """Take the table and drop its indexes and references; say whether that could be done."""
        parameters = {"table": self.table}
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(REFERENCES, parameters)
                references = cursor.fetchall()
                tables = {self.table} | {referred for _, _, referred in references}
                cursor.execute(PATIENCE)
                cursor.execute(f"LOCK TABLE {', '.join(sorted(tables))} IN ACCESS EXCLUSIVE MODE")
                cursor.execute("SET LOCAL lock_timeout = 0")
                cursor.execute(INDEXES, parameters)
                dropped = [(drop, restore) for drop, restore, _ in references] + cursor.fetchall()
                _run(drop for drop, _ in dropped)
        except OperationalError:
            return False
        self._restored = [restore for _, restore in reversed(dropped)]
        return True

    @contextmanager
    def dropped_keys(self) -> Iterator[None]:
        """Drop the keys of a table already taken, and build them again; raises IntegrityError on a double."""
        with connection.cursor() as cursor:
            cursor.execute(KEYS, {"table": self.table})
            dropped = cursor.fetchall()
        _run(drop for drop, _ in dropped)
        yield
        _run(restore for _, restore in dropped)

    def restore(self) -> None:
        """Build the indexes and the references again; raises IntegrityError if a row refers to nothing."""
        _run(self._restored)


def _run(statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
