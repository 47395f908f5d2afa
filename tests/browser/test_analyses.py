"""An analysis is launched, read on the map and in the table, sorted and compared, keyboard included."""

from playwright.sync_api import Page, expect

from layers.models import AnalysisRun, Iris
from tests.browser.town import Town
from tests.factories import AnchorFactory, SignalementFactory


def report_everywhere(town: Town) -> None:
    """Report six dwellings in the first IRIS, one in each other."""
    for n, iris in enumerate(Iris.objects.order_by("code")):
        for _ in range(1 if n else 6):
            report = SignalementFactory(commune=iris.commune, received_on="2025-06-01")
            AnchorFactory(signalement=report, place_code=iris.code)


def drawn(page: Page) -> None:
    page.locator("#map[data-rows]").wait_for()
    page.locator("#map[data-ready='1']").wait_for()


def launch(page: Page, until: str) -> None:
    page.goto("/analyses/")
    page.get_by_role("link", name="Lancer : Taux de logements signalés").click()
    page.get_by_label("Du", exact=True).fill("2025-01-01")
    page.get_by_label("Au", exact=True).fill(until)
    page.get_by_role("button", name="Lancer", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Taux de logements signalés, par IRIS")).to_be_visible()
    drawn(page)


def test_an_analysis_is_launched_read_and_compared(signed_page: Page, town: Town):
    page = signed_page
    report_everywhere(town)
    launch(page, "2025-12-31")
    assert page.locator("#map").get_attribute("data-rows") == "9"
    expect(page.get_by_text("pour 1\u00a0000").first).to_be_visible()

    page.get_by_label("Montrer sur la carte").select_option("classe")
    expect(page.locator("#legend")).to_contain_text("Au-dessus de l’ensemble")

    button = page.get_by_role("button", name="Situer Quartier 0 sur la carte")
    button.press("Enter")
    sheet = page.get_by_role("region", name="Quartier 0")
    expect(sheet).to_contain_text("Logements signalés")
    expect(page.locator("#sheet-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(button).to_be_focused()

    page.get_by_role("link", name="Logements signalés", exact=True).click()
    expect(page.locator("tr[data-code]").first).to_contain_text("Quartier 0")
    expect(page.locator("th[aria-sort='descending']")).to_contain_text("Logements signalés")

    launch(page, "2026-12-31")
    assert AnalysisRun.objects.unscoped("essai").filter(method="taux").count() == 2
    page.get_by_role("button", name="Comparer").click()
    expect(page.get_by_role("heading", level=1, name="Deux analyses côte à côte")).to_be_visible()
    drawn(page)
    expect(page.get_by_text("Les deux périodes se recouvrent")).to_be_visible()


def test_a_polygon_is_drawn_with_the_keyboard(signed_page: Page, town: Town):
    page = signed_page
    report_everywhere(town)
    page.goto("/analyses/lancer/taux/")
    expect(page.locator("[data-field=drawn]")).to_be_hidden()
    page.get_by_label("Unité").select_option("drawn")
    page.locator("#map[data-ready='1']").wait_for()
    add = page.get_by_role("button", name="Poser un sommet au centre")
    canvas = page.locator("#map canvas")
    for key in ("ArrowUp", "ArrowRight", "ArrowDown"):
        add.press("Enter")
        canvas.press(key)
        page.locator("#map[data-ready='1']").wait_for()
        page.wait_for_timeout(400)
    expect(page.get_by_text("3 sommets posés : le polygone est prêt.")).to_be_visible()
    assert page.locator("[name=drawn]").input_value().startswith('{"type":"Polygon"')
