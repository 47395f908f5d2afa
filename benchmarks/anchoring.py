"""Anchor reports: the whole cascade against the bare SQL join to the same tables.

Run with ``python -m benchmarks.anchoring [REPORTS PARCELLES]`` (6 000 on 20 000 if not given). The bare join takes
the nearest in degrees and writes one row a report in a table without index; the cascade measures metres and shares,
tells ties, gives each link its method, score and vintage, writes six indexed rows a report with their foreign key,
and the day on the report. "Found" is the cascade up to its links, "first" is all of it. Wall seconds, interleaved.
"""

import math
import os
import sys
import time

from benchmarks._scratch import scratch_database

REPEATS = 3

# A grid of parcelles of 20 m with a building in each; house numbers stand 3 m south, in the street
TERRITORY = """
INSERT INTO layers_commune (code, nom, departement, codes_postaux, geom)
VALUES ('60999', 'Ici', '60', '[]', ST_Multi(ST_MakeEnvelope(1.99, 48.99, 3.01, 50.01, 4326)));
INSERT INTO layers_voie (code, nom, norm, commune_id, code_postal, ancienne_commune)
SELECT '60999_' || lpad(n::text, 4, '0'), 'Rue ' || n, 'rue ' || n, '60999', '60999', ''
FROM generate_series(0, {side}) n;
INSERT INTO layers_parcelle (idu, commune_id, is_repaired, millesime, geom)
SELECT '60999' || lpad((n / 9999)::text, 3, '0') || 'AB' || lpad((n %% 9999 + 1)::text, 4, '0'), '60999', false,
       '2026-01-01', ST_Multi(ST_MakeEnvelope(x, y, x + 0.00028, y + 0.00018, 4326))
FROM (SELECT n, 2 + n %% {side} * 0.00028 AS x, 49 + n / {side} * 0.00022 AS y
      FROM generate_series(0, {parcelles} - 1) n) cell;
INSERT INTO layers_batiment (code, commune_id, type, nom, is_repaired, millesime, geom)
SELECT 'B' || idu, '60999', '01', '', false, '2026-01-01', ST_Multi(ST_Buffer(ST_Centroid(geom), 0.00006, 4))
FROM layers_parcelle;
INSERT INTO layers_address (ban_id, voie_id, commune_id, numero, rep, code_postal, type_position, millesime, geom)
SELECT 'A' || idu, '60999_' || lpad((row_number() OVER (ORDER BY idu) / {side})::int::text, 4, '0'), '60999', 1, '',
       '60999', 'entrée', '2026-01-01',
       ST_SetSRID(ST_MakePoint(ST_X(ST_Centroid(geom)), ST_YMin(geom) - 0.00003), 4326)
FROM layers_parcelle;
INSERT INTO layers_iris (code, nom, type, commune_id, millesime, geom)
SELECT '60999' || lpad(n::text, 4, '0'), n::text, 'H', '60999', '2026-01-01',
       ST_Multi(ST_MakeEnvelope(2 + n %% 8 * {width} / 8, 49 + n / 8 * {height} / 8,
                                2 + (n %% 8 + 1) * {width} / 8, 49 + (n / 8 + 1) * {height} / 8, 4326))
FROM generate_series(0, 63) n;
INSERT INTO layers_zone (code, nom, type, acte, geom)
SELECT 'Z' || code, nom, 'QPV', '', geom FROM layers_iris WHERE code LIKE '%%1';
"""
REPORTS = """
INSERT INTO layers_signalement
    (departement, reference, status, received_on, motif_cloture, description, adresse, code_postal, ville, code_insee,
     etage, escalier, appartement, parc, nature_logement, type_occupant, nb_visites, conclusion_visite, bailleur,
     etiquettes, geom, precision, needs_review, commune_id)
SELECT '60', n::text, 'ACTIVE', '2026-01-01', '', '', '', '', '', '60999', '', '', '', 'prive', '', '', 0, '', '',
       '{{}}', a.geom, 'numero', false, '60999'
FROM generate_series(1, {reports}) n
JOIN (SELECT geom, row_number() OVER (ORDER BY md5(ban_id)) AS k FROM layers_address) a
    ON a.k = n %% {parcelles} + 1;
INSERT INTO layers_geocoding
    (signalement_id, query, provider, kind, score, label, ban_id, alternatives, geocoded_at)
SELECT s.id, '', '', 'housenumber', 0.9, '', a.ban_id, '[]', now()
FROM layers_signalement s JOIN layers_address a ON a.geom = s.geom;
ANALYZE;
"""
BARE_JOIN = """
CREATE TEMP TABLE bare AS
SELECT s.id, a.ban_id, p.idu, b.code AS batiment, i.code AS iris, c.code AS commune, z.code AS zone
FROM layers_signalement s
CROSS JOIN LATERAL (SELECT ban_id FROM layers_address WHERE closed_on IS NULL ORDER BY geom <-> s.geom LIMIT 1) a
CROSS JOIN LATERAL (
    SELECT idu, geom FROM layers_parcelle WHERE closed_on IS NULL ORDER BY geom <-> s.geom LIMIT 1
) p
LEFT JOIN layers_batiment b ON b.closed_on IS NULL AND ST_Intersects(b.geom, p.geom)
LEFT JOIN layers_iris i ON i.closed_on IS NULL AND ST_Intersects(i.geom, s.geom)
LEFT JOIN layers_commune c ON ST_Intersects(c.geom, s.geom)
LEFT JOIN layers_zone z ON ST_Intersects(z.geom, s.geom)
"""


