"""The acts of Marseille, from the file as the city publishes it."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import F

from cadastre_import.geocoding.orders import geocode_arretes
from cadastre_import.pipeline import run_import
from cadastre_import.readers.delimited import read_csv
from cadastre_import.sources import SOURCES
from layers.models import Arrete, ImportReject
from tests.cadastre_import.official_files import write_csv
from tests.factories import AddressFactory, CommuneFactory, VoieFactory, point

SOURCE = SOURCES["arretes-marseille"]
FILE = Path(settings.REAL_DATA_DIR) / "marseille" / "processed_mrs-arretes-de-peril-2021-08-05.csv"
pytestmark = pytest.mark.django_db
real = pytest.mark.skipif(not FILE.is_file(), reason=f"le fichier réel n’est pas là : {FILE}")
Type = Arrete.Type


def act(classe: str, nom_doc: str, day: str, adresse: str = "1 rue d’Ici", **values: str) -> dict[str, str]:
    return {
        "classe": classe,
        "arrondissement": "1er arrondissement",
        "item": f"{adresse} : {nom_doc}",
        "nom_doc": nom_doc,
        "url": "",
        "adresse": adresse,
        "code_postal": "13001",
        "date_link": day,
    } | values


def orders() -> list[Arrete]:
    return list(Arrete.objects.unscoped("le test").order_by("taken_on", "type"))


@real
def test_the_file_of_the_city_whole():
    """1 393 rows: each is an order, an act written on the order that it lifts, or a listed reject."""
    commune = CommuneFactory(code="13055", geom=None)
    report = run_import(SOURCE, FILE)
    kept = Arrete.objects.unscoped("le test").filter(commune=commune)
    lifted = kept.exclude(mainlevee_on=None).count()
    partly = kept.exclude(mainlevee_partielle_on=None).count()
    reasons = Counter(reason.split(" (")[0].split("de la ligne")[0] for _, reason, _ in report.rejects)
    acts_that_lift = report.read - report.added - len(report.rejects)
    print(
        f"\nMarseille : {report.read} lignes ; {report.added} arrêtés, dont {lifted} levés et {partly} levés en "
        f"partie par {acts_that_lift} actes ; {len(report.rejects)} rejets : {dict(reasons)}"
    )
    print(dict(Counter(kept.values_list("type", flat=True))))
    assert report.read == 1393 == len(list(read_csv(FILE, required=()).rows))
    assert kept.count() == report.added
    assert ImportReject.objects.count() == len(report.rejects)
    assert (report.added, acts_that_lift, len(report.rejects)) == (1041, 251, 101)
    assert reasons["date_link : valeur absente"] == 9
    assert lifted > 200
    assert not kept.filter(mainlevee_on__lte=F("taken_on")).exists()
    again = run_import(SOURCE, FILE, force=True)
    assert (again.added, again.changed, again.closed) == (0, 0, 0)
    assert kept.exclude(mainlevee_on=None).count() == lifted


def test_a_mainlevee_lifts_what_its_title_names_and_nothing_taken_later(tmp_path):
    rows = [
        act("Arrêtés de péril imminent", "Arrêté de péril imminent du 01/02/2019", "01/02/2019"),
        act("Arrêtés d'interdiction d'occuper", "Interdiction d'occuper du 01/02/2019", "01/02/2019"),
        act("Arrêtés de mainlevée partielle", "Main levée partielle du 01/03/2019", "01/03/2019"),
        act("Arrêtés de mainlevée", "Main levée de péril imminent du 01/04/2019", "01/04/2019"),
        act("Arrêtés de péril ordinaire", "Arrêté de péril ordinaire du 01/05/2019", "01/05/2019"),
        act("Abrogations", "Abrogation de l'interdiction d'occuper du 01/06/2019", "01/06/2019"),
        act("Arrêtés de mainlevée", "Main levée du 01/06/2019", "01/06/2019", adresse="3 rue d’Ici"),
    ]
    report = run_import(SOURCE, write_csv(tmp_path / "mrs-arretes.csv", rows))
    assert [(line, reason[:22]) for line, reason, _ in report.rejects] == [(8, "aucun arrêté antérieur")]
    partly = date(2019, 3, 1)
    assert [(a.type, a.mainlevee_on, a.mainlevee_partielle_on) for a in orders()] == [
        (Type.INTERDICTION_D_OCCUPER, date(2019, 6, 1), partly),
        (Type.MISE_EN_SECURITE_PROCEDURE_URGENTE, date(2019, 4, 1), partly),
        (Type.MISE_EN_SECURITE, None, None),
    ]


def test_the_next_file_of_the_city_may_take_back_a_mainlevee(tmp_path):
    peril = act("Arrêtés de péril imminent", "Arrêté de péril imminent du 01/02/2019", "01/02/2019")
    lifted = act("Arrêtés de mainlevée", "Main levée du 01/04/2019", "01/04/2019")
    run_import(SOURCE, write_csv(tmp_path / "mrs-arretes-1.csv", [peril, lifted]))
    assert orders()[0].mainlevee_on == date(2019, 4, 1)
    report = run_import(SOURCE, write_csv(tmp_path / "mrs-arretes-2.csv", [peril]))
    assert (report.added, report.changed) == (0, 0)
    assert orders()[0].mainlevee_on is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"date_link": ""}, "date_link : valeur absente"),
        ({"date_link": "026/11/2019"}, "date impossible"),
        ({"classe": "Délibérations"}, "n’est pas une classe d’actes connue"),
        ({"code_postal": "75011"}, "code_postal : code invalide"),
        ({"adresse": ""}, "adresse : valeur absente"),
    ],
)
def test_what_cannot_be_an_act_is_refused_with_its_reason(tmp_path, changed, said):
    peril = act("Arrêtés de péril imminent", "Arrêté de péril imminent du 01/02/2019", "01/02/2019")
    rows = [peril, peril | {"adresse": "9 rue d’Ici"} | changed]
    report = run_import(SOURCE, write_csv(tmp_path / "mrs-arretes.csv", rows))
    assert [line for line, reason, _ in report.rejects if said in reason] == [3]
    assert len(orders()) == 1


def test_only_a_house_number_that_is_believed_puts_an_order_on_the_map(tmp_path):
    city, first = (
        CommuneFactory(code="13055", geom=None),
        CommuneFactory(code="13201", codes_postaux=["13001"]),
    )
    street = VoieFactory(commune=first, nom="Rue d’Aubagne", norm="rue aubagne", code_postal="13001")
    address = AddressFactory(voie=street, commune=first, numero=55, code_postal="13001", geom=point(3, 4))
    rows = [
        act("Arrêtés de péril imminent", "Arrêté du 01/02/2019", "01/02/2019", adresse="55 rue d'Aubagne"),
        act("Arrêtés de péril imminent", "Arrêté du 02/02/2019", "02/02/2019", adresse="Rue d'Aubagne"),
        act("Arrêtés de péril imminent", "Arrêté du 03/02/2019", "03/02/2019", adresse="7 allée Inconnue"),
    ]
    run_import(SOURCE, write_csv(tmp_path / "mrs-arretes.csv", rows))
    report = geocode_arretes()
    assert (report.asked, report.placed) == (3, 1)
    assert str(report).startswith("1 arrêtés placés à leur adresse sur 3")
    placed, *others = orders()
    assert (placed.ban_id, placed.geom.coords, placed.commune) == (address.pk, address.geom.coords, city)
    assert [(a.geom, a.ban_id, a.commune) for a in others] == [(None, "", city)] * 2
    assert geocode_arretes().asked == 2
