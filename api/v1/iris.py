"""``/api/v1/iris/``: the IRIS with their rates, from the newest analysis."""

from collections.abc import Mapping

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from api.v1 import pages, schema
from api.v1.features import FeatureList
from layers.bbox import BBox
from layers.selectors.territories import find_territory

FILTERS = ("bbox", "territoire")


class IrisList(FeatureList):
    """List (``bbox``, ``territoire``)."""

    layer = "iris_taux"
    filters = FILTERS

    @schema.operation(
        "iris",
        "IRIS et leurs taux, d’après la dernière analyse",
        schema.feature_page(schema.layer_properties("iris_taux")),
        parameters=(*FILTERS, *pages.PARAMETERS),
    )
    def get(self, request: Request) -> Response:
        """Answer a page of rates."""
        return super().get(request)

    def rows(self, request: Request, parameters: Mapping[str, str]) -> QuerySet:
        """Keep the rows in the place asked for."""
        rows = super().rows(request, parameters)
        if bbox := parameters.get("bbox"):
            rows = rows.in_bbox(BBox.parse(bbox))
        if code := parameters.get("territoire"):
            rows = rows.filter(find_territory(code).places())
        return rows
