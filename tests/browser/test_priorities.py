"""Priorities as a committee uses them, on a small screen: weights by the keyboard, a place explained, a round."""

import pytest
from playwright.sync_api import Page, expect

from layers.models import Anchor, Signalement
from tests.browser.town import Town
from tests.factories import AnchorFactory, ParcelleFactory, square

IDUS = ("01001000AB0012", "01001000AB0013")


@pytest.fixture
def reported(town: Town) -> None:
    """Place reports on two parcelles of the town, the second the graver."""
    ParcelleFactory(commune_id=town.commune, idu=IDUS[1], geom=square(2330, 2230, 40))
    reports = Signalement.objects.unscoped("essai").order_by("reference")
    for criticite, (report, idu) in enumerate(zip(reports, IDUS, strict=False), start=1):
        Signalement.objects.unscoped("essai").filter(pk=report.pk).update(criticite=criticite)
        Anchor.objects.filter(signalement=report, kind="parcelle").delete()
        AnchorFactory(signalement=report, kind="parcelle", place_code=idu)


def test_weights_by_the_keyboard_then_the_list_and_the_round(signed_page: Page, reported):
    signed_page.set_viewport_size({"width": 360, "height": 800})
    signed_page.goto("/priorites/")
    signed_page.get_by_label("Lieux").select_option("parcelle")
    expect(signed_page.get_by_label("Taux de logements signalés", exact=False).first).to_be_hidden()
    slider = signed_page.get_by_label("Gravité des désordres : curseur du poids")
    slider.focus()
    signed_page.keyboard.press("End")
    number = signed_page.get_by_role("spinbutton", name="Gravité des désordres")
    expect(number).to_have_value("10")
    expect(signed_page.get_by_text("Somme des poids : 25, soit 100 points")).to_be_visible()
    number.fill("4")
    expect(slider).to_have_value("4")
    assert signed_page.evaluate("document.documentElement.scrollWidth") <= 360

    signed_page.get_by_role("button", name="Classer").click()
    first = signed_page.locator(".rank").first
    first.get_by_text("Pourquoi ce rang").focus()
    signed_page.keyboard.press("Enter")
    expect(first.get_by_role("rowheader", name="Gravité des désordres")).to_be_visible()
    assert signed_page.evaluate("document.documentElement.scrollWidth") <= 360

    signed_page.get_by_role("button", name="Préparer une tournée").click()
    signed_page.locator("#map[data-ready='1']").wait_for()
    expect(signed_page.locator(".maplibregl-marker")).to_have_count(2)
    expect(signed_page.locator(".stop")).to_have_count(2)
    assert signed_page.evaluate("document.documentElement.scrollWidth") <= 360

    # The round leaves from where the map is clicked, and says so on the map
    signed_page.get_by_role("button", name="Montrer un point de la carte").click()
    expect(signed_page.locator("#map-status")).to_contain_text("point de départ")
    with signed_page.expect_navigation(url="**depart=*"):
        signed_page.locator("#map canvas").click(position={"x": 40, "y": 60})
    signed_page.locator("#map[data-ready='1']").wait_for()
    expect(signed_page.locator(".stop__number--start")).to_be_visible()
    expect(signed_page.get_by_text("Chaque jour part de : un point de la carte")).to_be_visible()
    expect(signed_page.locator(".stop")).to_have_count(2)
