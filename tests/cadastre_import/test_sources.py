"""What each source keeps of its official file, and what it says of a row it cannot keep."""

from datetime import date

import orjson
import pytest

from cadastre_import.pipeline import run_import
from cadastre_import.readers.delimited import read_csv
from cadastre_import.sources import SOURCES, arretes, source_named
from layers.errors import UnknownSource, UnreadableFile
from layers.models import (
    Address,
    AddressParcelle,
    Arrete,
    Batiment,
    BatimentAddress,
    BatimentParcelle,
    Commune,
    Indicator,
    Iris,
    Signalement,
    Voie,
    Zone,
)
from tests.cadastre_import.official_files import export_row, parcelle, polygon, write_csv, write_features
from tests.factories import BatimentFactory, CommuneFactory, ParcelleFactory
from tests.factories.geometry import point, square

pytestmark = pytest.mark.django_db

FEATURE = {"type": "Feature"}
TEMPLATE = (
    ",,(format dd/mm/aaaa),,,,,,\r\n"
    "date arrêté,classification arrêté,date arrêté main levée,numéro de voie,nom de la voie,code postal,commune,"
    "dénomination syndic,identifiant parcellaire\r\n"
)


@pytest.fixture
def ici():
    return CommuneFactory(code="60999", nom="Ici")


def address(number: int, **values: str) -> dict[str, str]:
    place = point(number, 0)
    return {
        "id": f"60999_0001_{number:05d}",
        "id_fantoir": "",
        "numero": str(number),
        "rep": "",
        "nom_voie": "Rue du Moulin",
        "code_postal": "60999",
        "code_insee": "60999",
        "nom_commune": "Ici",
        "nom_ancienne_commune": "",
        "lon": f"{place.x:.6f}",
        "lat": f"{place.y:.6f}",
        "type_position": "entrée",
        "cad_parcelles": "",
    } | values


def reasons(report) -> list[str]:
    return [reason for _, reason, _ in report.rejects]


def test_the_register_names_what_it_knows():
    assert source_named("ban") is SOURCES["ban"]
    with pytest.raises(UnknownSource, match="parcelles"):
        source_named("cadastre-napoleonien")


def test_cog_keeps_text_codes_and_membership(tmp_path):
    communes = [
        {"code": "01004", "nom": "Ambérieu", "departement": "01", "type": "commune-actuelle",
         "codesPostaux": ["01500"], "population": 15934},
        {"code": "2A004", "nom": "Ajaccio", "departement": "2A", "type": "commune-actuelle"},
        {"code": "01015", "nom": "Déléguée", "departement": "01", "type": "commune-deleguee"},
        {"code": "20004", "nom": "Corse d’avant", "departement": "20", "type": "commune-actuelle"},
    ]  # fmt: skip
    path = tmp_path / "communes.json"
    path.write_bytes(orjson.dumps(communes))
    report = run_import(SOURCES["communes"], path)
    assert set(Commune.objects.values_list("code", flat=True)) == {"01004", "2A004"}
    assert reasons(report) == ["code : code invalide '20004'"]

    epci = [
        {"code": "200054781", "nom": "Métropole", "type": "METRO", "membres": [{"code": "01004"}]},
        {
            "code": "200057875",
            "nom": "Établissement territorial",
            "type": "EPT",
            "membres": [{"code": "01004"}],
        },
    ]
    for order in (epci, epci[::-1]):  # whichever file comes last, the EPT acts
        for row in order:
            path.write_bytes(orjson.dumps([row]))
            run_import(SOURCES["epci"], path, force=True)
        assert Commune.objects.get(pk="01004").epci_id == "200057875"


def test_two_files_of_a_source_without_coverage_are_not_read_again(tmp_path):
    paths = [tmp_path / "epci.json", tmp_path / "ept.json"]
    for n, path in enumerate(paths):
        path.write_bytes(orjson.dumps([{"code": f"20005787{n}", "nom": "EPCI", "type": "CA", "membres": []}]))
        run_import(SOURCES["epci"], path)
    assert all(run_import(SOURCES["epci"], path).already_imported_on for path in paths)
    paths[0].write_bytes(orjson.dumps([{"code": "200057870", "nom": "Renommé", "type": "CA", "membres": []}]))
    assert run_import(SOURCES["epci"], paths[0]).changed == 1


def test_cadastre_outline_keeps_the_name_of_the_cog(tmp_path, ici):
    feature = parcelle("60999") | {"properties": {"id": "60999", "nom": "ICI"}}
    run_import(SOURCES["cadastre-communes"], write_features(tmp_path / "c.json.gz", [feature]))
    ici.refresh_from_db()
    assert (ici.nom, ici.geom is not None) == ("Ici", True)


