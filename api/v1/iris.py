"""``/api/v1/iris/`` and ``/api/v1/indicateurs/``: the IRIS with their newest rates, with their stock and incomes."""

from collections.abc import Mapping
from typing import ClassVar

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from api.v1 import pages, schema
from api.v1.features import FeatureList
from layers.bbox import BBox
from layers.selectors.territories import find_territory

FILTERS = ("bbox", "territoire")
PARAMETERS = (*FILTERS, *pages.PARAMETERS)


class OfIris(FeatureList):
    """Rows of IRIS, in a rectangle or a territory; ``columns`` are those of the commune and of the IRIS."""

    filters = FILTERS
    columns: ClassVar[tuple[str, ...]] = ()

    def rows(self, request: Request, parameters: Mapping[str, str]) -> QuerySet:
        """Keep the rows in the place asked for."""
        rows = super().rows(request, parameters)
        if bbox := parameters.get("bbox"):
            rows = rows.in_bbox(BBox.parse(bbox))
        if code := parameters.get("territoire"):
            rows = rows.filter(find_territory(code).places(*self.columns))
        return rows


class IrisList(OfIris):
    """List (``bbox``, ``territoire``)."""

    layer = "iris_taux"

    @schema.operation(
        "iris",
        "IRIS et leurs taux, d’après la dernière analyse",
        schema.feature_page(schema.layer_properties("iris_taux")),
        parameters=PARAMETERS,
    )
    def get(self, request: Request) -> Response:
        """Answer a page of rates."""
        return super().get(request)


class IndicatorList(OfIris):
    """List (``bbox``, ``territoire``)."""

    layer = "iris_indicateurs"
    columns = ("commune_id", "code")

    @schema.operation(
        "indicateurs",
        "IRIS et leurs indicateurs (Insee, RPLS, Filosofi), sous leurs codes d’origine",
        schema.feature_page(schema.layer_properties("iris_indicateurs")),
        parameters=PARAMETERS,
    )
    def get(self, request: Request) -> Response:
        """Answer a page of indicators."""
        return super().get(request)
