"""QGIS itself opens the project, the layer definitions and a GeoPackage, and sees what its reader may see."""

import base64
import json
import subprocess
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
from django.urls import reverse

from api.exports.qgis_project import AUTHCFG
from api.exports.styles import STYLES
from api.wfs.views import LayersWFS
from geo_lhi.accounts.models import TokenScope
from layers.models import AnalysisRun
from layers.registry import LAYERS
from layers.symbols import STATUSES
from tests.factories import AnalysisResultFactory, TauxRunFactory, token_of
from tests.ogc.headless_qgis import SYSTEM_PYTHON, TIMEOUT_S, real_qgis, rectangle_3857, see
from tests.ogc.wfs import body

READER = Path(__file__).with_name("qgis_reader.py")


@pytest.fixture
def opened(live_server, partner_user, partner_client, tmp_path):
    """Give the function that opens in QGIS the file at an address of ours."""
    token = token_of(partner_user, TokenScope.WFS, TokenScope.OGC, TokenScope.TILES)

    def open_(url: str, name: str) -> dict:
        path = tmp_path / name
        path.write_bytes(
            body(partner_client.get(url, headers={"Host": live_server.url.removeprefix("http://")}))
        )
        assert token.encode() not in path.read_bytes()
        return see(READER, tmp_path, path, AUTHCFG, "ici", token, json.dumps(rectangle_3857(40)))

    return open_


def run_of_town(town) -> AnalysisRun:
    """Keep a run with a row of the partner's commune."""
    run = TauxRunFactory()
    AnalysisResultFactory(run=run, unit_kind="commune", unit_code=town.code, communes=[town.code])
    return run


@pytest.mark.django_db(transaction=True)
class TestRealQgis:
    """With Debian's QGIS."""

    pytestmark = real_qgis

    def test_the_project_opens_with_the_rights_of_its_reader(self, town, opened):
        seen = opened(reverse("qgis-project"), "geo_lhi.qgz")
        assert seen["stored"]
        assert seen["crs"] == "EPSG:2154"
        assert seen["groups"] == ["Habitat dégradé", "Référentiels", "Tuiles (affichage rapide)"]
        reports = seen["layers"]["Signalements"]
        assert reports["valid"]
        assert reports["count"] == 3  # of the four of the base
        assert reports["renderer"] == "categorizedSymbol"
        assert reports["values"][:-1] == [symbol.code for symbol in STATUSES]
        assert reports["first"].startswith("Point (3 46.5")  # longitude first, as QGIS draws
        assert seen["layers"]["Parcelles"]["count"] == 3
        assert all(layer["valid"] for layer in seen["layers"].values()), seen["layers"]

    def test_the_plan_of_the_cadastre_is_there_in_tiles_too(self, town, opened):
        seen = opened(reverse("qgis-project"), "geo_lhi.qgz")["layers"]
        tiled = {name: layer for name, layer in seen.items() if "drawn" in layer}
        assert set(tiled) == {"Parcelles (tuiles)", "Bâtiments (tuiles)", "Adresses (tuiles)"}
        assert all(layer["valid"] and layer["styles"] for layer in tiled.values())
        assert any(base64.b64decode(tiled["Parcelles (tuiles)"]["drawn"]))

    @pytest.mark.parametrize(("way", "title"), [("ogc", " (OGC API)"), ("tuiles", " (tuiles)")])
    def test_a_definition_by_each_service_opens(self, town, opened, way, title):
        url = f"{reverse('qgis-layer', args=['signalements'])}?par={way}"
        seen = opened(url, "signalements.qlr")["layers"][f"Signalements{title}"]
        if way == "ogc":
            assert (seen["count"], seen["provider"]) == (3, "OAPIF")
            assert seen["values"][:-1] == [symbol.code for symbol in STATUSES]
            assert seen["first"].startswith("Point (3 46.5")
        else:
            assert seen["styles"] == [*(symbol.label for symbol in STATUSES), "Signalements"]
            assert any(base64.b64decode(seen["drawn"]))

    def test_a_layer_of_several_pages_is_whole(self, town, opened, monkeypatch):
        monkeypatch.setattr(LayersWFS, "max_page_size", 2)
        seen = opened(reverse("qgis-layer", args=["signalements"]), "signalements.qlr")
        assert seen["layers"]["Signalements"]["count"] == 3

    def test_the_layers_of_analyses_have_their_classes(self, town, opened):
        """Their field may hold any shape: QGIS drew them in a colour drawn by lot."""
        run_of_town(town)
        seen = opened(reverse("qgis-project"), "geo_lhi.qgz")["layers"][
            "Analyse : Taux de logements signalés"
        ]
        assert (seen["count"], seen["renderer"]) == (1, "categorizedSymbol")
        assert seen["values"][:-1] == list(LAYERS["analyse_taux"].style.classes)

    def test_the_definition_of_a_run_shows_this_run(self, town, opened):
        older, newest = run_of_town(town), run_of_town(town)
        for run in (older, newest):
            url = f"{reverse('qgis-layer', args=['analyse_taux'])}?analyse={run.pk}"
            seen = opened(url, f"analyse_{run.pk}.qlr")["layers"]
            seen = seen[f"Analyse : Taux de logements signalés (n° {run.pk})"]
            assert (seen["count"], seen["renderer"]) == (1, "categorizedSymbol")
            assert seen["runs"] == [run.pk]

    def test_a_layer_definition_opens_alone(self, town, opened):
        seen = opened(reverse("qgis-layer", args=["parcelles"]), "parcelles.qlr")
        assert seen["layers"]["Parcelles"]["count"] == 3

    def test_a_geopackage_opens_styled(self, town, administrator_client, tmp_path):
        form = {"couche": ["signalements", "parcelles", "batiments"], "format": "gpkg", "projection": "2154"}
        path = tmp_path / "couches.gpkg"
        path.write_bytes(body(administrator_client.post(reverse("export-ask"), form)))
        layers = see(READER, tmp_path, path, AUTHCFG, "ici", "sans objet")["layers"]
        assert {layer["crs"] for layer in layers.values()} == {"EPSG:2154"}
        assert (layers["signalements"]["count"], layers["parcelles"]["count"]) == (4, 3)
        assert layers["signalements"]["values"][:-1] == [symbol.code for symbol in STATUSES]
        assert layers["batiments"]["colour"] == STYLES["batiments"].fill


