"""``/api/v1/indicateurs/``: the stock and the incomes of the IRIS, as Insee and the ministry publish them."""

from collections.abc import Mapping

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from api.v1 import pages, schema
from api.v1.features import FeatureList
from layers.bbox import BBox
from layers.selectors.territories import find_territory

FILTERS = ("bbox", "territoire")


class IndicatorList(FeatureList):
    """List (``bbox``, ``territoire``)."""

    layer = "iris_indicateurs"
    filters = FILTERS

    @schema.operation(
        "indicateurs",
        "IRIS et leurs indicateurs (Insee, RPLS, Filosofi), sous leurs codes d’origine",
        schema.feature_page(schema.layer_properties("iris_indicateurs")),
        parameters=(*FILTERS, *pages.PARAMETERS),
    )
    def get(self, request: Request) -> Response:
        """Answer a page of indicators."""
        return super().get(request)

    def rows(self, request: Request, parameters: Mapping[str, str]) -> QuerySet:
        """Keep the rows in the place asked for."""
        rows = super().rows(request, parameters)
        if bbox := parameters.get("bbox"):
            rows = rows.in_bbox(BBox.parse(bbox))
        if code := parameters.get("territoire"):
            communes = find_territory(code).places("commune_id", "code")
            rows = rows.filter(communes)
        return rows
