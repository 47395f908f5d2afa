"""``/wfs/``: WFS 2.0 over the register of layers, with the rights of whoever asks."""

import logging
from traceback import walk_tb
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DataError, InternalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from gisserver.exceptions import OperationParsingFailed, OperationProcessingFailed, OWSException
from gisserver.features import FeatureType, ServiceDescription
from gisserver.views import WFSView

from api.errors import TOO_LONG, is_too_long
from api.time_limits import short_queries
from api.wfs import distances, geometries  # noqa: F401 (importing them mends the library)
from api.wfs.conditions import fields_in, is_by_identifier
from api.wfs.limits import check_request
from api.wfs.operations import GetCapabilities, GetFeature
from api.wfs.types import feature_types
from api.wfs.words import in_french, said_in_french

logger = logging.getLogger(__name__)

# What says by itself that a request is malformed, or a value of it out of what the database can hold
MALFORMED = (BadRequest, SuspiciousOperation, DataError, InternalError)
# Any error that comes out of these, which read the request before a row is read, is the sender's: the library lets
# TypeErrors and IndexErrors through for what it did not expect. The same error from anywhere else is a bug of ours.
READERS = (
    "gisserver.parsers.",
    "gisserver.crs",
    "gisserver.features",
    "gisserver.views",
    "api.wfs.distances",
    "api.wfs.geometries",
    "api.wfs.grammar",
    "api.wfs.limits",
)
OURS = ("gisserver.", "api.", "layers.", "geo_lhi.", "maps.", "cadastre_import.")


def is_malformed(error: Exception) -> bool:
    """Say whether an error that the library lets through is what the sender can correct."""
    if isinstance(error, MALFORMED):
        return True
    return _raised_in(error).startswith(READERS)


def _raised_in(error: Exception) -> str:
    """Name the module, of ours or of the library's, that an error comes out of."""
    modules = [frame.f_globals.get("__name__", "") for frame, _ in walk_tb(error.__traceback__)]
    return next((name for name in reversed(modules) if name.startswith(OURS)), "")


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
            self._feature_types = feature_types(
                self.request.read_scope,
                fields_in(self.request),
                by_identifier=is_by_identifier(self.request),
            )
        return self._feature_types

    def handle_exception(self, error: Exception) -> HttpResponse | None:
        """Answer an exception report for what the sender can correct, and nothing for a bug."""
        if isinstance(error, OWSException) and _raised_in(error).startswith("gisserver."):
            in_french(error)
        response = super().handle_exception(error)
        if response is None and is_too_long(error):
            response = OperationProcessingFailed(TOO_LONG, status_code=503).as_response()
        if response is None and is_malformed(error):
            logger.warning("requête WFS refusée (%s)", type(error).__name__, exc_info=True)
            response = OperationParsingFailed("La requête est illisible.").as_response()
        return response and said_in_french(response)