def bare_join() -> float:
    """Time the join that anyone would write first."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bare")
        started = time.perf_counter()
        cursor.execute(BARE_JOIN)
        return time.perf_counter() - started


def cascade(*, everything: bool = True) -> tuple[float, int]:
    """Time an anchoring; give the reports that it took, too."""
    started = time.perf_counter()
    outcome = anchoring.anchor_signalements(everything=everything)
    return time.perf_counter() - started, outcome.reports


def finding() -> float:
    """Time the cascade without what it writes in the end."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '128MB'")
        started = time.perf_counter()
        anchoring.find_links(cursor, anchoring.parameters_of(None, everything=True))
        return time.perf_counter() - started


def touch_parcelles(share: float) -> None:
    """Write a share of the parcelles again, scattered, as a new edition would."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE layers_parcelle SET contenance = coalesce(contenance, 0) + 1"
            " WHERE abs(hashtext(idu)) %% 1000 < %s",
            [1000 * share],
        )


def main(reports: int, parcelles: int) -> None:
    """Fill a territory, run both, print seconds and their ratio."""
    from django.db import connection

    from layers.models import Anchor

    side = math.isqrt(parcelles) + 1
    sizes = {"side": side, "parcelles": parcelles, "reports": reports}
    sizes |= {"width": side * 0.00028, "height": side * 0.00022}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute((TERRITORY + REPORTS).format(**sizes), {})
    bare_join()  # fills the caches for all
    first, found, bare = [], [], []
    for _ in range(REPEATS):
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE layers_anchor; UPDATE layers_signalement SET anchored_at = NULL")
            cursor.execute("VACUUM ANALYZE layers_signalement")
        bare.append(bare_join())
        found.append(finding())
        first.append(cascade()[0])
    links = Anchor.objects.count()
    again, _ = cascade()
    idle, none = cascade(everything=False)
    touch_parcelles(0.001)
    moved, few = cascade(everything=False)
    print(f"{reports} reports on {parcelles} parcelles, load average {os.getloadavg()[0]:.1f}")
    print(f"bare join to the same tables        {min(bare):6.2f} s")
    print(
        f"links found                         {min(found):6.2f} s, {min(found) / min(bare):.2f} times the bare join"
    )
    print(f"first anchoring, {links} links       {min(first):6.2f} s, {min(first) / min(bare):.2f} times")
    print(f"all again, nothing to write         {again:6.2f} s, {again / min(bare):.2f} times")
    print(f"nothing moved ({none} reports)           {idle:6.2f} s")
    print(f"0.1 % of the parcelles ({few} reports)  {moved:6.2f} s")


if __name__ == "__main__":
    with scratch_database():
        from cadastre_import import anchoring

        main(*(int(n) for n in sys.argv[1:3] or (6_000, 20_000)))
