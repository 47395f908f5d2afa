"""Time a page of 1 000 reports of the API against the bare SQL page and the serializers of DRF-GIS.

Run with ``python -m benchmarks.geojson``. Ours goes through the whole application and counts the rows; the SQL
gives the same features as one text; the serializers only serialize. Means of ROUNDS in turn, CPU with PostgreSQL's.
"""

from functools import partial

from benchmarks._scratch import scratch_database
from benchmarks.services import in_turn, table

REPORTS = 20_000
LIMIT = 1_000
ROUNDS, CALLS = 5, 8  # each call takes a few hundredths of a second, the clock of CPU counts by one
BARE = """
SELECT string_agg(json_build_object('type', 'Feature', 'id', id, 'geometry', ST_AsGeoJSON(geom, 7)::json,
    'properties', json_build_object('id', id, 'reference', reference, 'statut', status, 'depose_le', received_on,
        'ferme_le', closed_on, 'commune', commune_id, 'precision', precision, 'a_verifier', needs_review,
        'criticite', criticite))::text, ',')
FROM (SELECT * FROM layers_signalement WHERE geom IS NOT NULL ORDER BY id LIMIT 1000 OFFSET {offset}) AS page
"""


def main() -> None:
    """Lay a town, time its first and last pages."""
    with scratch_database():
        from django.db import connection
        from rest_framework.renderers import JSONRenderer
        from rest_framework_gis.serializers import GeoFeatureModelSerializer

        from benchmarks._served import calling
        from benchmarks._territory import client_of_an_administrator, lay_town
        from layers.models import Signalement
        from layers.registry import LAYERS

        lay_town(1, REPORTS)
        client = client_of_an_administrator()

        class Serializer(GeoFeatureModelSerializer):
            """The fields that the layer publishes."""

            class Meta:
                model, geo_field, id_field = Signalement, "geom", "id"
                fields = (*LAYERS["signalements"].fields.values(), "geom")

        def bare(offset: int) -> str:
            with connection.cursor() as cursor:
                cursor.execute(BARE.format(offset=offset))
                return cursor.fetchone()[0]

        def serialized() -> bytes:
            rows = Signalement.objects.unscoped("a benchmark").order_by("pk")[:LIMIT]
            return JSONRenderer().render(Serializer(rows, many=True).data)

        ours = f"/api/v1/signalements/?limit={LIMIT}&page="
        last = REPORTS // LIMIT
        calls = {
            "ours, first": partial(client.get, f"{ours}1"),
            "SQL, first": partial(bare, 0),
            "ours, last": partial(client.get, f"{ours}{last}"),
            "SQL, last": partial(bare, REPORTS - LIMIT),
            "DRF-GIS, first": serialized,
        }
        spent = in_turn({name: partial(calling, call, CALLS) for name, call in calls.items()}, ROUNDS)
        cpu = table(f"GeoJSON of the API, a page of {LIMIT} of {REPORTS} reports", spent)
        for page in ("first", "last"):
            print(f"  CPU, ours / SQL, {page} page: {cpu[f'ours, {page}'] / cpu[f'SQL, {page}']:.2f}")
        print(f"  CPU, DRF-GIS / ours, first page: {cpu['DRF-GIS, first'] / cpu['ours, first']:.2f}")


if __name__ == "__main__":
    main()
