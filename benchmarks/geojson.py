"""Time a page of 1 000 reports of the API against the bare SQL page and the serializers of DRF-GIS.

Run with ``python -m benchmarks.geojson``. Ours goes through the whole application and counts the rows; the SQL
gives the same features as one text; the serializers only serialize. Medians of 15 rounds in turn, in ms.
"""

from benchmarks._scratch import scratch_database
from benchmarks.tiles import interleaved

REPORTS = 20_000
LIMIT = 1_000
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

        from api.v1.signalements import SignalementSerializer
        from benchmarks._territory import client_of_an_administrator, lay_town
        from layers.models import Signalement
        from layers.registry import LAYERS

        lay_town(1, REPORTS)
        client = client_of_an_administrator()

        class ListSerializer(SignalementSerializer):
            """The fields of the list, as DRF-GIS would serialize them."""

            desordres = geocodage = ancrages = None

            class Meta(SignalementSerializer.Meta):
                fields = [*LAYERS["signalements"].fields, "geom"]

        def bare(offset: int) -> str:
            with connection.cursor() as cursor:
                cursor.execute(BARE.format(offset=offset))
                return cursor.fetchone()[0]

        def serialized() -> bytes:
            rows = Signalement.objects.unscoped("a benchmark").order_by("pk")[:LIMIT]
            return JSONRenderer().render(ListSerializer(rows, many=True).data)

        print(f"{'page':<10}{'ours ms':>10}{'SQL ms':>10}{'ratio':>8}")
        for page in (1, REPORTS // LIMIT):
            url = f"/api/v1/signalements/?limit={LIMIT}&page={page}"
            ours, theirs = interleaved(lambda: client.get(url).content, lambda: bare((page - 1) * LIMIT))  # noqa: B023
            print(f"{page:<10}{ours:>10.1f}{theirs:>10.1f}{ours / theirs:>8.2f}")
        url = f"/api/v1/signalements/?limit={LIMIT}"
        ours, slow = interleaved(lambda: client.get(url).content, serialized)
        print(f"DRF-GIS serializers alone: {slow:.1f} ms, {slow / ours:.1f} times our page")


if __name__ == "__main__":
    main()
