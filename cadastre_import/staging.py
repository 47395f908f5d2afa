"""The SQL of an import: a temporary table, the checks on it, and one statement that merges it.

Identifiers come from the sources' own code, never from a file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import connection

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

    def create(self) -> None:
        """Make the temporary table; it dies with the connection, so a killed import leaves nothing."""
        columns = ", ".join(f'"{c.name}" {c.sql_type}' for c in self.source.columns)
        _run("SET LOCAL statement_timeout = 0")  # a page has a limit, a register takes the time it takes
        _run(f"DROP TABLE IF EXISTS {STAGING}")
        _run(f"CREATE TEMP TABLE {STAGING} (line int NOT NULL, {columns}, repaired boolean, reason text)")

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

    def correct(self) -> list[str]:
        """Run the source's corrections and give what is to be said of them."""
        _run(f"ANALYZE {STAGING}")
        changed = [(_run(correction.statement), correction.notice) for correction in self.source.corrections]
        return [f"{rows} {notice}" for rows, notice in changed if rows and notice]

    def check(self) -> None:
        """Give a reason to each row that may not be merged: first the rows' own checks, then the doubles."""
        for check in self.source.checks:
            _run(
                f"UPDATE {STAGING} s SET reason = {check.reason} "
                f"WHERE s.reason IS NULL AND NOT coalesce({check.condition}, false)"
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
        rows = _all(f'SELECT DISTINCT "{column}" FROM {STAGING} WHERE "{column}" IS NOT NULL ORDER BY 1')
        return [code for (code,) in rows]

    def rejects(self) -> list[tuple[int, str]]:
        """Give the line and the reason of each row that was staged and refused."""
        return _all(f"SELECT line, reason FROM {STAGING} WHERE reason IS NOT NULL ORDER BY line")

    def merge(self, millesime: date, report: ImportReport) -> None:
        """Write what changed and nothing else, inside the caller's transaction."""
        for statement in self.source.before:
            _run(statement, {"millesime": millesime})
        added, changed, total = self._upsert(millesime)
        report.added, report.changed, report.unchanged = added, changed, total - added - changed
        (report.repaired,) = _all(f"SELECT count(*) FROM {STAGING} WHERE reason IS NULL AND repaired")[0]
        closed = self._close(millesime, report.coverage) if self.source.closes else []
        report.closed = len(closed)
        if added + changed:
            _run(f"ANALYZE {self.source.table}")  # what comes next joins a table whose size has just changed
        for statement in self.source.on_closing if closed else ():
            _run(statement, {"millesime": millesime, "closed": closed})
        for statement in self.source.after:
            _run(statement, {"millesime": millesime})

    def _upsert(self, millesime: date) -> tuple[int, int, int]:
        source = self.source
        columns = [c for c in source.columns if c.target]
        updated = [
            c for c in columns if c.target not in source.key and not c.keep and c.name not in self.absent
        ]
        once = {**source.constants} | ({"millesime": "%(millesime)s"} if source.closes else {})
        inserted = {c.target: f's."{c.name}"' for c in columns} | {**source.derived} | once
        names = ", ".join(f'"{name}"' for name in inserted)
        key = ", ".join(f'"{name}"' for name in source.key)
        written = [*(c.target for c in updated), *source.derived]
        assignments = [f'"{name}" = excluded."{name}"' for name in written]
        differs = [f't."{name}" IS DISTINCT FROM excluded."{name}"' for name in written]
        if source.closes:
            assignments += ['"millesime" = excluded."millesime"', '"closed_on" = NULL']
            differs.append("t.closed_on IS NOT NULL")
        on_conflict = (
            f"DO UPDATE SET {', '.join(assignments)} WHERE {' OR '.join(differs)}"
            if written
            else "DO NOTHING"
        )
        return _all(
            f"""
            WITH merged AS (
                INSERT INTO {source.table} AS t ({names})
                SELECT {", ".join(inserted.values())} FROM {STAGING} s
                WHERE s.reason IS NULL AND {source.only}
                ON CONFLICT ({key}) {on_conflict}
                RETURNING (t.xmax = 0) AS added
            )
            SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added),
                   (SELECT count(*) FROM {STAGING} s WHERE s.reason IS NULL AND {source.only})
            FROM merged
            """,
            {"millesime": millesime},
        )[0]

    def _close(self, millesime: date, coverage: list[str]) -> list[str]:
        """Close what left the communes of the file and give its keys; a file that drops a fifth is not believed."""
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
        if len(leaving) > FEW and len(leaving) > MAX_CLOSED_SHARE * standing:
            raise UnreadableFile(
                f"ce fichier ferait sortir {len(leaving)} lignes sur {standing} du registre : "
                "il est sans doute incomplet"
            )
        if leaving:
            _run(
                f'UPDATE {table} SET closed_on = %(millesime)s WHERE "{key}" = ANY(%(leaving)s)',
                {"millesime": millesime, "leaving": leaving},
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
