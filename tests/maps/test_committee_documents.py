"""The committee's documents as they are downloaded: alone, sourced, inert, inside the perimeter."""

import re
from datetime import date
from io import BytesIO

import numpy as np
import pytest
import rasterio
from django.utils import timezone

from tests.factories import (
    AddressFactory,
    AnalysisRunFactory,
    IndicatorFactory,
    IrisFactory,
    SignalementFactory,
    point,
    square,
)

MAP, HEAT, PAGE = "/comite/carte.html", "/comite/chaleur.tif", "/comite/"
BANNER = "Territoire inventé"
HOSTILE = "</script><script>alert(1)</script>`${alert(2)}` {{ 7*7 }} {% now 'Y' %} \\u0022"


def town_of(commune, x=0, count=40):
    """Give a commune its dwellings, and reports at one place."""
    iris = IrisFactory(commune=commune, geom=square(x, 0, 1000))
    IndicatorFactory(territoire_code=iris.code, value=5000)
    first = AddressFactory(voie__commune=commune, geom=point(x + 500, 500))
    for step in range(1, 10):
        AddressFactory(voie=first.voie, geom=point(x + 100 * step, 450))
    for _ in range(count):
        SignalementFactory(commune=commune, received_on=date(2025, 6, 1), geom=point(x + 437, 463))


@pytest.fixture
def run(db):
    return AnalysisRunFactory()


@pytest.fixture
def town(commune, run):
    town_of(commune)
    return commune


@pytest.fixture
def raster(partner_client, town, settings):
    settings.TERRITORY_BANNER = BANNER
    response = partner_client.get(HEAT)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/tiff"
    with rasterio.open(BytesIO(response.content)) as opened:
        yield opened


def map_of(client) -> str:
    response = client.get(MAP)
    assert response.status_code == 200, response.content[:300]
    assert response["Content-Disposition"].startswith("attachment")
    return response.content.decode()


def test_the_map_names_no_address_outside_itself(partner_client, town):
    page = map_of(partner_client)
    styles = "".join(re.findall(r"<style[^>]*>(.*?)</style>", page, flags=re.DOTALL))
    assert set(re.findall(r"url\(\W*(\w+)", styles)) <= {"data", "default"}  # url(#default#VML)
    assert "@import" not in styles
    markup = re.sub(r"(<(?:script|style)[^>]*>).*?(</(?:script|style)>)", r"\1\2", page, flags=re.DOTALL)
    assert "http://" not in markup
    assert "https://" not in markup
    assert not re.search(r"""\b(?:src|href)\s*=\s*["']?(?!data:)""", markup)
    assert "L.tileLayer" not in page.split("</script>")[-2]
    assert "default-src 'none'" in markup


def test_the_map_says_what_it_is(partner_client, town, settings):
    settings.TERRITORY_BANNER = BANNER
    page = map_of(partner_client)
    assert '<html lang="fr">' in page
    assert "<title>Habitat dégradé : densité de signalements – Partenaire d’ici</title>" in page
    for said in (
        BANNER,
        "signalements/km²",
        "noyau quartique",
        "1er janvier 2025",
        "Signal Logement",
        "EPSG:2154",
    ):
        assert said in page, said
    assert "user-scalable=no" not in page


def test_the_map_is_made_of_cells_and_never_of_reports(partner_client, town):
    page = map_of(partner_client)
    report = point(437, 463)
    for digits in (4, 5, 6, 7):
        assert f"{report.x:.{digits}f}" not in page or f"{report.y:.{digits}f}" not in page
    assert page.count('"nombre"') >= 1


def test_names_from_a_register_are_text_wherever_they_land(partner_client, town):
    town.nom = HOSTILE[:200]
    town.save()
    page = map_of(partner_client)
    assert "<script>alert(1)" not in page
    assert "`${alert(2)}`" not in page
    assert "49" not in re.findall(r"alert\(2\).{0,40}", page)[0]
    assert "&#123;&#123; 7*7 &#125;&#125;" in page


def test_the_banner_is_text_too(partner_client, town, settings):
    settings.TERRITORY_BANNER = HOSTILE
    page = map_of(partner_client)
    assert "<script>alert(1)" not in page


def test_the_raster_says_its_projection_its_unit_and_its_method(raster):
    assert raster.crs.to_epsg() == 2154
    assert raster.units == ("signalements/km²",)
    assert (raster.res, raster.dtypes, raster.nodata) == ((50, 50), ("float32",), -9999)
    assert raster.profile["tiled"]
    assert raster.compression.name == "deflate"
    tags = raster.tags()
    assert tags["UNITE"] == "signalements/km²"
    assert tags["PERIODE"] == "2025-01-01/2025-12-31"
    assert tags["RAYON_M"] == "500"
    assert tags["AVERTISSEMENT"] == BANNER
    assert "noyau quartique" in tags["METHODE"]


def test_the_raster_holds_the_density_and_nothing_outside_the_perimeter(raster):
    values = raster.read(1)
    known = values != raster.nodata
    assert known.sum() * 50**2 == pytest.approx(1_000_000, rel=0.03)
    # the kernel reaches over the edge of a commune of one kilometre: most of the forty stay inside
    assert 30 < values[known].sum() * 0.05**2 <= 40.01
    row, column = np.unravel_index(np.where(known, values, -1).argmax(), values.shape)
    x, y = raster.xy(row, column)
    assert (abs(x - 700_500), abs(y - 6_600_500)) < (150, 150)


def test_each_partner_has_its_own_reports(other_partner_client, town, other_commune):
    town_of(other_commune, x=5000, count=60)
    with rasterio.open(BytesIO(other_partner_client.get(HEAT).content)) as raster:
        assert raster.tags()["SIGNALEMENTS"] == "60"
        assert raster.bounds.left >= 704_000


@pytest.mark.parametrize("url", [MAP, HEAT])
def test_what_is_missing_is_said_and_not_an_error(partner_client, commune, url):
    response = partner_client.get(url)
    assert response.status_code == 409
    assert "aucune année n’est close" in response.content.decode().lower()


@pytest.mark.parametrize("url", [MAP, HEAT])
def test_too_few_reports_are_not_published(partner_client, commune, run, url):
    town_of(commune, count=3)
    response = partner_client.get(url)
    assert response.status_code == 409
    assert "publiée" in response.content.decode()


@pytest.mark.parametrize("url", [MAP, HEAT])
def test_a_user_without_a_partner_has_no_document(signed_in, user_without_partner, town, url):
    assert signed_in(user_without_partner).get(url).status_code == 409


def test_the_page_explains_and_offers_both(partner_client, town):
    page = partner_client.get(PAGE).content.decode()
    assert MAP in page
    assert HEAT in page
    assert "Commune d’ici" in page
    assert "densité" in page


def test_before_a_year_is_closed_the_page_offers_nothing(partner_client, commune):
    SignalementFactory(commune=commune, received_on=timezone.localdate())
    page = partner_client.get(PAGE).content.decode()
    assert MAP not in page
    assert "Aucune année n’est close" in page


def test_a_report_of_today_changes_no_document(partner_client, town, commune):
    """What two documents differ by is never the report of a week."""
    before = partner_client.get(HEAT).content
    for _ in range(7):
        SignalementFactory(commune=commune, received_on=timezone.localdate(), geom=point(437, 463))
    with (
        rasterio.open(BytesIO(before)) as one,
        rasterio.open(BytesIO(partner_client.get(HEAT).content)) as other,
    ):
        np.testing.assert_array_equal(one.read(1), other.read(1))
        assert one.tags()["PERIODE"] == other.tags()["PERIODE"] == "2025-01-01/2025-12-31"
