"""The page of a place, as a committee reads it."""

from datetime import date

import pytest

from tests.factories import (
    AddressFactory,
    AddressParcelleFactory,
    AnchorFactory,
    ArreteFactory,
    ParcelleFactory,
    SignalementFactory,
    VoieFactory,
    square,
)

IDU = "01001000AB0012"


@pytest.fixture
def place(commune):
    parcelle = ParcelleFactory(commune=commune, idu=IDU, geom=square(0, 0, 10))
    voie = VoieFactory(commune=commune, nom="Rue des Lices")
    AddressParcelleFactory(address=AddressFactory(voie=voie, numero=12), idu=parcelle.idu)
    report = SignalementFactory(commune=commune, reference="2026-00042")
    AnchorFactory(signalement=report, kind="parcelle", place_code=IDU)
    return parcelle


def read(client, path=f"/lieux/parcelle/{IDU}/"):
    response = client.get(path)
    return response.status_code, response.content.decode()


def test_the_page_begins_with_the_address_and_tells_the_history(partner_client, place):
    status, page = read(partner_client)
    assert status == 200
    assert "<h1>12 Rue des Lices</h1>" in page
    assert "Signalement 2026-00042" in page
    assert 'id="map-config"' in page


@pytest.mark.parametrize(("count", "strong"), [(0, None), (1, False), (2, True)])
def test_the_law_is_told_as_a_count_and_stands_out_from_two_orders(
    partner_client, place, commune, count, strong
):
    for n in range(count):
        ArreteFactory(commune=commune, idu=IDU, taken_on=date(2025, 1, 1 + n))
    _, page = read(partner_client)
    assert ("2024-322" in page) is (count > 0)
    assert ("pas une qualification juridique" in page) is (count > 0)
    if count:
        assert ('class="note">' in page) is strong


def test_a_filter_keeps_one_nature_of_event(partner_client, place, commune):
    ArreteFactory(commune=commune, idu=IDU, taken_on=date(2025, 1, 1))
    _, page = read(partner_client, f"/lieux/parcelle/{IDU}/?nature=arrete")
    assert "01/01/2025" in page
    assert "Signalement 2026-00042" not in page
    assert read(partner_client, f"/lieux/parcelle/{IDU}/?nature=rumeur")[0] == 400


@pytest.mark.parametrize("path", ["/lieux/parcelle/nulle-part/", "/lieux/lac/1/", "/lieux/adresse/x/"])
def test_an_unknown_place_is_a_french_404(partner_client, path):
    status, page = read(partner_client, path)
    assert status == 404
    assert "inconnu" in page.lower() or "aucune" in page.lower()


def test_a_report_and_the_map_lead_to_the_file(partner_client, place):
    report = SignalementFactory(commune=place.commune)
    AnchorFactory(signalement=report, kind="parcelle", place_code=IDU)
    assert f'href="/lieux/parcelle/{IDU}/"' in read(partner_client, f"/signalements/{report.pk}/")[1]
    west, south, east, north = place.geom.extent
    _, panel = read(partner_client, f"/lieu/?bbox={west},{south},{east},{north}&zoom=17")
    assert f'href="/lieux/parcelle/{IDU}/"' in panel


def test_someone_else_reads_the_place_and_not_what_happened_there(signed_in, other_partner_user, place):
    status, page = read(signed_in(other_partner_user))
    assert status == 200
    assert "2026-00042" not in page
    assert "Rien n’est connu de ce lieu dans votre périmètre" in page