def test_batiments_have_a_stable_identifier(tmp_path, ici):
    features = [
        {"properties": {"type": "01", "nom": None, "commune": "60999"}, "geometry": polygon(n, 0, 5)} | FEATURE
        for n in (0, 10, 20)
    ]  # fmt: skip
    run_import(SOURCES["batiments"], write_features(tmp_path / "a.json.gz", features))
    report = run_import(SOURCES["batiments"], write_features(tmp_path / "b.json.gz", features[::-1][:2]))
    assert (report.added, report.unchanged, report.closed) == (0, 2, 1)


@pytest.mark.parametrize(
    ("code", "name", "kind"),
    [
        ("code_iris", "nom_iris", "type_iris"),
        ("CODE_IRIS", "NOM_IRIS", "TYP_IRIS"),
        ("DCOMIRIS", "NOM_IRIS", "TYP_IRIS"),
    ],
)
def test_iris_of_each_edition(tmp_path, ici, code, name, kind):
    ici.geom = None
    ici.save()
    features = [
        {"type": "Feature", "properties": {code: f"609990{n}01", name: f"Îlot {n}", kind: "H"},
         "geometry": polygon(100 * n, 0, 100)}
        for n in (1, 2)
    ]  # fmt: skip
    run_import(SOURCES["iris"], write_features(tmp_path / "iris.geojson", features, compress=False))
    assert set(Iris.objects.values_list("code", "nom", "type", "commune_id")) == {
        ("609990101", "Îlot 1", "H", "60999"),
        ("609990201", "Îlot 2", "H", "60999"),
    }
    ici.refresh_from_db()
    assert ici.geom.num_geom == 1, "the commune takes the outline of its IRIS"


def test_ban_makes_streets_addresses_and_declared_links(tmp_path, ici):
    rows = [
        address(1, cad_parcelles="60999000AB0001|60999000AB0002|nimporte"),
        address(2, rep="bis"),
        address(3) | {"id": "60999_0002_99999", "numero": "99999", "nom_voie": "Le Bout du monde"},
        address(4, lon="", lat=""),
        address(5, lon="2.5", lat="482.9"),
        address(6, code_insee="1004"),
    ]
    report = run_import(SOURCES["ban"], write_csv(tmp_path / "adresses-60999.csv", rows))
    assert set(Address.objects.values_list("numero", "rep")) == {(1, ""), (2, "bis")}
    assert set(Voie.objects.values_list("nom", "commune_id")) == {
        ("Rue du Moulin", "60999"),
        ("Le Bout du monde", "60999"),
    }
    assert set(AddressParcelle.objects.values_list("idu", flat=True)) == {"60999000AB0001", "60999000AB0002"}
    assert ["position absente" in r or "degrés" in r or "code_insee" in r for r in reasons(report)] == [
        True
    ] * 3

    rows[0]["cad_parcelles"] = "60999000AB0002"
    run_import(SOURCES["ban"], write_csv(tmp_path / "adresses-60999.csv", rows))
    assert set(AddressParcelle.objects.values_list("idu", flat=True)) == {"60999000AB0002"}


def test_logement_reads_the_edition_in_the_columns(tmp_path, ici):
    rows = [
        {
            "IRIS": "609990101",
            "COM": "60999",
            "P21_LOG": "1234,5",
            "P21_RP": "1000",
            "P21_LOGVAC": "",
            "AUTRE": "x",
        },
        {
            "IRIS": "609990102",
            "COM": "60999",
            "P21_LOG": "beaucoup",
            "P21_RP": "10",
            "P21_LOGVAC": "1",
            "AUTRE": "x",
        },
    ]
    report = run_import(SOURCES["logement"], write_csv(tmp_path / "base-ic-logement-2021.csv", rows))
    values = {(i.territoire_code, i.code): (i.millesime, i.value) for i in Indicator.objects.all()}
    assert values["609990101", "LOG"] == (2021, 1234.5)
    assert values["609990101", "LOGVAC"] == (2021, None)
    assert ("609990102", "LOG") not in values
    assert reasons(report) == ["LOG : nombre attendu, reçu 'beaucoup'"]


def test_logement_without_its_column_is_refused(tmp_path):
    path = write_csv(tmp_path / "base-ic-logement.csv", [{"IRIS": "609990101", "P21_RP": "1"}])
    with pytest.raises(UnreadableFile, match=r"P\.\._LOG"):
        run_import(SOURCES["logement"], path)


