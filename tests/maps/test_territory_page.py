"""The page of a commune, an EPCI, an IRIS."""

import re
from datetime import date

import pytest

from layers.models import IrisResult, Signalement
from tests.factories import (
    AnalysisRunFactory,
    AnchorFactory,
    ArreteFactory,
    CommuneFactory,
    EpciFactory,
    IndicatorFactory,
    IrisFactory,
    IrisResultFactory,
    SignalementFactory,
)


def page_of(client, code) -> str:
    response = client.get(f"/territoires/{code}/")
    assert response.status_code == 200
    return response.content.decode()


def text_of(page: str) -> str:
    """Give what is read: without tags, no-break spaces as spaces."""
    text = re.sub(r"<[^>]+>", " ", page)
    return " ".join(text.replace("&nbsp;", " ").replace("\u00a0", " ").replace("\u202f", " ").split())


@pytest.fixture
def run(db):
    return AnalysisRunFactory(
        summary={"smoothed_cuts": [8.0, 15.0], "overall_per_1000": 9.0},
        parameters={"since": "2025-01-01", "until": "2025-12-31"},
    )


def result(commune, run, **fields):
    iris = IrisFactory(commune=commune, nom=fields.pop("nom", "Îlot"))
    IndicatorFactory(territoire_code=iris.code, value=fields.get("dwellings") or 0)
    return IrisResultFactory(run=run, iris=iris, **fields)


def test_the_figures_of_a_commune(partner_client, commune, run):
    result(commune, run, nom="Les Halles", cases=12, dwellings=1000)
    result(commune, run, nom="La Gare", cases=3, dwellings=500, hotspot=IrisResult.Hotspot.HOT_95)
    SignalementFactory(commune=commune, received_on=date(2025, 2, 3))
    SignalementFactory(commune=commune, received_on=date(2025, 8, 3), status=Signalement.Status.CLOSED)
    ArreteFactory(commune=commune)
    text = text_of(page_of(partner_client, commune.code))
    for said in (
        "1 500 logements (2021)",
        "2 depuis février 2025",
        "signalements reçus",
        "1 terminé",
        "10,0 entre 5,6 et 16,5 (95 %)",
        "1 sur 2",
        "Les Halles",
        "6,2 – 20,9",
        "Point chaud (FDR 5 %)",
        "du 1er janvier 2025 au 31 décembre 2025",
    ):
        assert said in text, (said, text)


def test_the_chart_has_its_table(partner_client, commune):
    SignalementFactory(commune=commune, received_on=date(2025, 2, 3))
    SignalementFactory(commune=commune, received_on=date(2025, 8, 3))
    page = page_of(partner_client, commune.code)
    assert page.count('<rect class="open"') == 3
    assert 'role="img"' in page
    assert "T2 2025 0 0" in text_of(page)
    heights = re.findall(r'class="open"[^>]* height="([^"]+)"', page)
    assert all(re.fullmatch(r"\d+(\.\d+)?", height) for height in heights)


def test_an_epci_half_seen_says_so_and_counts_only_what_is_seen(partner_client, commune, other_commune, run):
    epci = EpciFactory(nom="Pays commun")
    for place in (commune, other_commune):
        place.epci = epci
        place.save()
        result(place, run, nom=f"Quartier de {place.nom}")
        SignalementFactory(commune=place, received_on=date(2025, 2, 3))
    page = page_of(partner_client, epci.code)
    assert "Une partie seulement" in page
    assert "Quartier de Commune d’ici" in page
    assert "Quartier de Commune d’ailleurs" not in page
    assert "1 depuis février 2025" in text_of(page)


def test_a_territory_out_of_the_perimeter_shows_open_data_and_no_report(partner_client, other_commune, run):
    result(other_commune, run, cases=4321, dwellings=7777)
    SignalementFactory(commune=other_commune)
    page = page_of(partner_client, other_commune.code)
    assert "hors de votre périmètre" in page
    assert "7 777 logements" in text_of(page)
    assert "4 321" not in text_of(page)
    assert "signalements reçus" not in page


def test_an_iris_is_read_aloud(partner_client, commune, run):
    row = result(commune, run, nom="Les Halles", exceedance=0.998, hotspot=IrisResult.Hotspot.HOT_99)
    AnchorFactory(signalement=SignalementFactory(commune=commune), place_code=row.iris_id)
    text = text_of(page_of(partner_client, row.iris_id))
    assert "12 logements signalés sur 1 000, soit 12,0 pour 1 000" in text
    assert "contre 9,0 sur l’ensemble" in text
    assert "probabilité de plus de 99 %" in text
    assert "se regroupent ici" in text
    assert f"?territoire={row.iris_id}" in page_of(partner_client, row.iris_id)


def test_an_iris_without_dwellings_has_no_rate_and_no_division(partner_client, commune, run):
    figures = (
        "dwellings",
        "rate_per_1000",
        "smoothed_per_1000",
        "low_per_1000",
        "high_per_1000",
        "exceedance",
    )
    unknown = dict.fromkeys(figures)
    row = result(commune, run, hotspot=IrisResult.Hotspot.NOT_TESTED, **unknown)
    assert "Aucun nombre de logements" in page_of(partner_client, row.iris_id)
    assert "Non testé" in page_of(partner_client, commune.code)


def test_before_any_run_the_page_says_so(partner_client, commune):
    assert "Aucune analyse n’a encore été lancée" in page_of(partner_client, commune.code)


@pytest.mark.parametrize("code", ["99999", "inconnu", "123456789"])
def test_an_unknown_code_is_a_page_not_found(partner_client, code):
    assert partner_client.get(f"/territoires/{code}/").status_code == 404


def test_the_number_of_queries_does_not_follow_the_number_of_iris(
    partner_client, commune, run, django_assert_max_num_queries
):
    result(commune, run)
    SignalementFactory(commune=commune)
    with django_assert_max_num_queries(18) as few:
        page_of(partner_client, commune.code)
    for _ in range(10):
        result(commune, run)
        SignalementFactory(commune=commune)
    with django_assert_max_num_queries(len(few.captured_queries)):
        page_of(partner_client, commune.code)


def test_the_list_has_the_communes_of_the_perimeter(
    partner_client, commune, other_commune, django_assert_max_num_queries
):
    IrisFactory(commune=commune)
    SignalementFactory(commune=commune)
    CommuneFactory(nom="Troisième")
    with django_assert_max_num_queries(10):
        page = partner_client.get("/territoires/").content.decode()
    assert "1 commune" in text_of(page)
    assert "Commune d’ici" in page
    assert "Commune d’ailleurs" not in page
    assert "Troisième" not in page


def test_without_a_perimeter_the_list_says_what_to_do(signed_in, user_without_partner):
    page = signed_in(user_without_partner).get("/territoires/").content.decode()
    assert "demandez-en un" in page
