"""Merges the lines of the counts by cell, which triggers only ever add to."""

from django.db import connection

TABLES = {
    "layers_reportcell": (
        ("level", "x", "y", "commune", "arrondissement", "status"),
        ("n", "longitudes_e7", "latitudes_e7", "ids"),
    ),
    "layers_groundcell": (("layer", "level", "x", "y"), ("n",)),
}
# One statement: a reader sees the lines before or after, and what is added meanwhile is left for the next time
MERGE = """
WITH several AS (
    SELECT {keys} FROM {table} GROUP BY {keys} HAVING count(*) > 1
), gone AS (
    DELETE FROM {table} t USING several s WHERE ({of_t}) = ({of_s}) RETURNING t.*
)
INSERT INTO {table} ({keys}, {sums})
SELECT {keys}, {added} FROM gone GROUP BY {keys} HAVING sum(n) <> 0
"""


def merge_cells() -> int:
    """Leave one line a cell and what it counts, none where nothing is left; give how many were merged."""
    merged = 0
    with connection.cursor() as cursor:
        for table, (keys, sums) in TABLES.items():
            statement = MERGE.format(
                table=table,
                keys=", ".join(keys),
                of_t=", ".join(f"t.{key}" for key in keys),
                of_s=", ".join(f"s.{key}" for key in keys),
                sums=", ".join(sums),
                added=", ".join(f"sum({name})" for name in sums),
            )
            cursor.execute(statement)
            merged += cursor.rowcount
    return merged
