"""The SQL of an import: a temporary table, the checks on it, and one statement that merges it.

Identifiers come from the sources' own code, never from a file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import connection

from cadastre_import import binary_copy
from cadastre_import.binary_copy import Layout
from cadastre_import.first_load import FirstLoad
from cadastre_import.source import ImportReport, Source
from layers.errors import UnreadableFile

STAGING = "staging"
MAX_CLOSED_SHARE = 0.2
FEW = 20

CONTRADICTIONS = f"""
WITH twice AS (
    SELECT {{keys}} FROM {STAGING} WHERE reason IS NULL GROUP BY {{keys}} HAVING count(*) > 1
), contradictory AS (
    SELECT array_agg(line) AS lines, string_agg(line::text, ', ' ORDER BY line) AS said
    FROM {STAGING} JOIN twice USING ({{keys}}) WHERE reason IS NULL GROUP BY {{keys}}
    HAVING count(DISTINCT md5((to_jsonb({STAGING}) - 'line')::text)) > 1
)
UPDATE {STAGING} s SET reason = 'même référence, contenus différents : lignes ' || c.said
FROM contradictory c WHERE s.line = ANY(c.lines)
"""


class Staging:
    """The staged rows of one file: ``line``, the source's columns, and ``reason`` for what will not be merged."""

    def __init__(self, source: Source, absent: frozenset[str] = frozenset()) -> None:
        """Stage for ``source``; ``absent`` names the columns that the file does not have: they are not updated."""
        self.source = source
        self.absent = absent
        self.first_load: FirstLoad | None = None

    def create(self, millesime: date, *, alone: bool = True) -> None:
        """Make the temporary table; it dies with the connection, so a killed import leaves nothing.

        ``alone`` says that nobody else writes to the target meanwhile: its first load is then made faster.
        """
        columns = ", ".join(f'"{c.name}" {c.sql_type}' for c in self.source.columns)
        _run("SET LOCAL statement_timeout = 0")  # a page has a limit, a register takes the time it takes
        _run(
            "SET LOCAL synchronous_commit = on"
        )  # an import that says it is done outlives a crash of the server
        _run("SET LOCAL work_mem = '64MB'")
        _run(f"DROP TABLE IF EXISTS {STAGING}")
        _run(f"CREATE TEMP TABLE {STAGING} (line int NOT NULL, {columns}, repaired boolean, reason text)")
        self.values = self._values(millesime)
        self.parameters = {"millesime": millesime}
        is_empty = _all(f"SELECT NOT EXISTS (SELECT FROM {self.source.table})") == [(True,)]
        if alone and is_empty and self.source.closes:
            first_load = FirstLoad(self.source, millesime)
            self.first_load = first_load if first_load.begin() else None
        elif is_empty:
            # Analysed while it was empty, a table is believed to cost nothing to read: joined by nested loops, it
            # would be read again for each staged row while it grows
            _run("SET LOCAL enable_nestloop = off")

    @contextmanager
    def copying(self) -> Iterator[Any]:
        """Give a writer of rows (line, values…, repaired, reason)."""
        with connection.cursor() as cursor, cursor.copy(f"COPY {STAGING} FROM STDIN") as copy:
            yield copy

    @contextmanager
    def copying_csv(self, names: list[str]) -> Iterator[Any]:
        """Give a writer of CSV without header whose columns are ``names``."""
        columns = ", ".join(f'"{name}"' for name in names)
        statement = f"COPY {STAGING} ({columns}) FROM STDIN (FORMAT csv)"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            yield copy

    @property
    def layout(self) -> Layout:
        """How encoded rows are laid out: for the target itself if they may go there, else for the staging table."""
        if self.first_load and self.first_load.is_direct:
            return self.first_load.layout
        return Layout(is_numbered=True, after=(binary_copy.FALSE, binary_copy.NULL))

    def copy_encoded(self, rows: bytes) -> None:
        """Copy rows in the binary format of PostgreSQL."""
        into = self.first_load.target if self.first_load and self.first_load.is_direct else STAGING
        with (
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy(f"COPY {into} FROM STDIN (FORMAT binary)") as copy,
        ):
            copy.write(binary_copy.HEADER)
            copy.write(rows)
            copy.write(binary_copy.TRAILER)

    def correct(self) -> list[str]:
        """Run the source's corrections and give what is to be said of them."""
        if not (self.first_load and self.first_load.is_direct):
            _run(f"ANALYZE {STAGING}")
        changed = [(_run(correction.statement), correction.notice) for correction in self.source.corrections]
        if any(rows for rows, _ in changed):
            _run(f"ANALYZE {STAGING}")  # a column that was empty names what the checks will look for
        return [f"{rows} {notice}" for rows, notice in changed if rows and notice]

    def check(self) -> None:
        """Give a reason to each row that may not be merged: first the rows' own checks, then the doubles."""
        if _all(f"SELECT NOT EXISTS (SELECT FROM {STAGING})") == [(True,)]:
            return  # all went straight to the table, checked there
        for check in self.source.checks:
            _run(
                f"UPDATE {STAGING} s SET reason = {check.reason} "
                f"WHERE s.reason IS NULL AND {check.refused(STAGING)}"
            )
        staged = {c.name for c in self.source.columns}
        keys = ", ".join(f'"{name}"' for name in self.source.identity or self.source.key if name in staged)
        if self.source.contradictions:
            _run(CONTRADICTIONS.format(keys=keys))
        _run(
            f"UPDATE {STAGING} s SET reason = 'doublon de la ligne ' || d.first FROM ("
            f"  SELECT line, min(line) OVER (PARTITION BY {keys}) AS first FROM {STAGING} WHERE reason IS NULL"
            f") d WHERE d.line = s.line AND s.reason IS NULL AND d.line <> d.first"
        )

    def coverage(self) -> list[str]:
        """Give the communes that the file speaks of, sorted."""
        if not self.source.commune:
            return []
        column = self.source.commune
        spoken = _all(f'SELECT DISTINCT "{column}" FROM {STAGING} WHERE "{column}" IS NOT NULL')
        loaded = self.first_load.communes if self.first_load else []
        return sorted({code for (code,) in spoken}.union(loaded))

    def rejects(self) -> list[tuple[int, str]]:
        """Give the line and the reason of each row that was staged and refused."""
        return _all(f"SELECT line, reason FROM {STAGING} WHERE reason IS NOT NULL ORDER BY line")

    def merge(self, millesime: date, report: ImportReport, *, closing: bool = True) -> None:
        """Write what changed and nothing else, inside the caller's transaction; close what left, if ``closing``."""
        for statement in self.source.before:
            _run(statement, {"millesime": millesime})
        if self.first_load:
            report.added = _run(self._insert(), self.parameters)
            self.first_load.finish()
        elif self.source.closes:
            report.changed, report.added = self._update(), self._add()
        else:
            report.changed, report.added = self._upsert()
        ((staged, report.repaired),) = _all(
            f"SELECT count(*) FILTER (WHERE {self.source.only}), count(*) FILTER (WHERE repaired) "
            f"FROM {STAGING} s WHERE s.reason IS NULL"
        )
        report.unchanged = staged - report.added - report.changed
        report.added += self.first_load.written if self.first_load else 0
        closes = closing and self.source.closes and not self.first_load
        closed = self._close(report.coverage, report.added) if closes else []
        report.closed = len(closed)
        if report.added + report.changed:
            _run(f"ANALYZE {self.source.table}")  # what comes next joins a table whose size has just changed
        for statement in self.source.on_closing if closed else ():
            _run(statement, {"millesime": millesime, "closed": closed})
        for statement in self.source.after:
            _run(statement, {"millesime": millesime})
        if report.added + report.changed + report.closed:
            for table in self.source.also_writes:
                _run(f"ANALYZE {table}")  # the geocoder and the anchoring join it next

    def _values(self, millesime: date) -> dict[str, str]:
        """Give what a new row holds: SQL on the staged row ``s``, by the column of the target."""
        source = self.source
        once = {**source.constants} | ({"millesime": "%(millesime)s"} if source.closes else {})
        return {c.target: f's."{c.name}"' for c in source.columns if c.target} | {**source.derived} | once

    def _insert(self) -> str:
        names = ", ".join(f'"{name}"' for name in self.values)
        return (
            f"INSERT INTO {self.source.table} AS t ({names}) SELECT {', '.join(self.values.values())} "
            f"FROM {STAGING} s WHERE s.reason IS NULL AND {self.source.only}"
        )

    def _written(self) -> list[str]:
        """Give the columns that an existing row takes from the file."""
        key, absent = self.source.key, self.absent
        columns = [c for c in self.source.columns if c.target and not c.keep and c.name not in absent]
        return [str(c.target) for c in columns if c.target not in key] + list(self.source.derived)

    def _upsert(self) -> tuple[int, int]:
        """Write by key, whoever else writes to the table; give what was changed and what was added."""
        written, key = self._written(), ", ".join(f'"{name}"' for name in self.source.key)
        assignments = ", ".join(f'"{name}" = excluded."{name}"' for name in written)
        differs = " OR ".join(f't."{name}" IS DISTINCT FROM excluded."{name}"' for name in written)
        on_conflict = f"DO UPDATE SET {assignments} WHERE {differs}" if written else "DO NOTHING"
        return _all(
            f"""
            WITH merged AS ({self._insert()} ON CONFLICT ({key}) {on_conflict} RETURNING (t.xmax = 0) AS added)
            SELECT count(*) FILTER (WHERE NOT added), count(*) FILTER (WHERE added) FROM merged
            """,
            self.parameters,
        )[0]

    def _same_key(self) -> str:
        return " AND ".join(f't."{name}" = {self.values[name]}' for name in self.source.key)

    def _update(self) -> int:
        """Write the rows of a register that differ from what is there; the others are not even locked."""
        assignments = [f'"{name}" = {self.values[name]}' for name in self._written()]
        differs = [f't."{name}" IS DISTINCT FROM {self.values[name]}' for name in self._written()]
        return _run(
            f"""
            UPDATE {self.source.table} t
            SET {", ".join(assignments)}, "millesime" = %(millesime)s, "closed_on" = NULL FROM {STAGING} s
            WHERE s.reason IS NULL AND {self.source.only} AND {self._same_key()}
              AND ({" OR ".join(differs)} OR t.closed_on IS NOT NULL)
            """,
            self.parameters,
        )

    def _add(self) -> int:
        """Insert the rows of a register that are not there; what somebody else has just written is left alone."""
        there = f"SELECT FROM {self.source.table} t WHERE {self._same_key()}"
        return _run(f"{self._insert()} AND NOT EXISTS ({there}) ON CONFLICT DO NOTHING", self.parameters)

    def _close(self, coverage: list[str], added: int) -> list[str]:
        """Close what left the communes of the file and give its keys.

        A file that drops a fifth of what stood there before its own ``added`` rows is not believed.
        """
        table, key = self.source.table, self.source.key[0]
        # An anti-join that gives the keys, and not EXISTS in the UPDATE: on a table that has just grown, PostgreSQL
        # would scan the staging table once per row
        (standing, leaving) = _all(
            f"""
            SELECT count(*), coalesce(array_agg(t."{key}") FILTER (WHERE s.staged IS NULL), '{{}}')
            FROM {table} t LEFT JOIN (SELECT DISTINCT "{key}" AS staged FROM {STAGING}) s ON s.staged = t."{key}"
            WHERE t.commune_id = ANY(%(coverage)s) AND t.closed_on IS NULL
            """,
            {"coverage": coverage},
        )[0]
        before = standing - added
        if len(leaving) > FEW and len(leaving) > MAX_CLOSED_SHARE * before:
            raise UnreadableFile(
                f"ce fichier ferait sortir {len(leaving)} lignes sur {before} du registre : "
                "il est sans doute incomplet"
            )
        if leaving:
            _run(
                f'UPDATE {table} SET closed_on = %(millesime)s WHERE "{key}" = ANY(%(leaving)s)',
                self.parameters | {"leaving": leaving},
            )
        return list(leaving)


def _run(sql: str, parameters: dict[str, Any] | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def _all(sql: str, parameters: dict[str, Any] | None = None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