VALIDATOR = Path("/usr/lib/python3/dist-packages/osgeo_utils/samples/validate_gpkg.py")


@pytest.mark.clients
@pytest.mark.django_db
@pytest.mark.skipif(not VALIDATOR.exists(), reason="python3-gdal n’est pas installé")
def test_the_validator_of_gdal_finds_nothing_wrong_with_a_geopackage(town, administrator_client, tmp_path):
    form = {"couche": list(LAYERS), "format": "gpkg", "projection": "2154"}
    path = tmp_path / "couches.gpkg"
    path.write_bytes(body(administrator_client.post(reverse("export-ask"), form)))
    done = subprocess.run(
        [SYSTEM_PYTHON, VALIDATOR, path], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.django_db
class TestWithoutQgis:
    """What the files say."""

    def test_a_project_holds_the_layers_of_its_reader_and_no_secret(
        self, town, partner_client, signed_in, user_without_partner
    ):
        def layers_of(client) -> set[str]:
            content = body(client.get(reverse("qgis-project")))
            with ZipFile(BytesIO(content)) as archive:
                root = ET.fromstring(archive.read("geo_lhi.qgs"))
            sources = [node.text for node in root.iter("datasource")]
            assert all(f"authcfg={AUTHCFG}" in source and "password" not in source for source in sources)
            return {node.findtext("id") for node in root.iter("maplayer")}

        tiled = {f"{layer}_tuiles" for layer in ("parcelles", "batiments", "adresses")}
        assert layers_of(partner_client) == set(LAYERS) | tiled
        without = layers_of(signed_in(user_without_partner))
        assert "parcelles" in without
        assert not without & {"signalements", "arretes", "iris_taux"}
        missing = signed_in(user_without_partner).get(reverse("qgis-layer", args=["signalements"]))
        assert missing.status_code == 404


@pytest.mark.parametrize(
    ("query", "said"),
    [("par=lune", "par inconnu"), ("analyse=x", "nombre entier")],
)
def test_a_definition_that_cannot_be_is_refused_in_french(partner_client, town, query, said):
    response = partner_client.get(f"{reverse('qgis-layer', args=['analyse_taux'])}?{query}")
    assert response.status_code == 400
    assert said in response.json()["detail"]
