"""A flat town for measuring the services: parcelles of nine corners in a grid, a building on each, reports."""

from django.conf import settings
from django.db import connection
from django.test import Client

ORIGIN_X, ORIGIN_Y = 700_000, 6_600_000
STEP_M = 22  # from one parcelle to the next: 4 000 in a tile of zoom 14

COMMUNE = """
INSERT INTO layers_commune (code, nom, departement, codes_postaux, geom)
VALUES ('01001', 'Plate', '01', '[]', ST_Multi(ST_Transform(
    ST_MakeEnvelope({x}, {y}, {x} + 20000, {y} + 20000, 2154), 4326)))
"""
PARCELLES = """
INSERT INTO layers_parcelle (idu, commune_id, contenance, arpente, is_repaired, millesime, geom)
SELECT '01001' || lpad(n::text, 9, '0'), '01001', 400, false, false, '2026-04-01', ST_Multi(ST_Transform(
    ST_Segmentize(ST_MakeEnvelope(x, y, x + {step} - 2, y + {step} - 2, 2154), {step} / 2.0), 4326))
FROM (SELECT n, {x} + (n % {side}) * {step} AS x, {y} + (n / {side}) * {step} AS y
      FROM generate_series(0, {count} - 1) AS n) AS grid
"""
BATIMENTS = """
INSERT INTO layers_batiment (code, rnb_id, commune_id, type, nom, is_repaired, millesime, geom)
SELECT '01001-' || md5(n::text), lpad(n::text, 12, '0'), '01001', '01', '', false, '2026-04-01', ST_Multi(
    ST_Transform(ST_MakeEnvelope(x + 3, y + 3, x + 13, y + 11, 2154), 4326))
FROM (SELECT n, {x} + (n % {side}) * {step} AS x, {y} + (n / {side}) * {step} AS y
      FROM generate_series(0, {count} - 1) AS n) AS grid
"""
REPORTS = """
INSERT INTO layers_signalement (departement, reference, status, received_on, motif_cloture, description, adresse,
    code_postal, ville, code_insee, etage, escalier, appartement, parc, nature_logement, type_occupant,
    criticite, nb_visites, conclusion_visite, bailleur, etiquettes, precision, needs_review, commune_id, geom)
SELECT '01', '2026-' || n, 'ACTIVE', '2026-03-15', '', 'x', '1 rue', '01000', 'Plate', '01001', '', '', '',
    'prive', '', '', n % 100, 0, '', '', '{{}}', 'numero', false, '01001', ST_Transform(ST_SetSRID(ST_Point(
    {x} + (n % {side}) * {step} + 5, {y} + (n / {side}) * {step} + 5), 2154), 4326)
FROM generate_series(0, {count} - 1) AS n
"""


def lay_town(parcelles: int, reports: int) -> None:
    """Fill the database with the town."""
    with connection.cursor() as cursor:
        cursor.execute(COMMUNE.format(x=ORIGIN_X, y=ORIGIN_Y))
        for statement, count in ((PARCELLES, parcelles), (BATIMENTS, parcelles), (REPORTS, reports)):
            side = max(1, int(count**0.5))
            cursor.execute(statement.format(x=ORIGIN_X, y=ORIGIN_Y, step=STEP_M, side=side, count=count))
        cursor.execute("ANALYZE")


def client_of_an_administrator() -> Client:
    """Give a client that reads everything, over plain HTTP and without collected static files."""
    from geo_lhi.accounts.models import User

    settings.SECURE_SSL_REDIRECT = False
    settings.WHITENOISE_AUTOREFRESH = True
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_superuser("bench"))
    return client
