"""``fetch_territory`` brings a territory from its producers to the layers; what is missing is told."""

import gzip
import io
import json
from datetime import date
from functools import partial

import pytest
from django.core.management import CommandError, call_command

from cadastre_import.fetching.web import Web
from cadastre_import.management.commands import fetch_territory
from layers.models import (
    Address,
    Batiment,
    Commune,
    Epci,
    ImportRun,
    Indicator,
    Iris,
    Parcelle,
    Section,
)
from tests.cadastre_import.fetching import official_layout as layout
from tests.cadastre_import.fetching.official_server import cut_after, instead, status
from tests.cadastre_import.official_files import parcelle, polygon
from tests.factories import CommuneFactory, EpciFactory

pytestmark = pytest.mark.django_db

HERE, THERE, SIREN = "60999", "60998", "200099999"
LAYERS = ("communes", "sections", "parcelles", "batiments")


def packed_features(*features: dict) -> bytes:
    lines = ",\n".join(json.dumps(feature, separators=(",", ":")) for feature in features)
    return gzip.compress(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'.encode(), mtime=0)


def feature(x: float, side: float, **properties) -> dict:
    return {"type": "Feature", "geometry": polygon(x, 0, side), "properties": properties}


def cadastre(code: str, x: float) -> dict[str, bytes]:
    """Give the four files of a commune: a square of 1 km, a section, three parcelles, two buildings."""
    idus = [f"{code}000AB{number:04d}" for number in (1, 2, 3)]
    content = {
        "communes": [feature(x, 1000, id=code, nom=f"COMMUNE {code}")],
        "sections": [feature(x, 500, id=f"{code}000AB", commune=code, prefixe="000", code="AB")],
        "parcelles": [parcelle(idu, polygon(x + 20 * n, 0, 15)) for n, idu in enumerate(idus)],
        "batiments": [feature(x + 20 * n, 10, commune=code, type="01", nom="") for n in range(2)],
    }
    return {layout.cadastre_path(code, layer): packed_features(*content[layer]) for layer in LAYERS}


def ban(departement: str, *codes: str) -> dict[str, bytes]:
    """Give a département file: two addresses a commune, and those of a commune nobody asks for."""
    lines = ["id;numero;rep;nom_voie;code_postal;code_insee;nom_commune;lon;lat;cad_parcelles"]
    for code in (*codes, "60001"):
        lines += [f"{code}_0010_{n:05d};{n};;Rue du Moulin;60999;{code};Ici;3.0;46.5;" for n in (1, 2)]
    return {layout.ban_path(departement): gzip.compress("\n".join(lines).encode(), mtime=0)}


def iris(code: str, x: float) -> dict[str, bytes]:
    properties = {"code_insee": code, "code_iris": f"{code}0000", "nom_iris": "Ici", "type_iris": "Z"}
    return {layout.iris_path(code): layout.iris_answer([feature(x, 1000, **properties)])}


def cog() -> dict[str, bytes]:
    communes = [
        {
            "code": code,
            "nom": f"Commune {code}",
            "type": "commune-actuelle",
            "codesPostaux": ["60999"],
            "population": 900,
            "departement": "60",
        }
        for code in (HERE, THERE)
    ]
    epci = {"code": SIREN, "nom": "CC d’Ici", "type": "CC", "membres": [{"code": HERE}, {"code": THERE}]}
    return layout.geo_answers(communes, [epci])


@pytest.fixture
def producers(official, settings, tmp_path, monkeypatch, waits):
    """Give a server that has everything for two communes, and settings that name it."""
    official.files |= cog() | cadastre(HERE, 0) | cadastre(THERE, 5000)
    official.files |= iris(HERE, 0) | iris(THERE, 5000) | ban("60", HERE, THERE)
    official.files[layout.dwellings_path()] = layout.dwellings_archive(
        {f"{HERE}0000": 400, f"{THERE}0000": 300, "600010000": 200}
    )
    for name, value in layout.settings_of(official.url).items():
        setattr(settings, name, value)
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(fetch_territory, "Web", partial(Web, sleep=waits.append))
    return official


def fetch(*codes: str, **options) -> str:
    """Run the command; give what it wrote."""
    output = io.StringIO()
    call_command("fetch_territory", *codes, stdout=output, verbosity=0, **options)
    return output.getvalue()


def fetch_badly(*codes: str) -> tuple[str, str]:
    """Run the command, which must fail; give what it wrote and the error."""
    output = io.StringIO()
    with pytest.raises(CommandError) as failure:
        call_command("fetch_territory", *codes, stdout=output, verbosity=0)
    return output.getvalue(), str(failure.value)


def counts() -> dict[str, int]:
    """Count the rows of the layers that the command fills."""
    layers = (Commune, Epci, Section, Parcelle, Batiment, Iris, Address, Indicator)
    return {layer.__name__: layer.objects.count() for layer in layers}


def test_a_commune_enters_whole(producers):
    output = fetch(HERE)
    assert counts() == {
        "Commune": 1,
        "Epci": 1,
        "Section": 1,
        "Parcelle": 3,
        "Batiment": 2,
        "Iris": 1,
        "Address": 2,
        "Indicator": 2,
    }
    commune = Commune.objects.get()
    assert (commune.nom, commune.epci_id, commune.population) == (f"Commune {HERE}", SIREN, 900)
    assert commune.geom is not None
    assert set(Parcelle.objects.values_list("millesime", flat=True)) == {date(2025, 10, 1)}
    assert Indicator.objects.get(code="LOG").value == 400.5
    assert "0 rejetés" in output
    assert f"{HERE}/cadastre-{HERE}-parcelles.json.gz" in output


def test_a_second_run_downloads_and_imports_nothing(producers):
    fetch(HERE, THERE)
    runs, before, sent = ImportRun.objects.count(), counts(), producers.sent()
    asked = len(producers.requests)
    output = fetch(HERE, THERE)
    assert producers.sent() == sent
    assert {request.status for request in producers.requests[asked:]} == {304}
    assert (ImportRun.objects.count(), counts()) == (runs, before)
    assert "lus" not in output


def test_a_service_without_validators_imports_nothing_twice(producers):
    """The WFS stamps each answer with the hour: the same IRIS are still the same."""
    fetch(HERE)
    runs = ImportRun.objects.count()
    path = layout.iris_path(HERE)
    producers.files[path] = producers.files[path].replace(b"2026-01-01T00", b"2026-02-02T02")
    assert "iris : fichier déjà importé" in fetch(HERE)
    assert ImportRun.objects.count() == runs


def test_an_epci_brings_its_communes(producers):
    fetch(SIREN)
    assert set(Commune.objects.values_list("code", "epci_id")) == {(HERE, SIREN), (THERE, SIREN)}
    assert counts()["Parcelle"] == 6
    assert len(producers.asked(layout.ban_path("60"))) == 1


def test_an_epci_that_only_the_cog_knows_brings_its_communes(producers):
    ept = EpciFactory(code="200057875", type="EPT")
    CommuneFactory(code=HERE, epci=ept)
    fetch(ept.code)
    assert set(Parcelle.objects.values_list("commune_id", flat=True)) == {HERE}
    assert Commune.objects.get(code=HERE).epci_id == ept.code


def test_a_commune_of_arrondissements_is_fetched_by_arrondissement(producers):
    _, said = fetch_badly("75056")
    assert "75056" in said
    asked = [request.path for request in producers.requests if request.path.startswith(layout.CADASTRE)]
    assert sum("-communes.json.gz" in path for path in asked) == 20


def test_a_missing_file_is_told_and_the_rest_enters(producers):
    del producers.files[layout.cadastre_path(HERE, "batiments")]
    output = fetch(HERE)
    assert f"batiments {HERE} : absent chez le producteur" in output
    assert counts()["Parcelle"] == 3
    assert counts()["Batiment"] == 0
    assert counts()["Address"] == 2


def test_without_the_cog_the_cadastre_names_the_commune(producers):
    for path in cog():
        producers.faults[path] = [status(503)] * 10
    output, said = fetch_badly(HERE)
    assert "communes" in said
    assert Commune.objects.get().nom == f"COMMUNE {HERE}"
    assert counts()["Address"] == 2
    assert "ÉCHEC" in output


def test_a_commune_that_nothing_names_waits(producers):
    del producers.files[layout.cadastre_path(HERE, "communes")]
    for path in cog():
        del producers.files[path]
    output, said = fetch_badly(HERE)
    assert "aucun fichier" in said
    assert "ni son nom ni son contour" in output
    assert counts()["Parcelle"] == 0


def test_a_bad_file_costs_only_itself(producers):
    producers.faults[layout.cadastre_path(HERE, "parcelles")] = [instead(b"<html>Maintenance</html>")]
    producers.faults[layout.cadastre_path(HERE, "sections")] = [cut_after(40)]
    output, said = fetch_badly(HERE)
    assert "parcelles" in said
    assert "page web" in output
    assert (counts()["Parcelle"], counts()["Section"], counts()["Batiment"]) == (0, 1, 2)
    fetch(HERE)
    assert counts()["Parcelle"] == 3


def test_rejects_of_a_file_are_counted_and_do_not_stop_it(producers):
    path = layout.cadastre_path(HERE, "parcelles")
    good, bad = parcelle(f"{HERE}000AB0001"), parcelle(f"{HERE}000AB0002")
    bad["properties"]["id"] = "illisible"
    producers.files[path] = packed_features(good, bad)
    assert "parcelles : 2 lus, 1 ajoutés, 0 modifiés, 1 rejetés" in fetch(HERE)


def test_a_commune_without_address_is_told(producers):
    producers.files |= ban("60", THERE)
    output = fetch(HERE)
    assert f"ban {HERE} : rien sur cette commune" in output
    assert counts()["Address"] == 0


def test_new_addresses_elsewhere_in_the_departement_import_nothing(producers):
    fetch(HERE)
    producers.files |= ban("60", HERE)
    assert "ban : fichier déjà importé" in fetch(HERE)


def test_iris_that_do_not_come_are_to_be_fetched_by_hand(producers):
    del producers.files[layout.iris_path(HERE)]
    del producers.files[layout.dwellings_path()]
    output = fetch(HERE)
    assert "import_source iris" in output
    assert "import_source logement" in output
    assert "import_source qpv" in output


def test_what_came_is_not_asked_for_by_hand(producers):
    output = fetch(HERE)
    assert "import_source iris" not in output
    assert "import_source logement" not in output
    assert "import_source rnb" in output


def test_a_dated_edition_of_the_cadastre_gives_its_date(producers):
    for layer in LAYERS:
        latest = producers.files[layout.cadastre_path(HERE, layer)]
        producers.files[layout.cadastre_path(HERE, layer, "2024-07-01")] = latest
    fetch(HERE, edition="2024-07-01")
    assert set(Parcelle.objects.values_list("millesime", flat=True)) == {date(2024, 7, 1)}


@pytest.mark.parametrize("code", ["Bondy", "9301", "00000", "../93010", "93010;"])
def test_a_code_of_a_wrong_form_asks_nothing(producers, code):
    _, said = fetch_badly(code)
    assert "ni un code Insee" in said
    assert producers.requests == []


def test_an_unknown_epci_is_told(producers):
    _, said = fetch_badly("123456789")
    assert "EPCI 123456789 inconnu" in said


def test_a_second_run_at_the_same_time_is_refused(producers, settings):
    from cadastre_import.fetching.territory import _alone

    with _alone(settings.VAR_DIR / "territoires"):
        _, said = fetch_badly(HERE)
    assert "un autre téléchargement est en cours" in said
    assert producers.requests == []
