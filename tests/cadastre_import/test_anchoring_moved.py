"""Only what moved: which reports a change of their own, or of a place, has anchored again; what they declare."""

import pytest
from django.db import connection

from cadastre_import.anchoring import anchor_signalements
from cadastre_import.pipeline import run_import
from cadastre_import.sources.signal_logement import SOURCE
from layers.models import (
    Address,
    AddressParcelle,
    Anchor,
    AnchoringRun,
    Batiment,
    BatimentAddress,
    Geocoding,
    ImportRun,
    Iris,
    Parcelle,
    Signalement,
    Zone,
)
from tests.cadastre_import.anchoring_street import CODE, LEFT, RIGHT, address, links, report
from tests.factories import (
    AddressParcelleFactory,
    BatimentAddressFactory,
    BatimentFactory,
    CommuneFactory,
    IrisFactory,
    NumeroCadastralFactory,
    ParcelleFactory,
    VoieFactory,
    ZoneFactory,
    point,
    rectangle,
    square,
)

FAR = 500


@pytest.fixture
def town():
    """Two reports far apart, each on a parcelle with a building, at an address, in an IRIS and a perimeter."""
    commune = CommuneFactory(code=CODE, geom=square(-100, -100, 2000))
    voie = VoieFactory(commune=commune, code=f"{CODE}_0001", nom="Rue Neuve")
    for x, idu in ((0, LEFT), (FAR, RIGHT)):
        ParcelleFactory(commune=commune, idu=idu, geom=square(x, 0, 10))
        BatimentFactory(commune=commune, code=f"B{x}", geom=square(x + 2, 2, 5))
        IrisFactory(commune=commune, code=f"{CODE}0{x:03}", geom=rectangle(x - 100, -100, 300, 300))
        ZoneFactory(code=f"Z{x}", geom=square(x, -50, 100))
        named = address(voie, x + 1, x + 5, -2)
        AddressParcelleFactory(address=named, idu=idu)
        BatimentAddressFactory(batiment_id=f"B{x}", ban_id=named.ban_id)
        report(x + 5, -2, found=named.ban_id, reference=f"at {x}")


def anchored():
    """Give the references of the reports that the next anchoring takes; the rest keep the instant of theirs."""
    before = dict(Signalement.objects.unscoped("test").values_list("reference", "anchored_at"))
    outcome = anchor_signalements()
    after = dict(Signalement.objects.unscoped("test").values_list("reference", "anchored_at"))
    found = {reference for reference, at in after.items() if at != before[reference]}
    assert outcome.reports == len(found)
    assert AnchoringRun.objects.latest("pk").reports == len(found)
    return found


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def move_report():
    reports = Signalement.objects.unscoped("test").filter(reference="at 0")
    reports.update(geom=point(6, 5))


def geocode_again():
    Geocoding.objects.filter(signalement__reference="at 0").update(score=0.8)


def forget_geocoding():
    Geocoding.objects.filter(signalement__reference="at 0").delete()


def declare():
    Signalement.objects.unscoped("test").filter(reference="at 0").update(declared_idu=RIGHT)


