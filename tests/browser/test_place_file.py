"""The file of a place and the merge of duplicates, as a person uses them: keyboard, wide and small screens."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from layers.models import Anchor, Commune, Signalement
from layers.services.duplicates import propose_duplicates
from tests.browser.town import Town
from tests.factories import AnchorFactory, ArreteFactory, DesordreFactory

IDU = "01001000AB0012"
FILE = f"/lieux/parcelle/{IDU}/"


@pytest.fixture
def place(town: Town) -> list[Signalement]:
    """Give two reports of the parcelle in the middle of the town, which resemble each other, under two orders."""
    pair = list(Signalement.objects.unscoped("essai").order_by("reference")[:2])
    for report in pair:
        Anchor.objects.filter(signalement=report).delete()
        AnchorFactory(signalement=report, kind="parcelle", place_code=IDU)
        DesordreFactory(signalement=report, label="Humidité")
    commune = Commune.objects.get(code=town.commune)
    for n in (1, 2):
        ArreteFactory(commune=commune, idu=IDU, taken_on=date(2025, n, 1))
    propose_duplicates()
    return pair


@pytest.mark.parametrize("width", [1440, 360])
def test_the_file_is_drawn_and_does_not_scroll_sideways(signed_page: Page, place, width):
    signed_page.set_viewport_size({"width": width, "height": 900})
    signed_page.goto(FILE)
    signed_page.locator("#map[data-ready='1']").wait_for()
    expect(signed_page.get_by_role("heading", level=1)).to_have_text("7 Rue de l’Essai")
    expect(signed_page.get_by_text("2 arrêtés d’insalubrité ou de mise en sécurité")).to_be_visible()
    assert signed_page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_click_on_the_map_leads_to_the_file(explorer: Page, town: Town, place):
    lon, lat = town.middle
    explorer.goto(f"/#carte=18/{lat}/{lon}")
    explorer.reload()
    explorer.locator("#map[data-ready='1']").wait_for()
    explorer.locator("#map canvas").click()
    explorer.get_by_role("link", name="Fiche du lieu").click()
    explorer.wait_for_url(f"**{FILE}")


def test_the_keyboard_filters_the_timeline(signed_page: Page, place):
    signed_page.goto(FILE)
    link = signed_page.get_by_role("navigation", name="Nature des événements").get_by_role(
        "link", name="Arrêté"
    )
    link.focus()
    signed_page.keyboard.press("Enter")
    signed_page.wait_for_url("**/?nature=arrete")
    expect(signed_page.locator(".timeline__event")).to_have_count(2)


def test_a_pair_is_merged_in_one_click_and_given_back_in_one(signed_page: Page, place):
    kept, absorbed = place
    signed_page.goto("/doublons/")
    signed_page.get_by_role("button", name=f"Fusionner, garder {kept.reference}").click()
    expect(signed_page.get_by_text("Aucun doublon à décider")).to_be_visible()
    assert not Signalement.objects.unscoped("essai").filter(pk=absorbed.pk).exists()
    signed_page.goto(f"/signalements/{kept.pk}/")
    signed_page.get_by_role("button", name=f"Défaire la fusion de {absorbed.reference}").click()
    expect(signed_page.get_by_role("heading", level=1)).to_have_text(f"Signalement {absorbed.reference}")
    assert Signalement.objects.unscoped("essai").filter(pk=absorbed.pk).exists()
    signed_page.goto("/doublons/")
    expect(signed_page.get_by_text("1 paire à décider")).to_be_visible()


def test_two_cases_are_said_in_one_click(signed_page: Page, place):
    signed_page.goto(FILE)
    signed_page.get_by_role("button", name="Ce sont deux affaires").click()
    signed_page.wait_for_url(f"**{FILE}")
    expect(signed_page.get_by_role("button", name="Ce sont deux affaires")).to_have_count(0)
