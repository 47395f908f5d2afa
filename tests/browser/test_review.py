"""Placing reports in Chromium: by key, by dragging, by search, refused, undone; and on a small screen."""

import re

import pytest
from playwright.sync_api import Page, expect

from layers.models import PlaceChoice, Signalement
from tests.browser.town import Town
from tests.factories import AddressFactory, GeocodingFactory, SignalementFactory, VoieFactory, point

SMALL = {"width": 360, "height": 740}
IDU = "01001000AB0012"


@pytest.fixture
def reports(town: Town) -> list[Signalement]:
    """Make three reports to place, each with three answers."""
    made = []
    voie = VoieFactory(
        commune_id=town.commune, code=f"{town.commune}_0300", nom="Avenue du Parc", norm="avenue parc"
    )
    AddressFactory(voie=voie, numero=3, geom=point(2300, 2260))
    for n in range(3):
        at = point(2250 + n, 2250)
        report = SignalementFactory(
            commune_id=town.commune,
            code_insee=town.commune,
            reference=f"A-PLACER-{n}",
            received_on=f"2023-01-0{n + 1}",
            adresse=f"{7 + n} r. de l’Esai",
            ville="Ville d’Essai",
            precision="voie",
            needs_review=True,
            geom=at,
            declared_geom=point(2210, 2270) if n == 0 else None,
        )
        answers = [
            {
                "ban_id": f"{town.commune}_000{k}_{n}",
                "label": f"{7 + n} {street}",
                "kind": "housenumber",
                "score": 0.62,
                "lon": point(2250 + 40 * k, 2230).x,
                "lat": point(2250, 2230 + 15 * k).y,
            }
            for k, street in (
                (1, "Rue de l’Essai 01000 Ville d’Essai"),
                (2, "Rue de l’Essaim 01000 Ville d’Essai"),
            )
        ]
        GeocodingFactory(
            signalement=report, kind="street", score=0.64, label="Rue de l’Essai 01000 Ville d’Essai",
            ban_id=f"{town.commune}_0009", point=at, alternatives=answers,
        )  # fmt: skip
        made.append(report)
    return made


@pytest.fixture
def placing(signed_page: Page, reports) -> Page:
    """Give the page of the first report, its map drawn."""
    signed_page.goto("/a-verifier/")
    signed_page.get_by_role("link", name="Commencer").click()
    drawn(signed_page)
    return signed_page


def drawn(page: Page) -> None:
    page.locator("#map[data-ready='1'][data-wired='1']").wait_for()


def now_at(page: Page, n: int) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Placer le signalement A-PLACER-{n}")
    drawn(page)


def state(report: Signalement) -> tuple[str, bool]:
    report.refresh_from_db()
    return report.precision, report.needs_review


def last() -> PlaceChoice:
    return PlaceChoice.objects.unscoped("essai").order_by("-pk").first()


def test_a_key_takes_an_answer_and_enter_writes_it(placing: Page, reports):
    expect(placing.locator("#title")).to_be_focused()
    placing.keyboard.press("3")
    expect(placing.get_by_role("radio", name="Essaim")).to_be_checked()
    expect(placing.locator("#map-status")).to_contain_text(
        re.compile(r"Proposition 3 : 7 Rue de l’Essaim .*, à \d+ m")
    )
    placing.keyboard.press("Enter")
    now_at(placing, 1)
    expect(placing.get_by_role("status").filter(has_text="dernier choix")).to_contain_text("Essaim")
    assert state(reports[0]) == ("manuelle", False)
    assert last().ban_id.endswith("_0002_0")


def test_a_number_of_the_map_is_clicked(placing: Page, reports):
    placing.locator(".map-number", has_text="2").click()
    expect(placing.get_by_role("radio", name="7 Rue de l’Essai 01000")).to_be_checked()
    placing.get_by_role("button", name="Enregistrer").click()
    now_at(placing, 1)
    assert last().ban_id.endswith("_0001_0")


def test_the_pin_is_dragged_onto_a_parcelle(placing: Page, reports):
    box = placing.locator("#pin").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    placing.mouse.move(x, y)
    placing.mouse.down()
    placing.mouse.move(x + 12, y - 10, steps=4)
    placing.mouse.up()
    expect(placing.get_by_role("radio", name="Point posé sur la carte")).to_be_checked()
    expect(placing.locator("#map-status")).to_contain_text(f"parcelle {IDU}")
    placing.get_by_role("button", name="Enregistrer").click()
    now_at(placing, 1)
    choice = last()
    assert (choice.kind, choice.idu) == ("point", IDU)
    assert choice.point.distance(reports[0].geom) > 0
    reports[0].refresh_from_db()
    assert reports[0].geom.coords == choice.point.coords


def test_a_click_on_the_map_puts_the_point_there(placing: Page, reports):
    box = placing.locator("#map").bounding_box()
    placing.mouse.click(box["x"] + box["width"] * 0.62, box["y"] + box["height"] * 0.3)
    expect(placing.get_by_role("radio", name="Point posé sur la carte")).to_be_checked()
    expect(placing.get_by_label("Longitude")).to_have_value(re.compile(r"^3\.\d{6}$"))


