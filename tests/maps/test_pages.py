"""What holds for every page: its frame, its policy, its words for those who do not see it."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import RequestFactory

from maps.staticfinder import SERVED
from tests.factories import (
    PASSWORD,
    AnalysisRunFactory,
    AnchorFactory,
    GeocodingFactory,
    IrisResultFactory,
    SignalementFactory,
)

PAGES = (
    "/",
    "/signalements/",
    "/territoires/",
    "/territoires/{commune}/",
    "/signalements/{report}/",
    "/lieu/?bbox=3,46.5,3.0001,46.5001&zoom=16",
    "/a-verifier/",
    "/comite/",
    "/aide/",
    "/accessibilite/",
    "/?statut=NIMPORTE",
    "/nulle-part/",
)
FIELDS = ("input", "select", "textarea")


class Page(HTMLParser):
    """The tags of a page with their attributes, and the labels around them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.unlabelled: list[dict[str, str | None]] = []
        self._labels = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        self._labels += tag == "label"
        if tag in FIELDS and not self._labels:
            self.unlabelled.append(attributes)

    def handle_endtag(self, tag):
        self._labels -= tag == "label"

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.fixture
def answers(partner_client, commune, settings):
    """Give each page, as a partner with something to see opens it."""
    settings.TERRITORY_BANNER = "Territoire inventé"
    report = SignalementFactory(commune=commune, needs_review=True)
    GeocodingFactory(signalement=report)
    row = IrisResultFactory(iris__commune=commune, run=AnalysisRunFactory(summary={"smoothed_cuts": [5.0]}))
    AnchorFactory(signalement=report, place_code=row.iris_id)
    paths = [page.format(commune=commune.code, report=report.pk) for page in PAGES]
    return {path: partner_client.get(path) for path in paths}


def pages(answers) -> dict[str, Page]:
    return {path: Page(answer.content.decode()) for path, answer in answers.items()}


def test_each_page_has_its_banner_its_navigation_and_its_statement(answers):
    for path, answer in answers.items():
        page = answer.content.decode()
        assert '<html lang="fr">' in page, path
        assert page.index("skip-link") < page.index("Territoire inventé") < page.index("<main"), path
        assert "Partenaire d’ici" in page, path
        assert 'method="post" action="/deconnexion/"' in page, path
        assert "Accessibilité : non conforme" in page, path
        assert page.count("<h1") == 1, path
        assert page.count('<a href="#contenu"') + page.count('href="#contenu"') >= 1, path


def test_titles_differ(answers):
    titles = [re.search(r"<title>(.*?)</title>", answer.content.decode())[1] for answer in answers.values()]
    assert len(set(titles)) == len(titles)


def test_nothing_in_a_page_needs_an_exception_to_the_policy(answers):
    for path, page in pages(answers).items():
        for tag, attributes in page.tags:
            assert "style" not in attributes, (path, tag)
            assert not [name for name in attributes if name.startswith("on")], (path, tag)
        assert not page.all("style"), path
        for script in page.all("script"):
            inert = script.get("type") == "application/json"
            allowed = script.get("type") == "importmap" and script.get("nonce")
            assert inert or allowed or script.get("src"), (path, script)


def test_nothing_is_loaded_from_elsewhere(answers):
    for path, page in pages(answers).items():
        addresses = [tag.get("src") for tag in page.all("script", "img", "iframe")]
        addresses += [tag.get("href") for tag in page.all("link")]
        for address in filter(None, addresses):
            assert address.startswith("/static/"), (path, address)


def test_the_nonce_of_the_import_map_is_that_of_the_policy(answers):
    answer = answers["/"]
    nonce = re.search(r'type="importmap" nonce="([^"]+)"', answer.content.decode())[1]
    assert f"'nonce-{nonce}'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_each_field_has_a_label_and_each_id_is_alone(answers):
    for path, page in pages(answers).items():
        labelled = {label["for"] for label in page.all("label") if label.get("for")}
        for field in page.unlabelled:
            assert field.get("type") == "hidden" or field.get("id") in labelled, (path, field)
        ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
        assert len(set(ids)) == len(ids), path


def test_names_that_aria_points_to_exist(answers):
    for path, page in pages(answers).items():
        ids = {attributes["id"] for _, attributes in page.tags if attributes.get("id")}
        later = {"place-title"}  # in the sheet, once it is there
        for _, attributes in page.tags:
            for name in (attributes.get("aria-labelledby") or "").split():
                assert name in ids | later, (path, name)


def test_images_have_an_alternative_and_headers_a_scope(answers):
    for path, page in pages(answers).items():
        assert all("alt" in image for image in page.all("img")), path
        assert all(header.get("scope") in ("row", "col") for header in page.all("th")), path


def test_the_current_section_is_told(answers):
    current = {path: answer.content.decode().count('aria-current="page"') for path, answer in answers.items()}
    assert current["/"] == current["/aide/"] == current["/a-verifier/"] == 1
    assert current["/accessibilite/"] == 0


def test_status_messages_are_live_regions(answers):
    page = pages(answers)["/"]
    live = {tag["id"] for tag in page.all("p") if tag.get("role") == "status"}
    assert live == {"map-status", "table-status"}


def test_a_page_is_not_kept_by_shared_caches(answers):
    for path, answer in answers.items():
        assert "private" in answer["Cache-Control"], path


def test_sign_in_shows_its_form_and_says_what_was_wrong(client, partner_user):
    page = Page(client.get("/connexion/").content.decode())
    assert not [field for field in page.unlabelled if field.get("type") != "hidden" and not field.get("id")]
    refused = client.post("/connexion/", {"username": "ici", "password": "faux"})
    assert 'role="alert"' in refused.content.decode()
    accepted = client.post("/connexion/", {"username": "ici", "password": PASSWORD, "next": "/aide/"})
    assert (accepted.status_code, accepted["Location"]) == (302, "/aide/")


def test_sign_out_asks_for_a_post(partner_client):
    assert partner_client.get("/deconnexion/").status_code == 405
    assert partner_client.post("/deconnexion/")["Location"] == "/connexion/"


@pytest.mark.parametrize("path", ["/", "/comite/", "/signalements/", "/territoires/"])
def test_pages_are_read_and_not_written(partner_client, path):
    assert partner_client.post(path).status_code == 405


def test_the_files_of_packages_that_we_serve_are_there():
    for name in SERVED:
        assert Path(finders.find(name)).stat().st_size > 10_000, name
    assert finders.find("vendor/maplibre-gl/maplibre-gl.mjs.map") is None


def test_each_module_of_ours_is_in_the_import_map_of_a_hashed_deployment(settings, monkeypatch):
    from maps.templatetags import modules

    monkeypatch.setattr(modules, "static", lambda name: f"/static/{name}?hashed")
    request = RequestFactory().get("/")
    request.csp_nonce = "abc"
    script = modules.import_map({"request": request})
    imports = json.loads(re.search(r">(.*)</script>", script)[1])["imports"]
    names = {path.name for path in modules.MODULES.glob("*.js")}
    assert imports["maplibre-gl"] == "/static/vendor/maplibre-gl/maplibre-gl.mjs?hashed"
    assert {Path(name).name for name in imports} == names | {"maplibre-gl"}
    assert imports["/static/maps/js/map.js"] == "/static/maps/js/map.js?hashed"


def test_the_help_page_explains_each_layer(partner_client):
    page = partner_client.get("/aide/").content.decode()
    for anchor in ("signalements", "position", "taux", "points-chauds", "cadastre", "arretes", "comite"):
        assert f'id="{anchor}"' in page
