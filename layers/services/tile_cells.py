"""The counts by cell, a ledger that triggers keep: its lines merged now and then, a first load counted at once."""

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

COUNTED = {"layers_parcelle": "parcelles", "layers_batiment": "batiments", "layers_address": "adresses"}
# The cells of the triggers (migration 0026), of rectangles measured once
COUNT = """
INSERT INTO layers_groundcell (layer, level, x, y, n)
SELECT %(layer)s, level, x >> shift, y >> shift, sum(n) FROM (
    SELECT layers_cell_column((ST_XMin(box) + ST_XMax(box)) / 2, 16) AS x,
           layers_cell_line((ST_YMin(box) + ST_YMax(box)) / 2, 16) AS y, count(*) AS n
    FROM (SELECT geom::box3d AS box FROM {table} WHERE closed_on IS NULL OFFSET 0) AS boxes
    GROUP BY 1, 2
) AS cells, (VALUES (16, 0), (12, 4), (8, 8)) AS levels (level, shift)
GROUP BY 2, 3, 4
"""


def stop_counting(table: str) -> None:
    """Let rows enter an empty table uncounted: its caller holds it alone, and ends with ``count_everything``."""
    if table in COUNTED:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {_counting(table)}")


def count_everything(table: str) -> None:
    """Count at once the rows that entered since ``stop_counting``, and let the trigger count those to come."""
    if table in COUNTED:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {_counting(table)}")
            cursor.execute(COUNT.format(table=table), {"layer": COUNTED[table]})


def _counting(table: str) -> str:
    return f"{table.removeprefix('layers_')}_count_arrived"


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