def test_arrows_move_the_pin_by_metres(placing: Page, reports):
    before = reports[0].geom
    placing.keyboard.press("p")
    expect(placing.locator("#pin")).to_be_focused()
    placing.keyboard.press("Shift+ArrowUp")
    placing.keyboard.press("ArrowRight")
    expect(placing.locator("#map-status")).to_contain_text("à 10 m de la position actuelle")
    placing.keyboard.press("ArrowUp")
    expect(placing.locator("#map-status")).to_contain_text("à 11 m de la position actuelle")
    placing.get_by_role("button", name="Enregistrer").click()
    now_at(placing, 1)
    assert last().point.y > before.y
    assert last().point.x > before.x


def test_coordinates_are_typed(placing: Page, reports):
    placing.get_by_label("Longitude").fill("3,0300")
    placing.get_by_label("Latitude").fill("46,5203")
    placing.get_by_label("Latitude").press("Tab")
    expect(placing.get_by_role("radio", name="Point posé sur la carte")).to_be_checked()
    placing.get_by_role("button", name="Enregistrer").click()
    now_at(placing, 1)
    assert last().point.coords == (3.03, 46.5203)


def test_another_address_is_looked_for_without_leaving_the_page(placing: Page, reports):
    placing.keyboard.press("s")
    expect(placing.get_by_label("Chercher une autre adresse")).to_be_focused()
    placing.keyboard.type("3 av du parc")
    placing.keyboard.press("Enter")
    expect(placing.locator("#search-status")).to_have_text(
        "1 adresse ajoutée à la liste, à partir du numéro 4."
    )
    expect(placing.get_by_role("radio", name="3 Avenue du Parc")).to_be_focused()
    placing.keyboard.press("4")
    placing.keyboard.press("Enter")
    now_at(placing, 1)
    assert last().label.startswith("3 Avenue du Parc")
    assert "parc" not in placing.url.lower()


def test_a_report_is_refused_by_key_with_its_reason(placing: Page, reports):
    placing.keyboard.press("r")
    expect(placing.get_by_label("Pourquoi")).to_be_focused()
    placing.get_by_label("Pourquoi").select_option("adresse trop vague")
    placing.get_by_role("button", name="Retirer de la carte").click()
    now_at(placing, 1)
    assert state(reports[0]) == ("inconnue", False)
    placing.keyboard.press("u")
    now_at(placing, 0)
    assert state(reports[0]) == ("voie", True)
    placing.get_by_text("Choix déjà faits (2)").click()
    expect(placing.get_by_text("choix annulé")).to_be_visible()


def test_confirm_skip_and_the_end_of_the_queue(placing: Page, reports):
    placing.keyboard.press("c")
    now_at(placing, 1)
    assert state(reports[0]) == ("voie", False)
    placing.keyboard.press("n")
    now_at(placing, 2)
    assert state(reports[1]) == ("voie", True)
    placing.keyboard.press("n")
    now_at(placing, 1)
    for n in (2, None):
        placing.keyboard.press("c")
        if n:
            now_at(placing, n)
    expect(placing.get_by_text("Aucune position à vérifier")).to_be_visible()


def test_letters_can_be_turned_off(placing: Page, reports):
    placing.get_by_text("Au clavier").click()
    placing.get_by_label("Raccourcis d’une lettre actifs").uncheck()
    placing.reload()
    drawn(placing)
    placing.locator("#title").focus()
    placing.keyboard.press("c")
    placing.keyboard.press("3")
    placing.wait_for_timeout(300)
    now_at(placing, 0)
    expect(placing.get_by_role("radio", name="Essaim")).not_to_be_checked()


def test_the_second_of_two_persons_is_told(placing: Page, reports, forgiven):
    forgiven.append("409")
    Signalement.objects.unscoped("essai").filter(pk=reports[0].pk).update(adresse="autre chose")
    placing.keyboard.press("c")
    expect(placing.get_by_role("alert")).to_contain_text("a changé depuis que vous l’avez ouvert")
    expect(placing.get_by_role("alert")).to_be_focused()
    assert state(reports[0]) == ("voie", True)


def test_a_search_that_fails_says_so(placing: Page, reports, forgiven):
    forgiven.append("500")
    placing.route("**/adresses/**", lambda route: route.fulfill(status=500, body="non"))
    placing.get_by_label("Chercher une autre adresse").fill("rue")
    placing.get_by_role("button", name="Chercher").click()
    expect(placing.locator("#search-status")).to_have_text("Le serveur n’a pas pu répondre.")


@pytest.mark.parametrize("size", [SMALL, {"width": 1440, "height": 900}], ids=["small", "wide"])
def test_the_pages_fit_any_screen(signed_page: Page, reports, size):
    signed_page.set_viewport_size(size)
    for path in ("/a-verifier/", f"/a-verifier/{reports[0].pk}/"):
        signed_page.goto(path)
        expect(signed_page.get_by_role("heading", level=1)).to_have_count(1)
        assert signed_page.evaluate("document.documentElement.scrollWidth") <= size["width"], path


def test_without_a_script_the_form_is_enough(browser, live_server, signed_page: Page, reports):
    cookies = signed_page.context.cookies()
    with browser.new_context(java_script_enabled=False, base_url=live_server.url) as context:
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(f"/a-verifier/{reports[0].pk}/")
        page.get_by_label("Chercher une autre adresse").fill("3 avenue du parc")
        page.get_by_role("button", name="Chercher").click()
        page.get_by_role("radio", name="3 Avenue du Parc").check()
        page.get_by_role("button", name="Enregistrer").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Placer le signalement A-PLACER-1")
    assert last().label.startswith("3 Avenue du Parc")
