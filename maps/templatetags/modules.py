"""The import map: our modules import each other by their plain names, browsers fetch the hashed files."""

import json
from pathlib import Path

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

MODULES = Path(__file__).parent.parent / "static" / "maps" / "js"
MAPLIBRE = "vendor/maplibre-gl/maplibre-gl.mjs"


@register.simple_tag(takes_context=True)
def import_map(context: template.Context) -> SafeString:
    """Give the import map of the page, under the nonce of its policy."""
    imports = {"maplibre-gl": static(MAPLIBRE)}
    for module in sorted(MODULES.glob("*.js")):
        plain, served = f"{settings.STATIC_URL}maps/js/{module.name}", static(f"maps/js/{module.name}")
        if plain != served:
            imports[plain] = served
    content = json.dumps({"imports": imports}).replace("<", "\\u003c")
    return format_html(
        '<script type="importmap" nonce="{}">{}</script>',
        context["request"].csp_nonce,
        mark_safe(content),  # noqa: S308 - our own file names, "<" escaped
    )