def test_perimeters_carry_their_act_and_dates(tmp_path):
    shape = polygon(0, 0, 100)
    opah = {
        "type": "OPAH-RU",
        "nom": "Centre",
        "acte": "délibération",
        "date_debut": "2023-01-01",
        "date_fin": "2027-12-31",
    }
    features = [
        {"type": "Feature", "properties": opah, "geometry": shape},
        {"type": "Feature", "properties": opah | {"nom": "Envers", "date_fin": "2022-01-01"}, "geometry": shape},
        {"type": "Feature", "properties": opah | {"nom": "Autre", "type": "ZAC"}, "geometry": shape},
    ]  # fmt: skip
    report = run_import(
        SOURCES["perimetres"], write_features(tmp_path / "opah.geojson", features, compress=False)
    )
    zone = Zone.objects.get()
    assert (zone.type, zone.code, zone.ends_on) == (Zone.Type.OPAH_RU, "opah-ru-centre", date(2027, 12, 31))
    assert len(report.rejects) == 2


def test_rnb_names_the_footprint_its_point_lies_in(tmp_path, ici):
    drawn = BatimentFactory(code="60999-aaaa", commune=ici, geom=square(0, 0, 10))

    def building(rnb_id: str, x: float) -> dict[str, str]:
        return {
            "rnb_id": rnb_id,
            "point": f"SRID=4326;{point(x, 5).wkt}",
            "shape": f"SRID=4326;{square(x - 3, 2, 6).wkt}",
            "status": "constructed",
            "ext_ids": "[]",
            "addresses": '[{"cle_interop_ban":"60999_0001_00001"}]',
            "plots": '[{"id":"60999000AB0001","bdg_cover_ratio":1}]',
        }

    rows = [building("AAAAAAAAAAA1", 5), building("AAAAAAAAAAA2", 50)]
    rows.append(building("AAAAAAAAAAA3", 90) | {"status": "demolished"})
    for _ in range(2):
        report = run_import(SOURCES["rnb"], write_csv(tmp_path / "RNB_60.csv", rows), force=True)
    assert "n’existe plus" in reasons(report)[0]
    assert set(Batiment.objects.values_list("code", "rnb_id")) == {
        (drawn.code, "AAAAAAAAAAA1"),
        ("AAAAAAAAAAA2", "AAAAAAAAAAA2"),
    }
    assert set(BatimentParcelle.objects.values_list("batiment_id", "idu", "cover_ratio")) == {
        (drawn.code, "60999000AB0001", 1.0),
        ("AAAAAAAAAAA2", "60999000AB0001", 1.0),
    }
    assert BatimentAddress.objects.count() == 2


def test_export_keeps_the_place_and_not_the_persons(tmp_path):
    row = export_row(
        "2025-1", Superficie="42,5", Logement_social="Oui", Désordres="Humidité|Infiltrations|Humidité"
    )
    row |= {
        "Nom occupant": "Personne",
        "Tél. occupant": "'0199000000'",
        "E-mail occupant": "p@exemple.invalid",
    }
    run_import(SOURCES["signal-logement"], write_csv(tmp_path / "export.csv", [row]))
    report = Signalement.objects.unscoped("test").get()
    assert (report.departement, report.status, report.received_on) == ("60", "ACTIVE", date(2025, 2, 3))
    assert (report.superficie_m2, report.parc) == (42.5, Signalement.Parc.PUBLIC)
    assert set(report.desordres.values_list("label", flat=True)) == {"Humidité", "Infiltrations"}
    kept = " ".join(str(value) for value in Signalement.objects.unscoped("test").values().get().values())
    assert not any(word in kept for word in ("Personne", "0199", "exemple.invalid"))


