"""What a source is: data about a file and the table that it fills. A new source is one file in ``sources/``."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layers.crs import WGS84

if TYPE_CHECKING:
    from cadastre_import.columnar import Columnar

LONGEST_UNREAD = 20_000  # bytes of a line that cannot be read


@dataclass(frozen=True)
class Block:
    """Whole lines of a file, and the number of the first one."""

    first: int
    content: bytes


@dataclass(frozen=True)
class Unread:
    """A line that is no record, as it is written, cut at ``LONGEST_UNREAD``: its reject keeps it.

    ``record`` is what a row of too many or too few fields seems to tell, laid out as the records of its file are: to
    be put right, not to be believed.
    """

    text: str
    record: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def line(cls, content: bytes) -> "Unread":
        """Keep the beginning of a line."""
        return cls(content[:LONGEST_UNREAD].decode("utf-8", errors="replace"))


def converted(record: Any, convert: Callable[[Any], Any]) -> Any:
    """Give a record as ``convert`` does, and one that could not be read with what it seems to tell converted."""
    return replace(record, record=convert(record.record)) if isinstance(record, Unread) else convert(record)


@dataclass(frozen=True)
class Records:
    """What a reader gives: numbered records, the projection of their geometry, the fields they may carry.

    ``srid`` is None where the file does not tell it, or tells one that is not accepted; ``srid_problem`` says which.
    ``notices`` are what the reader changed to read the file (encoding, projection), for the report.
    ``is_complement``: the file holds the rejects of another one; what it does not hold has not left the register.
    """

    rows: Iterable[tuple[int, Any]]
    srid: int | None = WGS84
    columns: frozenset[str] = frozenset()
    notices: tuple[str, ...] = ()
    srid_problem: str = ""
    is_complement: bool = False


@dataclass(frozen=True)
class Column:
    """A column of the staging table: its SQL type, and where its value goes.

    ``into`` is the column of the target (the same name by default, None for a value that only the source's own
    statements use). ``keep`` leaves the value of an existing row alone.
    """

    name: str
    sql_type: str = "text"
    into: str | None = ""
    keep: bool = False

    @property
    def target(self) -> str | None:
        """The column of the target table, None if there is none."""
        return self.name if self.into == "" else self.into


@dataclass(frozen=True)
class Check:
    """A condition that a staged row ``s`` must meet, in SQL, and what is said of those that do not.

    ``{rows}`` stands for the table of all the rows.

    ``reason`` is a SQL text expression: it may quote a value of the row.
    """

    condition: str
    reason: str

    def refused(self, rows: str) -> str:
        """Give the condition of what is refused among the rows of a table."""
        return f"NOT coalesce({self.condition.replace('{rows}', rows)}, false)"


@dataclass(frozen=True)
class Correction:
    """An SQL statement on staged rows before they are checked, and what is said of those it changed, if anything."""

    statement: str
    notice: str = ""


@dataclass(frozen=True)
class Source:
    """A kind of file, and how its records become rows.

    ``read`` opens the file and raises UnreadableFile; ``reshape`` makes other records of its rows, where they are not
    one for one; ``parse`` turns one record into one value per column, in order, and raises InvalidRow. ``polygon`` or
    ``point`` names the geometry column, checked by the pipeline.
    A register (``closes``) closes the rows of the communes it covers that are no longer in the file.
    ``identity`` names the staged columns that tell two records apart, where they are not the ``key`` itself.
    ``contradictions``: two records of the same identity that differ are both refused, nobody can tell which is right.
    ``derived`` columns are SQL on the staged row ``s``, written with the others; ``constants`` are written once,
    with a new row. ``only`` is a SQL condition on ``s``: the other rows serve ``before`` and ``after`` alone.
    ``also_writes`` names the other tables that ``before`` and ``after`` fill.
    ``on_closing`` runs after rows were closed; ``%(closed)s`` holds their keys.
    ``reject_fields`` are the fields of a record that its reject keeps, all if empty: a refused line must not keep
    the identities that an accepted one does not.
    ``columnar`` reads a block of features as columns, many times faster than ``parse`` one by one, and leaves to
    ``parse`` whatever is out of the ordinary (``cadastre_import/columnar.py``).
    ``rejects_need_original`` where a file of its rejects is taken back with the file they come from
    (``cadastre_import/given_back.py``): it reads no format that they are written in, or folds several records into
    one, and would take a part for the whole.
    ``optional`` says which field of the file each column comes from: absent from the file, the column is not updated.
    """

    name: str
    title: str
    producer: str
    licence: str
    url: str
    read: Callable[[Path], Records]
    parse: Callable[[Any], Sequence[Any]]
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    polygon: str = ""
    point: str = ""
    identity: tuple[str, ...] = ()
    commune: str = ""
    closes: bool = False
    derived: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    also_writes: tuple[str, ...] = ()
    only: str = "true"
    optional: Mapping[str, str] = field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()
    checks: tuple[Check, ...] = ()
    contradictions: bool = False
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    on_closing: tuple[str, ...] = ()
    reject_fields: frozenset[str] = frozenset()
    rejects_need_original: bool = False
    columnar: "Columnar | None" = None
    reshape: "Callable[[Records], Records] | None" = None

    def records(self, path: Path) -> Records:
        """Open a file. Raises UnreadableFile."""
        records = self.read(path)
        return self.reshape(records) if self.reshape else records

    def absent_from(self, records: Records) -> frozenset[str]:
        """Give the columns that the file does not have."""
        return frozenset(name for name, header in self.optional.items() if header not in records.columns)

    def values_of(self, record: Any) -> Sequence[Any]:
        """Parse a record; one that could not be read is None for ``parse``, which says why it is refused."""
        return self.parse(None if isinstance(record, Unread) else record)

    @property
    def geometry(self) -> str:
        """The geometry column, empty if the source has none."""
        return self.polygon or self.point


@dataclass
class ImportReport:
    """What an import did, for the command line and the ``ImportRun``."""

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0
    repaired: int = 0
    rejects: list[tuple[int, str, str]] = field(default_factory=list)
    already_imported_on: date | None = None
    has_newer_edition: bool = False
    coverage: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        if self.already_imported_on:
            return f"fichier déjà importé le {self.already_imported_on:%d/%m/%Y} : rien à faire"
        if self.has_newer_edition:
            return "une édition plus récente est en place : elle reste"
        parts = [f"{self.read} lus", f"{self.added} ajoutés", f"{self.changed} modifiés"]
        parts += [f"{self.unchanged} inchangés"] if self.unchanged else []
        parts += [f"{self.closed} sortis du registre"] if self.closed else []
        parts += [f"{self.repaired} géométries réparées"] if self.repaired else []
        return ", ".join([*parts, f"{len(self.rejects)} rejetés"])
