"""JSON by orjson; geometry arrives from the database already written and passes through untouched."""

from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer


class OrjsonRenderer(BaseRenderer):
    """Plain JSON."""

    media_type = "application/json"
    format = "json"
    charset = None  # JSON is UTF-8

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: dict[str, Any] | None = None,
    ) -> bytes:
        """Write ``data``; dates as ISO, a number that is not finite as null."""
        return b"" if data is None else orjson.dumps(data)


class GeoJSONRenderer(OrjsonRenderer):
    """The same bytes under the name of the GeoJSON standard (RFC 7946)."""

    media_type = "application/geo+json"
    format = "geojson"
