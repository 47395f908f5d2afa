"""Each service gives the newest run of a method; whoever names another that they may read gets it."""

import json
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from django.urls import reverse

from layers.registry import LAYERS
from tests.factories import AnalysisResultFactory, IrisFactory, TauxRunFactory, point
from tests.mvt import decode, tile_at
from tests.ogc.wfs import ask, body, collection, get_feature, send

ITEMS = "/ogc/collections/analyse_taux/items"
FES = "http://www.opengis.net/fes/2.0"


@pytest.fixture
def runs(commune, other_commune):
    """Keep two runs of the whole base, and one of somebody else; a row of each in the partner's IRIS or theirs."""
    iris, other = IrisFactory(commune=commune).code, IrisFactory(commune=other_commune).code
    older, newest = TauxRunFactory(), TauxRunFactory()
    foreign = TauxRunFactory(everything=False, communes=[other_commune.code])
    for run, code in ((older, iris), (older, other), (newest, iris), (foreign, other)):
        AnalysisResultFactory(run=run, unit_code=code, figures={"rate": float(run.pk)})
    return {"older": older.pk, "newest": newest.pk, "foreign": foreign.pk}


def of_ogc(client, **query) -> list[int]:
    response = client.get(ITEMS, query)
    assert response.status_code == 200, response.content
    return [found["properties"]["analyse"] for found in json.loads(body(response))["features"]]


def equal(name: str, value: object) -> str:
    return (
        f'<Filter xmlns="{FES}"><PropertyIsEqualTo><ValueReference>{name}</ValueReference>'
        f"<Literal>{value}</Literal></PropertyIsEqualTo></Filter>"
    )


def of_wfs(client, **query) -> list[int]:
    answer = ask(client, "GetFeature", typenames="analyse_taux", outputformat="geojson", **query)
    return [found["properties"]["analyse"] for found in collection(answer)["features"]]


def test_without_a_condition_the_newest_is_given(partner_client, runs):
    assert of_ogc(partner_client) == of_wfs(partner_client) == [runs["newest"]]
    assert of_ogc(partner_client, filter="rate > 0") == [runs["newest"]]
    assert of_wfs(partner_client, filter=equal("rate", runs["older"])) == []


@pytest.mark.parametrize("one", ["older", "newest"])
def test_a_run_is_chosen_by_its_number(partner_client, runs, one):
    number = runs[one]
    as_json = json.dumps({"op": "=", "args": [{"property": "analyse"}, number]})
    assert of_ogc(partner_client, analyse=number) == [number]
    assert of_ogc(partner_client, filter=f"rate > 0 AND analyse = {number}") == [number]
    assert of_ogc(partner_client, **{"filter": as_json, "filter-lang": "cql2-json"}) == [number]
    assert of_wfs(partner_client, filter=equal("analyse", number)) == [number]
    assert of_wfs(partner_client, filter=equal("geolhi:analyse", number)) == [number]
    document = get_feature(
        f"<fes:Filter><fes:PropertyIsEqualTo><fes:ValueReference>analyse</fes:ValueReference>"
        f"<fes:Literal>{number}</fes:Literal></fes:PropertyIsEqualTo></fes:Filter>",
        layer="analyse_taux",
        outputFormat="geojson",
    )
    found = collection(send(partner_client, document))["features"]
    assert [feature["properties"]["analyse"] for feature in found] == [number]


def of_tiles(client, **query) -> list[int]:
    z, x, y = tile_at(14, point(5, 5)).split("/")
    answer = client.get(f"/tiles/analyse_taux/{z}/{x}/{y}.mvt", query)
    assert answer.status_code in (200, 204), answer.content
    return [found["analyse"] for found in decode(answer.content)["analyse_taux"]] if answer.content else []


def test_tiles_give_the_newest_or_the_one_that_is_asked(partner_client, runs):
    assert of_tiles(partner_client) == [runs["newest"]]
    assert of_tiles(partner_client, analyse=runs["older"]) == [runs["older"]]
    assert of_tiles(partner_client, analyse=runs["foreign"]) == of_tiles(partner_client, analyse=10**6) == []
    refused = partner_client.get("/tiles/analyse_taux/0/0/0.mvt", {"analyse": "x"})
    assert refused.status_code == 400
    assert "nombre entier" in refused.json()["detail"]
    described = partner_client.get("/tiles/analyse_taux.json", {"analyse": runs["older"]}).json()
    assert described["tiles"][0].endswith(f".mvt?analyse={runs['older']}")


def test_a_definition_for_qgis_names_the_run_by_each_service(partner_client, runs):
    for way in ("wfs", "ogc", "tuiles"):
        query = {"par": way, "analyse": runs["older"]}
        definition = body(partner_client.get(reverse("qgis-layer", args=["analyse_taux"]), query))
        [source] = [node.text for node in ElementTree.fromstring(definition).iter("datasource")]
        assert re.search(rf'analyse"? ?= ?{runs["older"]}\b', unquote(source)), source


def test_to_show_or_sort_by_the_number_is_not_to_choose(partner_client, runs):
    assert of_wfs(partner_client, sortby="analyse") == [runs["newest"]]
    assert of_wfs(partner_client, propertyname="analyse") == [runs["newest"]]


def test_the_run_of_somebody_else_is_as_one_that_is_missing(partner_client, runs):
    for number in (runs["foreign"], 10**6):
        assert of_ogc(partner_client, analyse=number) == []
        assert of_wfs(partner_client, filter=equal("analyse", number)) == []


def test_a_row_of_an_older_run_is_found_by_its_identifier(partner_client, runs):
    [row] = json.loads(body(partner_client.get(ITEMS, {"analyse": runs["older"]})))["features"]
    assert partner_client.get(f"{ITEMS}/{row['id']}").status_code == 200
    assert of_wfs_by_id(partner_client, row["id"]) == [runs["older"]]
    page = partner_client.get(ITEMS, {"analyse": runs["older"], "f": "html"}).content.decode()
    assert f'href="{ITEMS}/{row["id"]}?f=html"' in page


def of_wfs_by_id(client, pk: int) -> list[int]:
    answer = ask(client, "GetFeature", resourceid=f"analyse_taux.{pk}", outputformat="geojson")
    return [found["properties"]["analyse"] for found in collection(answer)["features"]]


def test_the_page_of_the_collection_leads_to_each_run_that_its_reader_may_read(partner_client, runs):
    page = partner_client.get("/ogc/collections/analyse_taux?f=html").content.decode()
    listed = re.findall(r"f=html&amp;analyse=(\d+)", page)
    assert listed == [str(runs["newest"]), str(runs["older"])]
    assert ", par IRIS, " in page
    assert "<h2>Analyses</h2>" not in partner_client.get("/ogc/collections/communes?f=html").content.decode()


def test_a_page_says_a_class_in_words(partner_client, commune):
    AnalysisResultFactory(unit_code=IrisFactory(commune=commune).code, category="au_dessus")
    page = partner_client.get(f"{ITEMS}?f=html").content.decode()
    assert f"<td>{LAYERS['analyse_taux'].style.classes['au_dessus'][1]}</td>" in page
    assert "au_dessus" not in page
