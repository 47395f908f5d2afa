"""Time a page of 1 000 parcelles of OGC API Features against the bare SQL page, and the last page against the first.

Run with ``python -m benchmarks.ogc_features``. Ours goes through the whole application, writes the links and, on the
first page only, counts the rows; the SQL gives the same features as one text, and counts nothing. 200 000 polygons of
9 points; medians of rounds in turn, in ms, and the CPU of both sides (ours and the database's), a mean over 40 pages.
"""

import time
from collections.abc import Callable

from benchmarks._scratch import scratch_database
from benchmarks.tiles import interleaved

PARCELLES = 200_000
LIMIT = 1_000
PAGES = 40
LAY = """
INSERT INTO layers_parcelle (idu, commune_id, contenance, millesime, is_repaired, geom)
SELECT '01500' || lpad(n::text, 9, '0'), '01500', 100 + n %% 900, '2026-01-01', false,
    ST_Multi(ST_Buffer(ST_Point(3 + (n %% 500) * 0.0004, 46.5 + (n / 500) * 0.0004, 4326), 0.00015, 2))
FROM generate_series(0, %s - 1) AS n
"""
BARE = """
SELECT string_agg(json_build_object('type', 'Feature', 'id', idu, 'geometry', ST_AsGeoJSON(geom, 7)::json,
    'properties', json_build_object('idu', idu, 'commune', commune_id, 'contenance', contenance,
        'millesime', millesime))::text, ',')
FROM (SELECT * FROM layers_parcelle WHERE closed_on IS NULL AND idu > %s ORDER BY idu LIMIT %s) AS page
"""


def main() -> None:
    """Lay the parcelles, time the first page, the last, and both against the database alone."""
    with scratch_database():
        from django.db import connection

        from benchmarks._server import server_cpu
        from benchmarks._territory import client_of_an_administrator
        from layers.models import Commune

        Commune.objects.create(code="01500", nom="Commune", departement="01")
        with connection.cursor() as cursor:
            cursor.execute(LAY, [PARCELLES])
            cursor.execute("ANALYZE layers_parcelle")
            cursor.execute(
                "SELECT idu FROM layers_parcelle ORDER BY idu OFFSET %s LIMIT 1", [PARCELLES - LIMIT - 1]
            )
            ((before_last,),) = cursor.fetchall()
            cursor.execute("SELECT idu FROM layers_parcelle ORDER BY idu OFFSET %s LIMIT 1", [LIMIT - 1])
            ((second,),) = cursor.fetchall()
        client = client_of_an_administrator()

        def ours(after: str) -> Callable[[], bytes]:
            url = f"/ogc/collections/parcelles/items?f=json&limit={LIMIT}" + (
                f"&after={after}" if after else ""
            )
            return lambda: client.get(url).content

        def bare(after: str) -> Callable[[], str]:
            def page() -> str:
                with connection.cursor() as cursor:
                    cursor.execute(BARE, [after, LIMIT])
                    return cursor.fetchone()[0]

            return page

        def cpu_ms(page: Callable[[], object]) -> float:
            server, here = server_cpu(), time.process_time()
            for _ in range(PAGES):
                page()
            return (time.process_time() - here + server_cpu() - server) * 1_000 / PAGES

        assert ours("")().count(b'"Feature"') == ours(before_last)().count(b'"Feature"') == LIMIT
        print(
            f"{'page':<8}{'ours ms':>10}{'SQL ms':>10}{'ratio':>8}{'ours CPU':>10}{'SQL CPU':>10}{'ratio':>8}"
        )
        for name, after in (("first", ""), ("second", second), ("last", before_last)):
            mine, theirs = interleaved(ours(after), bare(after))
            mine_cpu, theirs_cpu = cpu_ms(ours(after)), cpu_ms(bare(after))
            print(
                f"{name:<8}{mine:>10.1f}{theirs:>10.1f}{mine / theirs:>8.2f}"
                f"{mine_cpu:>10.1f}{theirs_cpu:>10.1f}{mine_cpu / theirs_cpu:>8.2f}"
            )
        for name, after in (("first", ""), ("second", second)):
            last, other = interleaved(ours(before_last), ours(after))
            print(f"last page against the {name}: {last / other:.2f}")


if __name__ == "__main__":
    main()
