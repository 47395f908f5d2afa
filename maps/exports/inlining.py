"""Make the page that folium writes stand alone: every script and style inside it, no request left.

Folium names its assets by CDN addresses. Each one is either known here or an error: a new version of folium that
asks for something else must not send a partner's browser to a third party.
"""

import base64
import mimetypes
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from django.conf import settings

LEAFLET = Path(settings.BASE_DIR) / "node_modules" / "leaflet" / "dist"

# Leaflet's address without its version: folium pins a patch release, we serve the one of package.json.
VENDORED = {
    r"https://cdn\.jsdelivr\.net/npm/leaflet@1\.9\.\d+/dist/leaflet\.js": LEAFLET / "leaflet.js",
    r"https://cdn\.jsdelivr\.net/npm/leaflet@1\.9\.\d+/dist/leaflet\.css": LEAFLET / "leaflet.css",
}
# Asked for by folium on every page, used by none of ours: no folium.Icon, no bootstrap popup
UNUSED = (
    "https://code.jquery.com/jquery-",
    "https://cdn.jsdelivr.net/npm/bootstrap@",
    "https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/",
    "https://netdna.bootstrapcdn.com/bootstrap/",
    "https://cdn.jsdelivr.net/npm/@fortawesome/",
    "https://cdn.jsdelivr.net/gh/python-visualization/folium/folium/templates/leaflet.awesome.rotate",
)
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"

SCRIPT = re.compile(r'<script\b[^>]*\bsrc="([^"]*)"[^>]*>\s*</script>')
STYLESHEET = re.compile(r'<link\b[^>]*\bhref="([^"]*)"[^>]*>')
CSS_URL = re.compile(r"url\(([^)]*)\)")
LOADED = re.compile(
    r"""<(?:script|link|img|iframe|object|embed|source)\b[^>]*\s(?:src|href|data)\s*=\s*"""
    r"""(?:["']\s*(?!data:)|(?!["']|data:))""",
    re.IGNORECASE,
)
SCRIPT_BODY = re.compile(r"(<script\b[^>]*>).*?(</script>)", re.DOTALL | re.IGNORECASE)
IMPORTED = re.compile(r"@import\b|url\(\s*[\"']?(?!data:|#)", re.I)


class UnknownAsset(RuntimeError):
    """An address in the page that nobody decided to inline or to drop."""


def stand_alone(page: str) -> str:
    """Give ``page`` with its scripts and styles inlined, under a policy that forbids any request.

    Raises UnknownAsset for an address that is not in the tables above.
    """
    page = SCRIPT.sub(lambda found: _inlined(found[1], _script), page)
    page = STYLESHEET.sub(lambda found: _inlined(found[1], _style), page)
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    if page.count("<head>") != 1:
        raise UnknownAsset("la page n’a pas un en-tête et un seul")
    if LOADED.search(SCRIPT_BODY.sub(r"\1\2", page)):
        raise UnknownAsset("la page charge encore une adresse extérieure")
    return page.replace("<head>", f"<head>\n{policy}", 1)


def _inlined(address: str, inline: Callable[[Path], str]) -> str:
    if address.startswith(UNUSED):
        return ""
    for pattern, path in VENDORED.items():
        if re.fullmatch(pattern, address):
            return inline(path)
    raise UnknownAsset(address)


@cache
def _script(path: Path) -> str:
    source = re.sub(r"//# sourceMappingURL=.*", "", path.read_text(encoding="utf-8"))
    return "<script>" + source.replace("</script", "<\\/script") + "</script>"


@cache
def _style(path: Path) -> str:
    def embedded(found: re.Match[str]) -> str:
        name = found[1].strip("'\"")
        if name.startswith(("data:", "#")):
            return found[0]
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        content = base64.b64encode((path.parent / name).read_bytes()).decode("ascii")
        return f"url(data:{kind};base64,{content})"

    style = CSS_URL.sub(embedded, path.read_text(encoding="utf-8"))
    if IMPORTED.search(style):
        raise UnknownAsset(f"{path.name} charge une autre feuille")
    return f"<style>{style}</style>"
