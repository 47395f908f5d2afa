"""The operations of the WFS, where the library's would cost clients too much."""

import math
import re
from collections.abc import Callable
from functools import partial

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import escape
from gisserver.operations import wfs20
from gisserver.operations.base import OutputFormat
from gisserver.output import DBCSVRenderer, DBGML32Renderer, FeatureCollection
from gisserver.output.results import CALCULATE, SimpleFeatureCollection

from api.bulk import record_page
from api.wfs.csv_rows import CsvOfRows
from api.wfs.gml import GmlOfRows
from layers.registry import register_of
from layers.selectors.tile_cells import counted_rows

GET_FEATURE = b'<ows:Operation name="GetFeature">'
COUNT_DEFAULT = (
    b'<ows:Constraint name="CountDefault"><ows:NoValues/>'
    b"<ows:DefaultValue>%d</ows:DefaultValue></ows:Constraint>"
)


TYPE_END = b"</FeatureType>"
WRITERS = {DBGML32Renderer: GmlOfRows, DBCSVRenderer: CsvOfRows}
# Written as a person reads it, with a space in thousands, where the standard has a number
SPACED = re.compile(rb'(name="DefaultMaxFeatures">.*?<ows:Value>)[^<]*', re.DOTALL)


class GetCapabilities(wfs20.GetCapabilities):
    """Says how long a page is where GDAL and QGIS look for it: else GDAL asks for 100 features at a time.

    And where each type is described: the library writes the same empty address for all.
    """

    def process_request(self, ows_request: wfs20.GetCapabilities) -> HttpResponse:
        """Add CountDefault to the description of GetFeature."""
        response = super().process_request(ows_request)
        before, found, after = response.content.partition(GET_FEATURE)
        description, end, rest = after.partition(b"</ows:Operation>")
        if found:
            constraint = COUNT_DEFAULT % self.view.max_page_size
            response.content = before + found + description + constraint + end + rest
        described = self._with_descriptions(response.content)
        response.content = SPACED.sub(rb"\g<1>%d" % self.view.max_page_size, described)
        return response

    def _with_descriptions(self, document: bytes) -> bytes:
        *types, rest = document.split(TYPE_END)
        layers = [type_.name for type_ in self.view.get_feature_types()]
        described = [
            type_
            + b"".join(b'<MetadataURL xlink:href="%s"/>' % url.encode() for url in self._descriptions(layer))
            + TYPE_END
            for type_, layer in zip(types, layers, strict=True)
        ]
        return b"".join([*described, rest])

    def _descriptions(self, layer: str) -> list[str]:
        """Give the addresses that tell what a layer is: its page, and its record, which opens to its readers."""
        request = self.view.request
        paths = [reverse("ogc-collection", args=[layer])]
        if not request.read_scope.public:
            paths.append(reverse("record-iso", args=[layer]))
        return [escape(request.build_absolute_uri(path)) for path in paths]


class Page(SimpleFeatureCollection):
    """A page chosen on keys alone: the rows before it are neither read nor written as GML to be thrown away.

    ``counted`` gives the number of rows of all pages where it is known without reading them, else None.
    """

    counted: Callable[[], int | None] | None = None

    @property
    def number_matched(self) -> int:
        """Count the rows of all pages; the last page tells it by itself."""
        if self.counted and self._number_matched == CALCULATE and not self._is_surely_last_page:
            known = self.counted()
            if known is not None:
                self._number_matched = known
        return super().number_matched

    def _paginated_queryset(self, add_sentinel: bool = True) -> QuerySet:
        page = super()._paginated_queryset(add_sentinel)
        return self.queryset.filter(pk__in=page.values("pk")) if self.start else page

    def size(self) -> int:
        """Count the rows of the page without reading them."""
        return self._paginated_queryset(add_sentinel=False).count()

    def fetch_results(self) -> None:
        """Read a deep page by its keys; leave the others to the library."""
        is_read = self._result_cache is not None or self._result_iterator is not None
        if is_read or self._is_hits_request or not self.start or self.stop == math.inf:
            super().fetch_results()
        else:
            self._result_cache = list(self._paginated_queryset(add_sentinel=False))


class GetFeature(wfs20.GetFeature):
    """Features, in an order that is the same for all pages."""

    def get_output_formats(self) -> list[OutputFormat]:
        """Give the library's formats, with our writers of GML and of CSV."""
        formats = super().get_output_formats()
        for found in formats:
            found.renderer_class = WRITERS.get(found.renderer_class, found.renderer_class)
        return formats

    def get_results(self) -> FeatureCollection:
        """Order by what was asked, then by key."""
        results = super().get_results().results
        for result in results:
            result.queryset = result.queryset.order_by(*result.queryset.query.order_by, "pk")
        pages = [
            Page(result.source_query, result.feature_types, result.queryset, result.start, result.stop)
            for result in results
        ]
        for page in pages:
            scope = self.view.request.read_scope
            layer = register_of(scope)[page.feature_types[0].name]
            chosen_by_rights = layer.rows(scope, {}).query.where
            if page.queryset.query.where == chosen_by_rights:  # and by no filter
                page.counted = partial(counted_rows, layer.id, scope)
            record_page(self.view.request, "WFS", layer, page.stop - page.start, page.size)
        return FeatureCollection(pages)
