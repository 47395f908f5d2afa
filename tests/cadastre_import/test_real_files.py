"""Official files as published: what enters is what the source holds, less the rejects that are listed."""

import csv
import gzip
import json
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.errors import UnreadableFile
from layers.models import (
    Address,
    Batiment,
    Carreau,
    Commune,
    Epci,
    Indicator,
    Iris,
    Parcelle,
    Section,
    Voie,
    Zone,
)
from tests.factories import CommuneFactory

pytestmark = pytest.mark.django_db

REAL = Path(settings.REAL_DATA_DIR)
needs_real_files = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"les fichiers réels ne sont pas dans {REAL} (réglage GEO_LHI_REAL_DATA)"
)
BONDY = REAL / "bondy_93010"


def features(path: Path) -> list[dict]:
    content = path.read_bytes()
    return json.loads(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)["features"]


@pytest.fixture
def bondy():
    return CommuneFactory(code="93010", nom="Bondy", geom=None)


@needs_real_files
def test_code_officiel_geographique():
    folder = REAL / "admin/cog2026"
    report = run_import(SOURCES["communes"], folder / "communes.json.gz")
    assert report.rejects == []
    assert Commune.objects.count() == report.read == 35014
    assert Commune.objects.get(pk="2A004").departement == "2A"
    run_import(SOURCES["epci"], folder / "epci.json.gz")
    run_import(SOURCES["epci"], folder / "ept.json.gz")
    assert Epci.objects.count() == 1255 + 11
    assert Commune.objects.get(pk="93010").epci.nom == "Est Ensemble"


@needs_real_files
def test_four_editions_of_the_parcelles_of_bondy(bondy):
    previous: set[str] = set()
    for year in (2022, 2023, 2024, 2025):
        path = BONDY / f"cadastre/{year}/cadastre-93010-parcelles.json.gz"
        published = {feature["id"] for feature in features(path)}
        report = run_import(SOURCES["parcelles"], path, millesime=date(year, 1, 1))
        current = set(Parcelle.objects.current().values_list("idu", flat=True))
        assert current == published - {json.loads(content)["id"] for _, _, content in report.rejects}
        assert report.rejects == []
        assert report.closed == len(previous - published)
        previous = published
    assert Parcelle.objects.count() == 7124 + Parcelle.objects.filter(closed_on__isnull=False).count()


@needs_real_files
def test_no_parcelle_of_bondy_is_refused_for_a_generalised_outline(bondy):
    run_import(SOURCES["iris"], BONDY / "zonages/iris_93010_DEPCOM-DCOMIRIS.geojson")
    bondy.refresh_from_db()
    assert bondy.geom is not None
    report = run_import(SOURCES["parcelles"], BONDY / "cadastre/2025/cadastre-93010-parcelles.json.gz")
    assert (report.added, report.rejects) == (7124, [])


@needs_real_files
def test_addresses_of_bondy(bondy):
    path = BONDY / "ban/adresses-93010.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    report = run_import(SOURCES["ban"], path)
    assert report.read == len(rows) == 7669
    assert Address.objects.count() == len(rows) - len(report.rejects)
    assert Voie.objects.count() == len({"_".join(row["id"].split("_")[:2]) for row in rows})


@needs_real_files
def test_double_encoded_addresses_are_refused(bondy):
    with pytest.raises(UnreadableFile, match="encodés deux fois"):
        run_import(SOURCES["ban"], BONDY / "ban/adresses-93010-mojibake.csv.gz")
    assert not Address.objects.exists()


@needs_real_files
@pytest.mark.parametrize(
    "name", ["iris_93010_DEPCOM-DCOMIRIS.geojson", "iris_93010_CODE_IRIS_tx_pauvrete2019.geojson"]
)
def test_iris_of_bondy(bondy, name):
    path = BONDY / "zonages" / name
    report = run_import(SOURCES["iris"], path)
    assert Iris.objects.count() == len(features(path)) - len(report.rejects) == 20
    bondy.refresh_from_db()
    assert bondy.geom.covers(Iris.objects.order_by("pk").first().geom.point_on_surface)


@needs_real_files
def test_perimeters_grid_and_social_dwellings_of_bondy(bondy):
    run_import(SOURCES["qpv"], BONDY / "zonages/qpv_93010_codes-QP.geojson")
    assert set(Zone.objects.values_list("code", "type")) == {
        (code, "QPV") for code in ("QP093012", "QP093013", "QP093014")
    }
    run_import(SOURCES["carreaux"], BONDY / "zonages/carreaux200m_filosofi_93010.gpkg")
    assert Carreau.objects.count() == 164
    assert Carreau.objects.filter(households__gt=0, commune="93010").exists()
    report = run_import(SOURCES["rpls"], BONDY / "rpls/rpls2021_Bondy.csv.gz")
    counts = Indicator.objects.filter(code="RPLS_LOG")
    assert sum(counts.values_list("value", flat=True)) + len(report.rejects) == 6534


@needs_real_files
def test_cadastre_of_a_village_in_one_line_files():
    CommuneFactory(code="27412", geom=None)
    folder = REAL / "terresdebord_27412"
    for source, name, model in (
        ("sections", "sections", Section),
        ("parcelles", "parcelles", Parcelle),
        ("batiments", "batiments", Batiment),
    ):
        path = folder / f"{name}.geojson.gz"
        report = run_import(SOURCES[source], path)
        assert model.objects.count() == len(features(path)) - len(report.rejects)
        assert len(report.rejects) <= 2, report.rejects