CHANGES = {
    "the report was moved": move_report,
    "it was geocoded again": geocode_again,
    "its geocoding was forgotten": forget_geocoding,
    "it names a parcelle": declare,
    "its parcelle has another shape": lambda: Parcelle.objects.filter(idu=LEFT).update(geom=square(0, 0, 9)),
    "its parcelle went elsewhere": lambda: Parcelle.objects.filter(idu=LEFT).update(geom=square(300, 300, 9)),
    "its parcelle left the cadastre": lambda: Parcelle.objects.filter(idu=LEFT).update(
        closed_on="2026-06-01"
    ),
    "a parcelle appeared 12 m away": lambda: ParcelleFactory(commune_id=CODE, geom=square(17, 0, 10)),
    "a building was raised on its parcelle": lambda: BatimentFactory(commune_id=CODE, geom=square(8, 8, 1)),
    "its building left": lambda: Batiment.objects.filter(code="B0").update(closed_on="2026-06-01"),
    "its address moved": lambda: Address.objects.filter(numero=1).update(geom=point(6, -2)),
    "an address appeared near it": lambda: address(VoieFactory(commune_id=CODE), 7, 5, 20),
    "the parcelles of its address": lambda: AddressParcelleFactory(
        address=Address.objects.get(numero=1), idu="010010000A9999"
    ),
    "its address has no parcelle any more": lambda: AddressParcelle.objects.filter(idu=LEFT).delete(),
    "the plan cadastral gives its number": lambda: NumeroCadastralFactory(
        numero=1, idu=RIGHT, geom=point(5, -4)
    ),
    "the RNB no longer links its address": lambda: BatimentAddress.objects.filter(batiment="B0").delete(),
    "its IRIS has another outline": lambda: Iris.objects.filter(code=f"{CODE}0000").update(
        geom=square(-100, -100, 250)
    ),
    "a perimeter was drawn around it": lambda: ZoneFactory(geom=square(0, -5, 20)),
    "its perimeter was redrawn": lambda: Zone.objects.filter(code="Z0").update(geom=square(0, -50, 90)),
    "its perimeter was deleted": lambda: Zone.objects.filter(code="Z0").delete(),
    "someone wrote in SQL": lambda: execute(
        f"UPDATE layers_parcelle SET contenance = 7 WHERE idu = '{LEFT}'"
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_anchors_again_the_reports_it_concerns_and_no_other(town, change):
    assert anchored() == {"at 0", f"at {FAR}"}
    assert anchored() == set()
    change()
    assert anchored() == {"at 0"}
    assert anchored() == set()
    links_then = sorted(Anchor.objects.values_list("signalement", "kind", "place_code", "method", "score"))
    outcome = anchor_signalements(everything=True)
    assert (outcome.reports, outcome.written, outcome.removed) == (2, 0, 0), "nothing had been forgotten"
    assert links_then == sorted(
        Anchor.objects.values_list("signalement", "kind", "place_code", "method", "score")
    )


@pytest.mark.django_db(transaction=True)
def test_a_change_far_from_every_report_anchors_nothing(town):
    anchored()
    ParcelleFactory(commune_id=CODE, geom=square(250, 250, 10))
    assert anchored() == set()


@pytest.mark.django_db(transaction=True)
def test_what_a_report_says_of_its_dwelling_does_not_anchor_it_again(town):
    anchored()
    Signalement.objects.unscoped("test").update(status="CLOSED", etage="2")
    assert anchored() == set()


@pytest.mark.django_db(transaction=True)
def test_a_street_that_gets_a_number_outside_its_iris_loses_it(town):
    voie = VoieFactory(commune_id=CODE, code=f"{CODE}_0002")
    address(voie, 1, 50, 50)
    along = report(50, 50, "voie", found=voie.code, kind="street", reference="along")
    anchored()
    assert [code for code, *_ in links(along, "iris")] == [f"{CODE}0000"]
    address(voie, 9, FAR + 50, 50)
    assert "along" in anchored()
    assert links(along, "iris") == []


@pytest.mark.django_db
def test_named_reports_do_not_count_as_an_anchoring_of_all(town):
    one = Signalement.objects.unscoped("test").get(reference="at 0")
    assert anchor_signalements([one.pk]).reports == 1
    assert not AnchoringRun.objects.exists()


@pytest.mark.django_db
def test_a_declared_parcelle_beats_the_address_and_the_point(town):
    Signalement.objects.unscoped("test").filter(reference="at 0").update(declared_idu=RIGHT)
    anchor_signalements()
    found = Signalement.objects.unscoped("test").get(reference="at 0")
    assert links(found, "parcelle") == [(RIGHT, "declared", pytest.approx(495, rel=2e-3), True)]
    assert [code for code, *_ in links(found, "batiment")] == [f"B{FAR}"]
    assert [code for code, *_ in links(found, "iris")] == [f"{CODE}0000"], "the point still says the IRIS"


@pytest.mark.django_db
def test_a_declared_parcelle_places_a_report_known_to_its_commune_only(town):
    found = report(1500, 1500, "commune", declared_idu=RIGHT)
    anchor_signalements()
    assert [code for code, *_ in links(found, "parcelle")] == [RIGHT]
    assert [code for code, *_ in links(found, "batiment")] == [f"B{FAR}"]
    assert [code for code, *_ in links(found, "iris")] == [f"{CODE}0{FAR}"]
    assert [code for code, *_ in links(found, "zone")] == [f"Z{FAR}"]
    assert links(found, "address") == [], "a parcelle does not say which of its doors"


@pytest.mark.django_db
@pytest.mark.parametrize("gone", ["unknown", "closed"])
def test_a_declared_parcelle_that_the_cadastre_no_longer_has_gives_way(town, gone):
    idu = f"{CODE}000AA0009"
    if gone == "closed":
        ParcelleFactory(commune_id=CODE, idu=idu, geom=square(FAR, 0, 10), closed_on="2026-01-01")
    Signalement.objects.unscoped("test").filter(reference="at 0").update(declared_idu=idu)
    anchor_signalements()
    found = Signalement.objects.unscoped("test").get(reference="at 0")
    assert [(code, method) for code, method, *_ in links(found, "parcelle")] == [(LEFT, "cad_parcelles")]


@pytest.mark.django_db
def test_a_declared_iris_beats_the_point(town):
    Signalement.objects.unscoped("test").filter(reference="at 0").update(declared_iris=f"{CODE}0{FAR}")
    anchor_signalements()
    found = Signalement.objects.unscoped("test").get(reference="at 0")
    ((code, method, apart_m, best),) = links(found, "iris")
    assert (code, method, best) == (f"{CODE}0{FAR}", "declared", True)
    assert apart_m == pytest.approx(395, rel=2e-3), "and how far it is is told"


@pytest.mark.django_db
def test_each_link_tells_the_edition_of_its_place(town):
    Parcelle.objects.update(millesime="2026-04-01")
    Batiment.objects.update(millesime="2026-03-01")
    Iris.objects.update(millesime="2025-01-01")
    Address.objects.update(millesime="2026-05-01")
    ImportRun.objects.create(source="communes", status="done", millesime="2024-01-01")
    ImportRun.objects.create(source="communes", status="failed", millesime="2026-01-01")
    anchor_signalements()
    told = {kind: str(day) for kind, day in Anchor.objects.values_list("kind", "millesime")}
    assert told == {
        "parcelle": "2026-04-01",
        "batiment": "2026-03-01",
        "iris": "2025-01-01",
        "address": "2026-05-01",
        "commune": "2024-01-01",
        "zone": "None",
    }


@pytest.mark.django_db
def test_a_file_that_names_the_parcelle_and_the_iris_is_believed(town, tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(
        "Référence;Déposé le;Statut;Code INSEE;Identifiant parcellaire;Code IRIS\n"
        f"A;15/03/2026;en cours;{CODE};{RIGHT};{CODE}0{FAR}\n"
        f"B;15/03/2026;en cours;{CODE};-;\n"
        f"C;15/03/2026;en cours;{CODE};12 bis;\n"
    )
    assert [reason for _, reason, _ in run_import(SOURCE, path).rejects] == [
        "Identifiant parcellaire : code invalide '12 bis'"
    ]
    anchor_signalements()
    found = Signalement.objects.unscoped("test").get(reference="A")
    assert [(code, method) for code, method, *_ in links(found, "parcelle")] == [(RIGHT, "declared")]
    assert [(code, method) for code, method, *_ in links(found, "iris")] == [(f"{CODE}0{FAR}", "declared")]
    assert links(Signalement.objects.unscoped("test").get(reference="B"), "parcelle") == []
