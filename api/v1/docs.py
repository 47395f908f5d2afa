"""The OpenAPI document, and its page under our own Content-Security-Policy."""

from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class FrenchSchemaGenerator(SchemaGenerator):
    """Leaves our docstrings out: they are in English, for the reader of the code."""

    def get_schema(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Give the document with the descriptions meant for its readers only."""
        document = super().get_schema(*args, **kwargs)
        operations = [operation for path in document["paths"].values() for operation in path.values()]
        for item in (*document["components"]["schemas"].values(), *operations):
            item.pop("description", None)
        return document


class SchemaView(SpectacularAPIView):
    """The document of ``/api/v1/`` alone (YAML, or JSON by ``Accept``)."""

    urlconf = "api.v1.urls"
    generator_class = FrenchSchemaGenerator


class DocumentationView(SpectacularSwaggerSplitView):
    """The page: scripts and styles in files of ours, nothing inline."""

    url_name = "schema"
    template_name = "api/documentation.html"
