"""The explorer, its table and its sheet: same selection, inside the perimeter, in a fixed number of queries."""

import json
import re
from datetime import date

import pytest
from django.core.cache import cache

from layers.models import Signalement
from tests.factories import (
    AddressFactory,
    AnalysisRunFactory,
    ArreteFactory,
    BatimentFactory,
    IrisFactory,
    IrisResultFactory,
    ParcelleFactory,
    SignalementFactory,
    ZoneFactory,
    bbox,
    point,
    square,
)

CLOSED = Signalement.Status.CLOSED


def references(page: str) -> list[str]:
    return re.findall(r'<a href="/signalements/\d+/">([^<]+)</a>', page)


def config_of(page: str) -> dict:
    return json.loads(re.search(r'<script id="explorer-config"[^>]*>(.*?)</script>', page, re.DOTALL)[1])


def listed(client, query="") -> list[str]:
    response = client.get(f"/signalements/?partiel=1&{query}")
    assert response.status_code == 200, response.content
    return references(response.content.decode())


def sheet(client, x, y, zoom=16, query=""):
    around = bbox(x - 2, y - 2, 4, 4)
    return client.get(f"/lieu/?bbox={around}&zoom={zoom}&partiel=1&{query}")


def test_the_configuration_has_what_the_scripts_need_and_no_report(partner_client, commune):
    run = AnalysisRunFactory(summary={"smoothed_cuts": [30.0, 40.0]})
    for rate in (10.0, 20.0, 25.0):
        IrisResultFactory(run=run, iris__commune=commune, smoothed_per_1000=rate)
    report = SignalementFactory(commune=commune, adresse="3 rue secrète")
    config = config_of(partner_client.get("/").content.decode())
    assert config["tiles"] == "/tiles/{layer}/{z}/{x}/{y}.mvt"
    assert [rate["low"] for rate in config["rates"]] == [None, 10.0, 20.0]
    assert config["communes"][0]["nom"] == commune.nom
    assert config["bounds"] == pytest.approx(commune.geom.extent)
    assert config["period"]["since"] == "2025-01-01"
    assert config["layers"]["parcelles"] == {"minzoom": 14, "key": "idu"}
    assert config["basemap"] is None
    assert "secrète" not in json.dumps(config, ensure_ascii=False)
    assert report.reference not in json.dumps(config)


def test_a_base_map_is_only_there_when_a_setting_names_one(partner_client, settings):
    settings.BASEMAP_URL = "https://fonds.example/{z}/{x}/{y}.png"
    page = partner_client.get("/").content.decode()
    assert config_of(page)["basemap"]["url"] == settings.BASEMAP_URL
    assert "Fond de plan" in page


def test_the_form_shows_what_the_address_asks(partner_client, commune):
    page = partner_client.get(
        f"/?du=2025-01-01&statut=ACTIVE,CLOSED&territoire={commune.code}"
    ).content.decode()
    assert 'name="du" value="2025-01-01"' in page
    assert len(re.findall(r'name="statut" value="\w+" checked', page)) == 2
    assert f'<option value="{commune.code}" data-bounds="' in page
    assert re.search(rf'<option value="{commune.code}"[^>]* selected>', page)


def test_a_chosen_iris_stays_in_the_list_of_territories(partner_client, commune):
    iris = IrisFactory(commune=commune, nom="Les Halles", geom=square(0, 0, 200))
    page = partner_client.get(f"/?territoire={iris.code}").content.decode()
    assert "IRIS Les Halles" in page
    assert config_of(page)["bounds"] == pytest.approx(iris.geom.extent)


