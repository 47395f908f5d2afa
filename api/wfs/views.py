"""``/wfs/``: WFS 2.0 over the register of layers, with the rights of whoever asks."""

import logging
from typing import Any

from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DataError, InternalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from gisserver.exceptions import OperationParsingFailed, OperationProcessingFailed
from gisserver.features import FeatureType, ServiceDescription
from gisserver.views import WFSView

from api.errors import TOO_LONG, is_too_long
from api.time_limits import short_queries
from api.wfs import geometries  # noqa: F401 (importing it mends the library)
from api.wfs.limits import check_request
from api.wfs.operations import GetCapabilities, GetFeature
from api.wfs.types import feature_types

logger = logging.getLogger(__name__)

# What the library lets through when a request is malformed
MALFORMED = (
    BadRequest,
    SuspiciousOperation,
    GDALException,
    GEOSException,
    DataError,
    InternalError,
    ArithmeticError,
    ValueError,
    TypeError,
    NotImplementedError,
    LookupError,
    AttributeError,
    AssertionError,
    RecursionError,
)


class LayersWFS(WFSView):
    """The service; ``request.read_scope`` decides on the rows of each type."""

    accept_operations = {
        "WFS": {
            **WFSView.accept_operations["WFS"],
            "GetCapabilities": GetCapabilities,
            "GetFeature": GetFeature,
        }
    }
    xml_namespace = "urn:x-geo-lhi:couches"
    xml_namespace_aliases = {"geolhi": xml_namespace}
    max_page_size = 5_000
    use_html_templates = False  # in English, and with styles that our Content-Security-Policy refuses
    service_description = ServiceDescription(
        title="geo_lhi",
        abstract="Habitat indigne : territoires, cadastre, taux et signalements de votre périmètre.",
        keywords=["habitat indigne", "cadastre", "IRIS"],
        provider_name="geo_lhi",
        contact_person="Administrateur de geo_lhi",  # without a contact the document is not valid
    )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead whoever pastes the bare address to the capabilities."""
        if not request.GET:
            return HttpResponseRedirect(f"{request.path}?SERVICE=WFS&REQUEST=GetCapabilities")
        check_request(request)
        with short_queries(any(name.upper() == "FILTER" for name in request.GET)):
            return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check the document before the library reads it."""
        check_request(request)
        with short_queries():
            return super().post(request, *args, **kwargs)

    def get_feature_types(self) -> list[FeatureType]:
        """Give the types, once a request."""
        if not hasattr(self, "_feature_types"):
            self._feature_types = feature_types(self.request.read_scope)
        return self._feature_types

    def handle_exception(self, error: Exception) -> HttpResponse | None:
        """Answer an exception report for what the sender can correct, and nothing for a bug."""
        response = super().handle_exception(error)
        if response is None and is_too_long(error):
            response = OperationProcessingFailed(TOO_LONG, status_code=503).as_response()
        if response is None and isinstance(error, MALFORMED):
            logger.warning("requête WFS refusée (%s)", type(error).__name__, exc_info=True)
            response = OperationParsingFailed("La requête est illisible.").as_response()
        return response
