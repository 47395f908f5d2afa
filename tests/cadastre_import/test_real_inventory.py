"""Every real file of the reference folder is read by a source that a test holds to its counts, or says why not."""

from fnmatch import fnmatch
from pathlib import Path

import pytest
from django.conf import settings

from cadastre_import.sources import SOURCES

REAL = Path(settings.REAL_DATA_DIR)
pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"les fichiers réels ne sont pas dans {REAL} (réglage GEO_LHI_REAL_DATA)"
)
TESTS = Path(__file__).parent

READ = {
    "admin/cog2026/communes.json.gz": "communes",
    "admin/cog2026/ep*.json.gz": "epci",
    "admin/communes_france_2026.geojsonl.gz": "contours-communes",
    "admin/france-geojson/communes-*.geojson": "contours-communes",
    "bati/bati_95430.gpkg": "bdtopo-batiments",
    "bati/bdtopo_v3_12174_BATIMENT.shp.zip": "bdtopo-batiments",
    "bati/cadastre_bati_95430.gpkg": "batiments",
    "bondy_93010/bati/bdtopo_bati_bondy_prir129.geojson": "bdtopo-batiments",
    "bondy_93010/ban/adresses-93010*.csv.gz": "ban",
    "bondy_93010/cadastre/*/cadastre-93010-parcelles.json.gz": "parcelles",
    "bondy_93010/dvf/dvf_brut_93_2022_extrait.csv.gz": "dvf",
    "bondy_93010/rpls/rpls2021_*.csv.gz": "rpls",
    "bondy_93010/zonages/carreaux200m_filosofi_93010.gpkg": "carreaux",
    "bondy_93010/zonages/communes_est_ensemble.geojson": "contours-communes",
    "bondy_93010/zonages/ept_est_ensemble.geojson": "contours-communes",
    "bondy_93010/zonages/iris_93010_*.geojson": "iris",
    "bondy_93010/zonages/qpv_93010_codes-QP.geojson": "qpv",
    "edigeo/*/edigeo-*.tar.bz2": "edigeo-parcelles",
    "iris/iris_46communes_filosofi2019.gpkg": "filosofi",
    "marseille/quartiers_111.geojson.gz": "perimetres",  # by import_table
    "marseille/processed_mrs-arretes-de-peril-2021-08-05.csv": "arretes-marseille",
    "outremer/iris_reunion_ods.json.gz": "iris",
    "paris/cadastre-75118-parcelles.json.gz": "parcelles",
    "paris/insee_iris_paris_2017.csv": "filosofi",
    "paris/iris_75.shp.zip": "iris",
    "qpv/occitanie_communes.geojson": "contours-communes",
    "qpv/occitanie_qp.*": "qpv",
    "terresdebord_27412/parcelles.geojson.gz": "parcelles",
    "terresdebord_27412/batiments.geojson.gz": "batiments",
    "terresdebord_27412/sections.geojson.gz": "sections",
}
NOT_READ = {
    "SOURCES.md": "says where the files come from",
    "admin/cog2026/regions.json.gz": "no figure is shown by région",
    "admin/cog2026/departements.json.gz": "a commune carries the code of its département",
    "admin/cog2026/arrondissements.json.gz": "departmental arrondissements, which no partner acts by",
    "admin/france-geojson/departements-version-simplifiee.geojson": "as above",
    "bondy_93010/osm/rues_bondy.geojson": "streets are those of the BAN",
    "bondy_93010/plui/plui_bondy.gpkg": "rules of town planning, no perimeter of habitat",
    "bondy_93010/zonages/epci_ept_idf.geojson": "an EPCI is the sum of its communes",
    "geocoder_tests/*.csv": "queries with their answer: they measure the geocoder",
    "rnb/rnb_gcms.csv": "working table of the RNB and the IGN, not published",
    "rnb/village_*.json.gz": "fixtures of the RNB's own tests, not its export",
}


def test_every_file_is_read_or_says_why_not():
    files = sorted(path.relative_to(REAL).as_posix() for path in REAL.rglob("*") if path.is_file())
    patterns = [*READ, *NOT_READ]
    unknown = [name for name in files if not any(fnmatch(name, pattern) for pattern in patterns)]
    assert unknown == []
    assert [pattern for pattern in patterns if not any(fnmatch(name, pattern) for name in files)] == []


def test_each_file_that_is_read_is_in_a_test():
    tests = "\n".join(path.read_text() for path in TESTS.rglob("*.py") if path != Path(__file__))
    assert set(READ.values()) <= set(SOURCES)
    unnamed = [
        pattern for pattern in READ if pattern.rsplit("/", 1)[1].split("*")[0].split(".")[0] not in tests
    ]
    assert unnamed == []