def test_a_shorter_export_leaves_the_absent_columns_alone(tmp_path):
    whole = export_row("2025-1", Description="Plafond tombé", Superficie="42", Désordres="Humidité")
    run_import(SOURCES["signal-logement"], write_csv(tmp_path / "whole.csv", [whole]))
    short = {name: whole[name] for name in ("Référence", "Déposé le", "Statut", "Code postal")} | {
        "Statut": "fermé"
    }
    report = run_import(SOURCES["signal-logement"], write_csv(tmp_path / "short.csv", [short]))
    row = Signalement.objects.unscoped("test").get()
    assert (report.added, report.changed) == (0, 1)
    assert (row.status, row.description, row.superficie_m2, row.adresse) == (
        "CLOSED", "Plafond tombé", 42, "12 rue du Moulin",
    )  # fmt: skip
    assert row.desordres.count() == 1


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"Déposé_le": "31/02/2025"}, "Déposé le : date impossible"),
        ({"Déposé_le": "01/01/2125"}, "dans l’avenir"),
        ({"Statut": "perdu"}, "Statut : 'perdu' inconnu"),
        ({"Fermé_le": "01/01/2024"}, "Fermé le : avant le dépôt"),
        ({"Code_postal": ""}, "il en faut un pour connaître le territoire"),
        ({"Longitude": "48.9", "Latitude": "912"}, "n’est pas en degrés"),
        ({"Longitude": "2,5"}, "longitude ou latitude absente"),
        ({"Code_INSEE": "1004"}, "Code INSEE : code invalide"),
        ({"Description": "nul \x00 ici"}, "caractère illisible"),
    ],
)
def test_export_rows_that_cannot_be_kept(tmp_path, values, reason):
    rows = [export_row("2025-1"), export_row("2025-2", **values)]
    report = run_import(SOURCES["signal-logement"], write_csv(tmp_path / "export.csv", rows))
    assert Signalement.objects.unscoped("test").count() == 1
    assert [reason in why for why in reasons(report)] == [True], reasons(report)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_export_in_the_encodings_of_office_software(tmp_path, encoding):
    row = export_row("2025-1", Commune="L’Haÿ-les-Œufs")
    run_import(SOURCES["signal-logement"], write_csv(tmp_path / "export.csv", [row], encoding=encoding))
    assert Signalement.objects.unscoped("test").get().ville == "L’Haÿ-les-Œufs"


def test_a_required_column_that_is_absent_is_named(tmp_path):
    row = export_row("2025-1")
    del row["Déposé le"]
    with pytest.raises(UnreadableFile, match="il manque la colonne « Déposé le »"):
        run_import(SOURCES["signal-logement"], write_csv(tmp_path / "export.csv", [row]))


def test_double_encoded_accents_are_refused(tmp_path):
    rows = [address(n, nom_voie="AllÃ©e des Ã©coliers") for n in range(1, 5)]
    with pytest.raises(UnreadableFile, match="encodés deux fois"):
        run_import(SOURCES["ban"], write_csv(tmp_path / "adresses.csv", rows))


def test_a_row_of_another_length_is_a_reject(tmp_path, ici):
    path = write_csv(tmp_path / "adresses.csv", [address(1), address(2)])
    path.write_text(path.read_text(encoding="utf-8-sig") + "un;deux\r\n", encoding="utf-8")
    report = run_import(SOURCES["ban"], path)
    assert reasons(report) == ["le nombre de champs n’est pas celui de l’en-tête"]


def test_arretes_stand_on_their_parcelle(tmp_path, ici):
    ParcelleFactory(idu="60999000AB0001", commune=ici, geom=square(0, 0, 10))
    path = tmp_path / "arretes.csv"
    path.write_text(
        TEMPLATE
        + "01/01/2023,Mise en sécurité procédure ordinaire,02/03/2024,10 bis,Rue du Moulin,60999,Ici,Syndic,"
        + "60999000AB0001\r\n"
        + "01/01/2023,Impropre,,1,Rue du Moulin,60999,Ici,,60999000AB0002\r\n"
        + "01/01/2023,Inconnue,,1,Rue,60999,Ici,,60999000AB0001\r\n"
        + "01/01/2023,Saturnisme,31/12/2022,1,Rue,60999,Ici,,60999000AB0001\r\n"
        + "01/01/2023,Saturnisme,,1,Rue,60999,Ici,,AB0001\r\n",
        encoding="utf-8",
    )
    report = run_import(SOURCES["arretes"], path)
    assert len(report.rejects) == 3
    placed = {a.idu: a for a in Arrete.objects.unscoped("test")}
    assert placed["60999000AB0001"].commune_id == "60999"
    assert placed["60999000AB0001"].adresse == "10 bis Rue du Moulin"
    assert square(0, 0, 10).contains(placed["60999000AB0001"].geom)
    assert placed["60999000AB0002"].type == Arrete.Type.ARRETE_L_511_11_IMPROPRE
    assert placed["60999000AB0002"].geom is None


def test_every_classification_of_the_template_is_known():
    for name, label in Arrete.Type.choices:
        row = {"classification arrêté": label.replace("'", "’"), "date arrêté": "01/01/2023"}
        row |= dict.fromkeys(arretes.REQUIRED[2:], "") | {"identifiant parcellaire": "60999000AB0001"}
        assert arretes.parse(row)[0] == name


def test_an_excel_workbook_is_named_as_such(tmp_path):
    path = tmp_path / "export.csv"
    path.write_bytes(b"PK\x03\x04rest of a zip")
    with pytest.raises(UnreadableFile, match="classeur Excel"):
        read_csv(path, required=("Référence",))
