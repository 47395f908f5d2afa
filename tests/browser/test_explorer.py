"""The explorer in Chromium: drawn, filtered, clicked, by keyboard, and when something fails."""

import re

import pytest
from playwright.sync_api import Page, expect

from layers.symbols import HOTSPOTS, STATUSES
from maps.symbols import rate_classes, symbol_of
from tests.browser.conftest import settle
from tests.browser.pixels import count, difference, filled, picture_of
from tests.browser.town import RATES, Town

ACTIVE = symbol_of("ACTIVE", STATUSES).colour
SELECTED = "#0b63c5"
CLUSTER = "#324f67"  # of the groups, over an area of the darkest class or the paper
ON_THE_GROUND = 17


def rows(page: Page) -> list[str]:
    return page.locator("#table-content tbody th").all_inner_texts()


def map_picture(page: Page):
    """Give the map without the legend, which lies on it in the same colours."""
    legend = page.locator(".legend")
    legend.evaluate_all("found => found.forEach(legend => { legend.hidden = true })")
    picture = picture_of(page.locator("#map"))
    legend.evaluate_all("found => found.forEach(legend => { legend.hidden = false })")
    return picture


def go(page: Page, town: Town, zoom: float = ON_THE_GROUND, query: str = "") -> None:
    lon, lat = town.middle
    page.goto(f"/{query}#carte={zoom}/{lat}/{lon}")
    settle(page)


def test_the_map_is_drawn_with_each_class_of_the_legend(explorer: Page, town: Town):
    classes = rate_classes(sorted({rate for rate in RATES if rate})[:-1])  # cut by what this reader reads
    picture = map_picture(explorer)
    for drawn in classes:
        assert count(picture, filled(drawn.colour)) > 3_000, drawn
    legend = explorer.locator("#legend")
    expect(legend).to_contain_text("Taux lissé")
    expect(legend).to_contain_text("pour 1 000 logements")
    for label in ("jusqu’à 5", "15 à 25", "plus de 35", "moins de 11 logements"):
        expect(legend).to_contain_text(label)


def test_what_has_no_rate_is_hatched(explorer: Page, town: Town):
    explorer.get_by_role("checkbox", name="Signalements").uncheck()
    settle(explorer)
    picture = map_picture(explorer)
    lines, ground = count(picture, "#606c78", 12), count(picture, "#fdfdfe", 3)
    assert lines > 500
    assert ground > 500


def test_the_other_representation_changes_the_areas_and_the_legend(explorer: Page, town: Town):
    hot, cold = HOTSPOTS[0], HOTSPOTS[4]
    assert count(map_picture(explorer), filled(hot.colour)) == 0
    explorer.get_by_label("Points chauds (Gi*)").check()
    settle(explorer)
    picture = map_picture(explorer)
    assert count(picture, filled(hot.colour)) > 3_000
    assert count(picture, filled(cold.colour)) > 3_000
    assert "iris=points-chauds" in explorer.url
    expect(explorer.locator("#legend")).to_contain_text(hot.label)
    expect(explorer.locator("#legend")).not_to_contain_text("Taux lissé")


def test_filters_change_the_address_the_table_and_the_map(explorer: Page, town: Town):
    go(explorer, town)
    before = map_picture(explorer)
    assert count(before, ACTIVE) > 150
    assert rows(explorer) == [f"OUVERT-{n:02d}" for n in reversed(range(12))]

    explorer.get_by_role("checkbox", name="fermé", exact=True).check()
    settle(explorer)
    assert "statut=CLOSED" in explorer.url
    assert rows(explorer) == []
    after = map_picture(explorer)
    assert count(after, ACTIVE) == 0
    assert difference(before, after) > 150

    explorer.go_back()
    settle(explorer)
    assert "statut" not in explorer.url
    expect(explorer.get_by_role("checkbox", name="fermé", exact=True)).not_to_be_checked()
    assert count(map_picture(explorer), ACTIVE) > 150


def test_dates_filter_too_and_an_address_can_be_shared(explorer: Page, town: Town):
    explorer.get_by_label("Reçus du").fill("2026-01-10")
    explorer.get_by_label("Reçus du").blur()
    settle(explorer)
    assert "du=2026-01-10" in explorer.url
    assert rows(explorer) == ["OUVERT-11", "OUVERT-10", "OUVERT-09"]
    expect(explorer.locator("#table-count")).to_contain_text("3 signalements dans l’étendue")

    shared = explorer.url
    explorer.goto("/aide/")
    explorer.goto(shared)
    settle(explorer)
    expect(explorer.get_by_label("Reçus du")).to_have_value("2026-01-10")
    assert len(rows(explorer)) == 3
    explorer.get_by_role("link", name="Tout effacer").click()
    settle(explorer)
    assert len(rows(explorer)) == town.open_reports + town.closed_reports


