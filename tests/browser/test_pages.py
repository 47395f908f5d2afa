"""Every page in Chromium: no error, nothing from elsewhere, and no sideways scroll on a small screen."""

import pytest
from playwright.sync_api import Page, expect

from layers.models import Commune, Iris, Signalement
from tests.browser.town import Town
from tests.factories import PASSWORD, AnalysisResultFactory
from tests.ogc.test_public_layers import release

SMALL = {"width": 360, "height": 740}


def paths(town: Town) -> list[str]:
    report = Signalement.objects.unscoped("essai").order_by("pk").first()
    iris = Iris.objects.order_by("code").first()
    run = AnalysisResultFactory(run__title="Essai", unit_code=iris.code, communes=[town.commune]).run
    return [
        "/",
        "/signalements/",
        f"/signalements/{report.pk}/",
        "/lieux/parcelle/01001000AB0012/",
        "/analyses/",
        "/analyses/lancer/taux/",
        f"/analyses/{run.pk}/",
        f"/analyses/{run.pk}/comparer/{run.pk}/",
        "/territoires/",
        f"/territoires/{town.commune}/",
        f"/territoires/{iris.code}/",
        "/a-verifier/",
        "/comite/",
        "/imports/",
        "/aide/",
        "/telecharger/",
        "/catalogue/",
        "/catalogue/parcelles/",
        "/ogc/",
        "/ogc/api?f=html",
        "/ogc/conformance?f=html",
        "/ogc/collections?f=html",
        "/ogc/collections/signalements?f=html",
        "/ogc/collections/signalements/items?f=html",
        "/compte/jetons/",
        "/accessibilite/",
    ]


@pytest.mark.parametrize("size", [SMALL, {"width": 1440, "height": 900}], ids=["small", "wide"])
def test_no_page_scrolls_sideways(signed_page: Page, town: Town, size):
    signed_page.set_viewport_size(size)
    for path in paths(town):
        signed_page.goto(path)
        expect(signed_page.get_by_role("heading", level=1)).to_have_count(1)
        width = signed_page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], path


@pytest.mark.parametrize(("width", "across"), [(360, "vertical"), (1440, "horizontal")])
def test_the_catalogue_is_read_without_scrolling_a_table(signed_page: Page, town: Town, width, across):
    signed_page.set_viewport_size({"width": width, "height": 740})
    signed_page.goto("/catalogue/")
    row = signed_page.get_by_role("row").filter(
        has=signed_page.get_by_role("rowheader", name="Parcelles", exact=True)
    )
    layer, sources = row.get_by_role("rowheader").bounding_box(), row.get_by_role("cell").bounding_box()
    if across == "vertical":
        assert sources["y"] >= layer["y"] + layer["height"] - 1
    else:
        assert sources["x"] >= layer["x"] + layer["width"] - 1
    for table in signed_page.locator(".table-scroll").all():
        assert table.evaluate("element => element.scrollWidth <= element.clientWidth")
        box = table.bounding_box()
        assert box["x"] + box["width"] <= width


def test_the_first_stop_of_the_keyboard_skips_to_the_content(signed_page: Page):
    signed_page.goto("/aide/")
    signed_page.keyboard.press("Tab")
    link = signed_page.get_by_role("link", name="Aller au contenu")
    expect(link).to_be_focused()
    link.press("Enter")
    expect(signed_page.locator("main")).to_be_focused()


def test_one_signs_in_by_the_form_and_lands_where_one_was_going(page: Page, town: Town):
    page.goto("/territoires/")
    page.get_by_label("Identifiant").fill(town.user.username)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Territoires")
    expect(page.get_by_text("Ville d’Essai")).to_be_visible()


def test_one_signs_out_by_a_button(signed_page: Page):
    signed_page.goto("/aide/")
    signed_page.get_by_role("button", name="Se déconnecter").click()
    expect(signed_page.get_by_role("heading", name="Connexion")).to_be_visible()
    signed_page.goto("/territoires/")
    expect(signed_page.get_by_role("heading", name="Connexion")).to_be_visible()


def test_what_will_be_public_is_read_whole_on_a_telephone(signed_page: Page, town: Town):
    type(town.user).objects.filter(pk=town.user.pk).update(is_superuser=True)
    run = release(Commune.objects.get(code=town.commune))
    signed_page.set_viewport_size({"width": 360, "height": 740})
    signed_page.goto(f"/analyses/{run.pk}/publication/")
    cells = signed_page.get_by_role("cell").all()
    assert len(cells) == 5  # dwellings, all years, three years
    for cell in cells:
        box = cell.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