def test_the_table_has_the_reports_of_the_filters_and_of_the_extent(partner_client, commune):
    SignalementFactory(commune=commune, reference="open", geom=point(5, 5))
    SignalementFactory(commune=commune, reference="closed", status=CLOSED, geom=point(5, 5))
    SignalementFactory(commune=commune, reference="far", geom=point(900, 900))
    SignalementFactory(commune=commune, reference="old", received_on=date(2020, 1, 1))
    assert set(listed(partner_client)) == {"open", "closed", "far", "old"}
    assert listed(partner_client, "statut=CLOSED") == ["closed"]
    assert set(listed(partner_client, "statut=CLOSED&statut=ACTIVE&du=2021-01-01")) == {
        "open",
        "closed",
        "far",
    }
    assert listed(partner_client, f"bbox={bbox(800, 800, 200, 200)}") == ["far"]


def test_reports_without_a_point_are_told_beside_an_extent(partner_client, commune):
    SignalementFactory(commune=commune, geom=None, precision="inconnue")
    page = partner_client.get(f"/signalements/?partiel=1&bbox={bbox(0, 0, 900, 900)}").content.decode()
    assert "1 de plus sans position" in page


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", ["c", "b", "a"]),
        ("depose_le", ["a", "b", "c"]),
        ("criticite", ["b", "c", "a"]),
        ("-criticite", ["c", "b", "a"]),
        ("reference", ["a", "b", "c"]),
    ],
)
def test_the_table_is_sorted_by_any_column_and_the_unknown_come_last(partner_client, commune, sort, expected):
    for day, (reference, criticite) in enumerate([("a", None), ("b", 1), ("c", 9)], start=1):
        SignalementFactory(
            commune=commune, reference=reference, criticite=criticite, received_on=date(2026, 1, day)
        )
    assert listed(partner_client, f"tri={sort}") == expected


def test_headers_say_the_order_and_links_keep_the_filters(partner_client, commune):
    page = partner_client.get("/signalements/?statut=ACTIVE&tri=commune").content.decode()
    assert 'aria-sort="ascending"><a href="?statut=ACTIVE&amp;tri=-commune"' in page
    assert 'href="?statut=ACTIVE"' in page  # back to the newest first


def test_pages_follow_each_other_without_a_hole(partner_client, commune):
    for n in range(45):
        SignalementFactory(commune=commune, reference=f"r{n}", received_on=date(2026, 1, 1))
    pages = [listed(partner_client, f"page={n}") for n in (1, 2, 3)]
    assert [len(page) for page in pages] == [20, 20, 5]
    assert len({reference for page in pages for reference in page}) == 45
    assert listed(partner_client, "page=99") == pages[2]
    assert listed(partner_client, "page=x") == pages[0]