def test_groups_carry_their_number_and_open_on_a_click(explorer: Page, town: Town):
    picture = map_picture(explorer)
    assert count(picture, CLUSTER, 14) > 150
    box = explorer.locator("#map").bounding_box()
    zoom_before = float(re.search(r"carte=([\d.]+)/", explorer.url)[1])
    x, y = explorer.evaluate(
        """([lon, lat]) => {
          const [, zoom, y0, x0] = /carte=([\\d.]+)\\/([-\\d.]+)\\/([-\\d.]+)/.exec(location.hash).map(Number)
          const size = 512 * 2 ** zoom
          const column = (x) => (x + 180) / 360 * size
          const row = (y) => (1 - Math.asinh(Math.tan(y * Math.PI / 180)) / Math.PI) / 2 * size
          return [column(lon) - column(x0), row(lat) - row(y0)]
        }""",
        list(town.middle),
    )
    explorer.mouse.click(box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 + y)
    explorer.wait_for_timeout(900)
    settle(explorer)
    assert float(re.search(r"carte=([\d.]+)/", explorer.url)[1]) == pytest.approx(zoom_before + 2, abs=0.1)


def test_a_click_says_what_is_there_and_leads_to_the_report(explorer: Page, town: Town):
    go(explorer, town)
    box = explorer.locator("#map").bounding_box()
    explorer.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    panel = explorer.locator("#panel")
    expect(panel).to_be_visible()
    for said in (
        "Parcelle AB 0012",
        "7 Rue de l’Essai",
        "12 signalements",
        "Point chaud",
        "entre 6,2 et 20,9",
    ):
        expect(panel).to_contain_text(said)
    settle(explorer)
    assert count(map_picture(explorer), SELECTED) > 200
    assert explorer.locator("tr.is-marked").count() == 12

    panel.get_by_role("link", name="OUVERT-07").click()
    explorer.wait_for_url("**/signalements/*/")
    expect(explorer.get_by_role("heading", level=1)).to_have_text("Signalement OUVERT-07")
    settle(explorer)
    small = map_picture(explorer)
    assert count(small, SELECTED) > 200  # the ring and the parcelle
    assert count(small, ACTIVE) > 30


def test_the_map_is_read_at_the_keyboard(explorer: Page, town: Town):
    go(explorer, town)
    canvas = explorer.locator("#map canvas")
    canvas.focus()
    explorer.keyboard.press("Enter")
    title = explorer.locator("#place-title")
    expect(title).to_contain_text("Parcelle AB 0012")
    expect(title).to_be_focused()
    explorer.keyboard.press("Escape")
    expect(explorer.locator("#panel")).to_be_hidden()
    expect(canvas).to_be_focused()
    describe = explorer.get_by_role("button", name="Décrire le centre de la carte")
    describe.click()
    expect(title).to_be_focused()
    explorer.get_by_role("button", name="Fermer la fiche du lieu").click()
    expect(describe).to_be_focused()


def test_a_row_rings_its_point_and_brings_the_map_to_it(explorer: Page, town: Town):
    go(explorer, town, zoom=15)
    assert count(map_picture(explorer), SELECTED) == 0
    row = explorer.locator("tr[data-report]").first
    row.hover()
    settle(explorer)
    assert count(map_picture(explorer), SELECTED) > 40
    row.get_by_role("button", name=re.compile("Situer")).click()
    explorer.wait_for_timeout(900)
    settle(explorer)
    assert f"#carte={ON_THE_GROUND}/" in explorer.url


def test_the_table_is_sorted_without_leaving_the_page(explorer: Page, town: Town):
    explorer.get_by_role("link", name="Référence").click()
    settle(explorer)
    assert "tri=reference" in explorer.url
    assert rows(explorer)[0] == "CLOS-00"
    expect(explorer.locator("th[aria-sort=ascending]")).to_contain_text("Référence")


def test_a_layer_that_cannot_be_had_is_told(signed_page: Page, town: Town, forgiven: list[str]):
    forgiven += ["500 (Internal Server Error)", "AJAXError"]
    signed_page.route("**/tiles/parcelles/**", lambda route: route.fulfill(status=500, body=""))
    go(signed_page, town)
    expect(signed_page.locator("#map-status")).to_contain_text("parcelles")
    assert count(map_picture(signed_page), ACTIVE) > 150


def test_a_base_map_out_of_reach_is_told_and_left_out(
    signed_page: Page, town: Town, forgiven, settings, live_server
):
    settings.BASEMAP_URL = f"{live_server.url}/fond/{{z}}/{{x}}/{{y}}.png"
    forgiven += ["503 (Service Unavailable)", "AJAXError"]
    signed_page.route("**/fond/**", lambda route: route.fulfill(status=503, body=""))
    go(signed_page, town)
    expect(signed_page.locator("#map-status")).to_have_text(
        "Fond de plan indisponible : la carte reste lisible sans lui."
    )
    assert count(map_picture(signed_page), ACTIVE) > 150


def test_without_webgl_the_table_remains(signed_page: Page, town: Town):
    signed_page.add_init_script(
        "const had = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        " return kind.startsWith('webgl') ? null : had.call(this, kind, ...rest) }"
    )
    signed_page.goto("/")
    expect(signed_page.locator("#map-fallback")).to_be_visible()
    assert len(rows(signed_page)) == town.open_reports + town.closed_reports
    signed_page.get_by_role("checkbox", name="fermé", exact=True).check()
    expect(signed_page.locator("#table-content tbody th")).to_have_count(town.closed_reports)
    assert "statut=CLOSED" in signed_page.url
