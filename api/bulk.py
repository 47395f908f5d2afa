"""Large pages of a service are exports too: whoever reads 5 000 reports by the WFS has downloaded them."""

from collections.abc import Callable

from django.http import HttpRequest

from api.exports.tables import is_reference
from geo_lhi.accounts.exports import record_export
from layers.registry import Layer

LARGE = 1_000  # rows: below, someone looks at a map


def record_page(
    request: HttpRequest, service: str, layer: Layer, asked: float, count: Callable[[], int]
) -> None:
    """Record a page of ``LARGE`` rows or more of a layer that is not open data.

    ``asked`` is the greatest size of the page, infinite if nothing bounds it; its rows are counted only if they may
    be that many.
    """
    if asked < LARGE or is_reference(layer):
        return
    rows = count()
    if rows >= LARGE:
        record_export(request, f"page de couche ({service})", source=layer.id, rows=rows)
