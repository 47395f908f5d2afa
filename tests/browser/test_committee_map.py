"""The committee's map opened as a file: drawn, and alone."""

from datetime import date

import numpy as np
import pytest
import shapely
from django.utils import timezone
from playwright.sync_api import Browser, expect

from layers.selectors.heat_points import Perimeter
from maps.analysis.density import MetricGrid, kernel_density
from maps.exports.committee_map import committee_map
from maps.exports.density_classes import density_classes
from maps.services.heat import BANDWIDTH_M, Heat
from maps.services.squares import SURFACE_CELL_M
from tests.browser.conftest import WIDE
from tests.browser.pixels import count, picture_of

WEST, SOUTH, SIDE = 700_000.0, 6_600_000.0, 4_000.0


@pytest.fixture(scope="module")
def heat() -> Heat:
    """Give 80 dwellings around one place of a square commune."""
    x, y = WEST + 2_300, SOUTH + 1_700
    cells = int(SIDE / SURFACE_CELL_M)
    grid = MetricGrid(WEST, SOUTH + SIDE, SURFACE_CELL_M, cells, cells)
    return Heat(
        perimeter=Perimeter(
            2154,
            np.array([shapely.box(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)], dtype=object),
            (("01001", "Bourg-l’Essai"),),
            ("01001",),
        ),
        since=date(2025, 1, 1),
        until=date(2025, 12, 31),
        squares=shapely.box([x - 100, x + 100], [y - 100, y - 100], [x + 100, x + 300], [y + 100, y + 100]),
        counts=np.array([60, 20]),
        surface=kernel_density([x, x + 200], [y, y], grid, BANDWIDTH_M, weights=[60, 20]),
        reports=90,
        left_out=10,
        hidden=0,
    )


@pytest.fixture
def opened(browser: Browser, heat: Heat, tmp_path):
    """Give the page opened from a file, and what it asked for."""
    file = tmp_path / "carte.html"
    note = "Territoire inventé : rien n’est réel."
    file.write_text(
        committee_map(heat, title="Densité d’essai", note=note, made_at=timezone.localtime()),
        encoding="utf-8",
    )
    asked, wrong = [], []
    with browser.new_context(viewport=WIDE, locale="fr-FR", offline=True) as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(file.as_uri())
        page.wait_for_timeout(800)
        yield page
    assert [address for address in asked if not address.startswith("data:")] == [file.as_uri()]
    assert wrong == []


def test_the_file_is_drawn_without_a_network(opened, heat):
    picture = picture_of(opened.locator(".folium-map"))
    densest = density_classes(float(heat.surface.values.max()))[-1]
    paper = 255 * (1 - densest.opacity)
    drawn = (
        "#"
        + bytes(round(densest.opacity * int(densest.colour[i : i + 2], 16) + paper) for i in (1, 3, 5)).hex()
    )
    assert count(picture, drawn) > 100
    assert count(picture, "#ffffff", 1) > 20_000
    assert count(picture, "#39424e", 30) > 500  # the outline of the commune


def test_the_file_says_what_it_shows(opened):
    expect(opened.locator("html")).to_have_attribute("lang", "fr")
    expect(opened).to_have_title("Densité d’essai")
    expect(opened.get_by_role("heading", level=1)).to_have_text("Densité d’essai")
    expect(opened.get_by_text("Territoire inventé")).to_be_visible()
    legend = opened.get_by_label("Légende")
    expect(legend).to_contain_text("signalements/km²")
    expect(opened.locator("footer")).to_contain_text("10 signalements sur 90")
    expect(opened.locator(".leaflet-tooltip.commune")).to_have_text("Bourg-l’Essai")


def test_the_counted_cells_can_be_shown(opened):
    box = opened.get_by_label("Cellules comptées")
    expect(box).not_to_be_checked()
    before = opened.locator("path.leaflet-interactive").count()
    box.check()
    assert opened.locator("path.leaflet-interactive").count() == before + 2


def test_the_file_fits_a_small_screen(opened):
    opened.set_viewport_size({"width": 360, "height": 740})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360
    expect(opened.get_by_label("Légende")).to_be_visible()
