"""An archive of tiles in a map of someone else: MapLibre and the reader of the format's own authors, by ranges."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Page

from api.tiles.archives import path_of
from benchmarks._territory import lay_town
from layers.bbox import BBox
from layers.models import Parcelle
from maps.staticfinder import NODE_MODULES

READER = NODE_MODULES / "pmtiles" / "dist" / "pmtiles.js"
DRAWN = """async ([library, archive, bounds]) => {
  const { addProtocol, Map } = await import(library)
  addProtocol('pmtiles', new pmtiles.Protocol({ errorOnMissingTile: true }).tile)
  const place = document.createElement('div')
  place.style.cssText = 'position: fixed; inset: 0; z-index: 99'
  document.body.append(place)
  const sources = { parcelles: { type: 'vector', url: `pmtiles://${archive}` } }
  const layers = [
    { id: 'inside', source: 'parcelles', 'source-layer': 'parcelles', type: 'fill', paint: { 'fill-color': '#900' } },
  ]
  const map = new Map({ container: place, style: { version: 8, sources, layers }, bounds, fadeDuration: 0 })
  const failures = []
  map.on('error', ({ error }) => failures.push(error.message))
  await map.once('idle')
  const shown = map.queryRenderedFeatures({ layers: ['inside'] })
  return {
    failures,
    zoom: map.getZoom(),
    idus: [...new Set(shown.map((feature) => feature.properties.idu))],
    vintages: [...new Set(shown.map((feature) => feature.properties.millesime))],
  }
}"""

HEAD = """async (url) => {
  try { return await new pmtiles.PMTiles(url).getHeader() } catch (error) { return error.message }
}"""


def the_reader() -> str:
    return f"(() => {{ {READER.read_text()}\n globalThis.pmtiles = pmtiles }})()"


@pytest.fixture
def archive(settings, tmp_path, transactional_db) -> Path:
    """Give the archive of a town of sixteen thousand parcelles."""
    settings.TILE_ARCHIVES_DIR = tmp_path
    lay_town(parcelles=16_000, reports=0)
    call_command("bake_tiles", "parcelles", zoom=15, verbosity=0)
    return path_of("parcelles")


def test_maplibre_draws_an_archive_and_reads_only_parts_of_it(
    page: Page, archive: Path, live_server, administrator_client
):
    session = administrator_client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": session.key, "value": session.value, "url": live_server.url}])
    page.goto("/connexion/")
    answers = []
    page.on("response", lambda answer: answers.append(answer) if ".pmtiles" in answer.url else None)
    page.evaluate(the_reader())  # not a script of the page: its policy would refuse it
    middle = Parcelle.objects.order_by("idu")[8_000].geom.centroid
    around = [middle.x - 0.002, middle.y - 0.0015, middle.x + 0.002, middle.y + 0.0015]
    library = f"{settings.STATIC_URL}vendor/maplibre-gl/maplibre-gl.mjs"
    drawn = page.evaluate(DRAWN, [library, f"{live_server.url}/tiles/parcelles.pmtiles", around])
    assert drawn["failures"] == []
    assert drawn["zoom"] > 15  # deeper than the archive: its last tiles, enlarged
    there = Parcelle.objects.filter(geom__within=BBox(*around).polygon())
    inside = set(there.values_list("idu", flat=True))
    assert inside
    assert inside <= set(drawn["idus"])
    assert set(drawn["idus"]) < set(Parcelle.objects.values_list("idu", flat=True))
    assert drawn["vintages"] == [Parcelle.objects.first().millesime.isoformat()]
    assert {answer.status for answer in answers} == {206}
    read = sum(int(answer.headers["content-length"]) for answer in answers)
    assert read < archive.stat().st_size


def test_the_archive_is_refused_to_who_is_not_signed_in(page: Page, archive: Path, live_server, forgiven):
    forgiven.append("401")
    page.goto("/connexion/")
    page.evaluate(the_reader())
    failure = page.evaluate(HEAD, f"{live_server.url}/tiles/parcelles.pmtiles")
    assert "401" in failure