def test_an_address_is_text_and_not_markup(partner_client, commune):
    SignalementFactory(commune=commune, adresse="<script>alert(1)</script>")
    page = partner_client.get("/signalements/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("statut=NIMPORTE", 400, "statut inconnu"),
        ("du=hier", 400, "du attend une date"),
        ("bbox=1,2,3", 400, "bbox attend quatre nombres"),
        ("tri=couleur", 400, "tri inconnu"),
        ("territoire=99999", 404, "aucun territoire"),
        ("territoire=%00", 400, "illisible"),
        ("territoire=" + "9" * 600, 400, "illisible"),
    ],
)
def test_what_cannot_be_served_is_said_in_french(partner_client, query, status, said):
    for url in (f"/?{query}", f"/signalements/?{query}"):
        response = partner_client.get(url)
        assert response.status_code == status, url
        assert said in response.content.decode().lower(), url
    partial = partner_client.get(f"/signalements/?partiel=1&{query}")
    assert (partial.status_code, partial["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert partial.content.decode().startswith(("statut", "du", "bbox", "tri", "aucun", "le paramètre"))


def test_the_number_of_queries_does_not_follow_the_number_of_reports(
    partner_client, commune, django_assert_max_num_queries
):
    for _ in range(3):
        SignalementFactory(commune=commune)
    partner_client.get("/")
    with django_assert_max_num_queries(14) as few:
        partner_client.get("/")
    for _ in range(15):
        SignalementFactory(commune=commune, geom=point(20, 20))
    cache.clear()
    with django_assert_max_num_queries(len(few.captured_queries)):
        partner_client.get("/")


@pytest.mark.parametrize("many", [1, 45])
def test_the_table_under_the_map_takes_four_statements(
    partner_client, commune, django_assert_num_queries, many
):
    for _ in range(many):
        SignalementFactory(commune=commune, geom=point(5, 5))
    with django_assert_num_queries(4):  # who asks; those without a point, those of the extent, a page of them
        assert len(listed(partner_client, f"bbox={bbox(0, 0, 900, 900)}")) == min(many, 20)


def test_from_nearby_the_sheet_says_what_is_on_the_ground(partner_client, commune):
    iris = IrisFactory(commune=commune, nom="Les Halles")
    IrisResultFactory(iris=iris)
    ParcelleFactory(commune=commune, idu=f"{commune.code}000AB0012", contenance=1234, geom=square(0, 0, 20))
    BatimentFactory(commune=commune, code="RNB1", rnb_id="PG46YY6YWCX8", geom=square(2, 2, 8))
    AddressFactory(voie__commune=commune, voie__nom="Rue des Lices", numero=7, geom=point(10, 1))
    ArreteFactory(commune=commune, idu=f"{commune.code}000AB0012", geom=None)
    ZoneFactory(nom="Cœur de ville", acte="Délibération 12")
    SignalementFactory(commune=commune, reference="au-fond-de-la-parcelle", geom=point(18, 18))
    SignalementFactory(commune=commune, reference="chez-le-voisin", geom=point(40, 40))
    page = sheet(partner_client, 5, 5).content.decode()
    for said in (
        "Parcelle AB 0012",
        "PG46YY6YWCX8",
        "7 Rue des Lices",
        "en vigueur",
        "Cœur de ville",
        "Délibération 12",
        "au-fond-de-la-parcelle",
        "12 logements signalés sur 1",
        "entre 6,2 et 20,9",
        "10,5",
    ):
        assert said in page, said
    assert "chez-le-voisin" not in page
    assert f'data-iris="{iris.code}"' in page


def test_from_afar_the_sheet_speaks_of_the_iris_only(partner_client, commune):
    IrisResultFactory(iris__commune=commune)
    ParcelleFactory(commune=commune)
    SignalementFactory(commune=commune, reference="tout-pres")
    page = sheet(partner_client, 5, 5, zoom=11).content.decode()
    assert "Taux lissé" in page
    assert "tout-pres" not in page
    assert "data-parcelle" not in page


def test_the_sheet_has_the_reports_of_the_same_filters(partner_client, commune):
    SignalementFactory(commune=commune, reference="open")
    SignalementFactory(commune=commune, reference="closed", status=CLOSED)
    assert references(sheet(partner_client, 5, 5, query="statut=CLOSED").content.decode()) == ["closed"]


def test_the_sheet_keeps_to_the_perimeter(other_partner_client, commune):
    IrisResultFactory(iris__commune=commune, cases=987)
    ArreteFactory(commune=commune)
    SignalementFactory(commune=commune, reference="ailleurs")
    page = sheet(other_partner_client, 5, 5).content.decode()
    assert "987" not in page
    assert references(page) == []
    assert "en vigueur" not in page
    assert "hors de votre périmètre" in page


def test_nowhere_has_a_sheet_too(partner_client):
    assert "Hors des territoires" in sheet(partner_client, 90_000, 90_000).content.decode()


@pytest.mark.parametrize("query", ["", "bbox=1,2,3", "bbox=1,2,3,4&zoom=loin", "bbox=1,2,3,4&zoom=99"])
def test_a_place_that_is_none_is_refused(partner_client, query):
    assert partner_client.get(f"/lieu/?{query}").status_code == 400


def test_the_sheet_takes_a_fixed_number_of_queries(partner_client, commune, django_assert_max_num_queries):
    IrisResultFactory(iris__commune=commune)
    for _ in range(20):
        SignalementFactory(commune=commune)
        AddressFactory(voie__commune=commune)
        ArreteFactory(commune=commune)
    with django_assert_max_num_queries(18):
        sheet(partner_client, 5, 5)
