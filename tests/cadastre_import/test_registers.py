"""The registers of dwellings: what each file gives, in its old and new forms, and what a wrong row costs."""

import gzip
from datetime import date

import pytest

from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.errors import UnreadableFile
from layers.models import (
    Copropriete,
    Dpe,
    GroupeBatiment,
    Indicator,
    LogementSocial,
    Mutation,
    MutationParcelle,
)
from tests.cadastre_import.official_files import write_csv
from tests.cadastre_import.register_files import (
    GROUP,
    OLD_DPE,
    OLD_GROUP,
    bdnb_tables,
    copropriete,
    diagnosis,
    dwelling,
    sale,
    write_bdnb,
)
from tests.factories import AddressFactory, CommuneFactory, ParcelleFactory, VoieFactory
from tests.factories.geometry import point, square

pytestmark = pytest.mark.django_db


def reasons(report) -> list[str]:
    return [reason for _, reason, _ in report.rejects]


def test_one_price_for_several_parcelles_and_premises(tmp_path):
    flat = {
        "type_local": "Appartement",
        "lot1_numero": "3",
        "lot1_surface_carrez": "30.5",
        "surface_reelle_bati": "31",
    }
    rows = [
        # a flat and its cellar on two kinds of land: four rows, of one dwelling and of 300 m²
        *(
            sale(**premises, code_nature_culture=land, surface_terrain=area)
            for premises in (flat, flat | {"type_local": "Dépendance", "surface_reelle_bati": ""})
            for land, area in (("S", "100"), ("J", "200"))
        ),
        sale(id_parcelle="60999000AB0002", type_local="", surface_reelle_bati="", surface_terrain="50"),
        sale(id_mutation="2024-2", valeur_fonciere="", nature_mutation="Echange"),
        sale(id_mutation="2024-3", id_parcelle="60999AB1"),
        sale(id_mutation="2024-4", date_mutation="2024-13-01"),
        sale(id_mutation="2024-5", valeur_fonciere="-1"),
    ]
    report = run_import(SOURCES["dvf"], write_csv(tmp_path / "60999.csv", rows))
    assert (report.read, report.added, len(report.rejects)) == (9, 3, 3)
    first = Mutation.objects.get(nature="Vente")
    assert (first.code, first.valeur_fonciere, first.parcelles_count) == (
        "60999000AB0001-20240301-1",
        150_000,
        2,
    )
    flat_sold = first.parcelles.get(idu="60999000AB0001")
    assert (flat_sold.types_local, flat_sold.lots, flat_sold.ban_id) == (
        ["Appartement", "Dépendance"],
        ["3"],
        "60999_0001_00012",
    )
    assert (flat_sold.surface_bati_m2, flat_sold.surface_carrez_m2, flat_sold.surface_terrain_m2) == (
        31,
        30.5,
        300,
    )
    assert Mutation.objects.get(nature="Echange").valeur_fonciere is None


def test_the_next_edition_replaces_its_communes_in_its_years(tmp_path):
    older = [
        sale(),
        sale(id_mutation="2024-2", date_mutation="2024-04-01"),
        sale(id_mutation="2023-9", date_mutation="2023-04-01"),
        sale(id_mutation="2024-3", code_commune="60998", id_parcelle="60998000AB0001"),
    ]
    run_import(SOURCES["dvf"], write_csv(tmp_path / "a.csv", older))
    # the numbers have shifted, a price was corrected, a sale withdrawn
    newer = [sale(id_mutation="2024-2", valeur_fonciere="151000")]
    report = run_import(SOURCES["dvf"], write_csv(tmp_path / "b.csv", newer))
    assert (report.added, report.unchanged) == (0, 1)
    assert dict(Mutation.objects.values_list("code", "valeur_fonciere")) == {
        "60999000AB0001-20240301-1": 151_000,
        "60999000AB0001-20230401-1": 150_000,
        "60998000AB0001-20240301-1": 150_000,
    }
    assert MutationParcelle.objects.count() == 3


def test_two_sales_of_a_day_on_a_parcelle_stay_two(tmp_path):
    rows = [sale(valeur_fonciere="90000"), sale(id_mutation="2024-2", valeur_fonciere="80000")]
    run_import(SOURCES["dvf"], write_csv(tmp_path / "a.csv", rows))
    run_import(SOURCES["dvf"], write_csv(tmp_path / "b.csv", rows[::-1]))
    assert dict(Mutation.objects.values_list("code", "valeur_fonciere")) == {
        "60999000AB0001-20240301-1": 80_000,
        "60999000AB0001-20240301-2": 90_000,
    }


def test_the_raw_file_of_the_dgfip_overseas(tmp_path):
    path = tmp_path / "ValeursFoncieres-2024.txt"
    path.write_text(
        "Identifiant de document|No disposition|Date mutation|Nature mutation|Valeur fonciere|No voie|B/T/Q|"
        "Type de voie|Code voie|Voie|Code departement|Code commune|Prefixe de section|Section|No plan|1er lot|"
        "Surface Carrez du 1er lot|Type local|Surface reelle bati|Nombre pieces principales|Surface terrain\n"
        "|000001|05/01/2024|Vente|1234567,89|9|B|RUE|12|DES BONS ENFANTS|974|11|123|A|7|||Maison|80|4|500\n"
        "|000001|05/01/2024|Vente|99000,00||||||974|11||AB|12|4|20,5|Appartement|21|1|\n"
    )
    report = run_import(SOURCES["dvf"], path)
    assert report.rejects == []
    house = MutationParcelle.objects.get(idu="974111230A0007")
    assert (float(house.mutation.valeur_fonciere), house.ban_id) == (1_234_567.89, "97411_0012_00009_bis")
    assert house.mutation.mutated_on == date(2024, 1, 5)
    assert MutationParcelle.objects.get(idu="97411000AB0012").surface_carrez_m2 == 20.5


@pytest.mark.parametrize("names", [{}, OLD_DPE], ids=["snake case", "before 2025"])
def test_diagnoses_under_both_headers(tmp_path, names):
    rows = [
        diagnosis(1),
        diagnosis(2, score_ban="0.31"),
        diagnosis(3, statut_geocodage="adresse non géocodée ban car aucune correspondance trouvée"),
        diagnosis(4, identifiant_ban="60999_0001", id_rnb="n'importe quoi"),
        diagnosis(5, etiquette_dpe="N"),
        diagnosis(6, date_etablissement_dpe=""),
        diagnosis(7, code_insee_ban="6099"),
        diagnosis(8, score_ban="12"),
    ]
    rows = [{names.get(name, name): value for name, value in row.items()} for row in rows]
    report = run_import(SOURCES["dpe"], write_csv(tmp_path / "dpe.csv", rows))
    assert (report.read, report.added, len(report.rejects)) == (8, 4, 4)
    attached = dict(Dpe.objects.order_by("numero").values_list("numero", "ban_id"))
    assert attached == {
        "2460E0000001A": "60999_0001_00012",
        "2460E0000002A": None,
        "2460E0000003A": None,
        "2460E0000004A": None,
    }
    first = Dpe.objects.get(pk="2460E0000001A")
    assert (first.classe_energie, first.established_on, first.surface_m2) == ("F", date(2024, 5, 2), 31.5)
    assert (first.type, first.annee_construction, first.score_geocodage) == ("appartement", 1900, 0.92)
    assert Dpe.objects.get(pk="2460E0000002A").identifiant_ban == "60999_0001_00012"
    assert Dpe.objects.get(pk="2460E0000004A").rnb_id is None
    again = run_import(SOURCES["dpe"], write_csv(tmp_path / "again.csv", rows[:2]))
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)


def test_coproprietes_are_attached_by_parcelle_and_by_address(tmp_path):
    voie = VoieFactory(commune=CommuneFactory(code="60999"), nom="Rue du Moulin", norm="rue moulin")
    door = AddressFactory(voie=voie, commune=voie.commune, numero=12, rep="")
    rows = [
        copropriete(1),
        copropriete(2, numero_et_voie_adresse_de_reference="14 rue du Moulin", nombre_total_de_lots="1e3x"),
        copropriete(
            3, section_1="", numero_parcelle_1="zz", numero_et_voie_adresse_de_reference="13 rue du Moulin"
        ),
        copropriete(4, numero_d_immatriculation="12"),
    ]
    report = run_import(SOURCES["rnic"], write_csv(tmp_path / "rnic.csv", rows))
    assert len(report.rejects) == 2
    first, third = Copropriete.objects.order_by("numero")
    assert (first.idus, first.ban_id, first.lots, first.syndic) == (
        ["60999000AB0001"],
        door.pk,
        12,
        "benevole",
    )
    assert (first.is_aided, first.is_in_pvd, first.is_in_acv) == (True, False, None)
    assert (third.idus, third.ban_id) == ([], None)


def test_coproprietes_under_the_headers_in_french(tmp_path):
    row = {
        "Numéro d'immatriculation": "AB1234567",
        "Nombre total de lots": "30",
        "Type de syndic : bénévole / professionnel / non connu": "professionnel",
        "Nom d’usage de la copropriété": "non connu",
        "Numéro et Voie (adresse de référence)": "3 place de l’Église",
        "Code Officiel Commune": "60999",
        "Date d'immatriculation": "01/02/2018",
        "Copro dans PVD": "oui",
    }
    assert run_import(SOURCES["rnic"], write_csv(tmp_path / "rnic.csv", [row])).rejects == []
    kept = Copropriete.objects.get()
    assert (kept.nom, kept.adresse, kept.syndic) == ("", "3 place de l’Église", "professionnel")
    assert (kept.registered_on, kept.is_in_pvd) == (date(2018, 2, 1), True)


@pytest.mark.parametrize("form", ["zip", "gpkg"])
def test_groups_of_buildings_gather_their_tables(tmp_path, form):
    tables = bdnb_tables()
    tables["rel_batiment_groupe_parcelle"].append(
        {"batiment_groupe_id": "bdnb-bg-inconnu", "parcelle_id": "60999000AB0009"}
    )
    path = write_bdnb(tmp_path / f"bdnb.{form}", tables)
    report = run_import(SOURCES["bdnb"], path)
    assert reasons(report) == ["groupe absent de batiment_groupe : bdnb-bg-inconnu"]
    assert report.added == 2
    group = GroupeBatiment.objects.get(pk=GROUP)
    assert (group.annee_construction, group.dwellings, group.niveaux, group.mat_mur) == (
        1890,
        14,
        5,
        "PIERRE",
    )
    assert (group.classe_dpe, group.classe_modelisee, group.classes_dpe) == (
        "G",
        "F",
        {"C": 1, "E": 2, "G": 3},
    )
    assert (group.dpe_on, group.copropriete, group.is_near_monument) == (date(2023, 3, 4), "AA0000001", True)
    assert (group.alea_argiles, group.alea_radon, group.qpv) == ("Moyen", "Faible", "Centre ancien")
    assert (group.idus, group.ban_ids, group.rnb_ids) == (
        ["60999000AB0001", "60999000AB0002"],
        ["60999_0001_00012"],
        ["RNBAAAAAAAA1"],
    )
    # the first form of identifier begins with a parcelle: nobody reads it
    assert GroupeBatiment.objects.get(pk=OLD_GROUP).idus == []
    again = run_import(SOURCES["bdnb"], path, force=True)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)


def test_the_next_bdnb_replaces_the_groups_of_its_communes(tmp_path):
    run_import(SOURCES["bdnb"], write_bdnb(tmp_path / "a.zip", bdnb_tables()))
    newer = {"batiment_groupe": bdnb_tables()["batiment_groupe"][:1]}
    report = run_import(SOURCES["bdnb"], write_bdnb(tmp_path / "b.zip", newer))
    assert report.changed == 1
    assert report.notices[0].startswith("tables absentes : batiment_groupe_ffo_bat")
    assert list(GroupeBatiment.objects.values_list("pk", "dwellings")) == [(GROUP, None)]


def test_vacant_dwellings_under_secrecy_are_not_zero(tmp_path):
    header = ("CODGEO_26", "LIBGEO_26", "pp_vacant_26", "pp_vacant_plus_2ans_26", "ff_pp_total_25")
    rows = [
        dict(zip(header, row, strict=True))
        for row in (
            ("60999", "Ici", "1 234", "s", "9000"),
            ("200057875", "Établissement", "55", "", "x"),
            ("1004", "zéro perdu", "1", "1", "1"),
        )
    ]
    report = run_import(SOURCES["lovac"], write_csv(tmp_path / "lovac.csv", rows, encoding="cp1252"))
    assert len(report.rejects) == 4
    assert set(
        Indicator.objects.values_list("territoire", "territoire_code", "code", "millesime", "value", "secret")
    ) == {
        ("commune", "60999", "PP_VACANT", 2026, 1234, ""),
        ("commune", "60999", "PP_VACANT_2ANS", 2026, None, "secret statistique"),
        ("commune", "60999", "PP_TOTAL", 2025, 9000, ""),
        ("epci", "200057875", "PP_VACANT", 2026, 55, ""),
        ("epci", "200057875", "PP_VACANT_2ANS", 2026, None, "non diffusé"),
    }


def test_social_dwellings_fold_by_address_and_find_their_place(tmp_path):
    voie = VoieFactory(commune=CommuneFactory(code="60999"), nom="Rue du Moulin", norm="rue moulin")
    door = AddressFactory(voie=voie, commune=voie.commune, numero=12, rep="bis")
    plot = ParcelleFactory(commune=voie.commune, geom=square(0, 0, 10))
    inside = point(5, 5)
    rows = [
        dwelling(X=str(inside.x + 0.1), Y=str(inside.y), QUALITE_XY="33"),
        dwelling(X=str(inside.x), Y=str(inside.y), CONSTRUCT="1971", DPEENERGIE=""),
        dwelling(DPEENERGIE="F", CONSTRUCT="0", EPSG="2154", X="1", Y="2"),
        dwelling(NOMVOIE="", TYPVOIE="NA"),
    ]
    report = run_import(SOURCES["rpls-adresses"], write_csv(tmp_path / "rpls.csv", rows))
    assert reasons(report) == ["NOMVOIE : voie absente"]
    kept = LogementSocial.objects.get()
    assert (kept.dwellings, kept.first_built, kept.last_built) == (3, 1965, 1971)
    assert (kept.classes_dpe, kept.qpv, kept.qualite_xy) == ({"D": 1, "F": 1}, "QP060001", 11)
    assert (kept.ban_id, kept.idu) == (door.pk, plot.pk)


def test_an_edition_of_the_rpls_replaces_the_one_before(tmp_path):
    rows = [dwelling(), dwelling(NUMVOIE="14"), dwelling(DEPCOM="60998")]
    run_import(SOURCES["rpls-adresses"], write_csv(tmp_path / "2024.csv", rows))
    newer = [row | {"MILLESIME": "2025"} for row in rows[:1]]
    run_import(SOURCES["rpls-adresses"], write_csv(tmp_path / "2025.csv", newer))
    kept = set(LogementSocial.objects.values_list("code_insee", "numero", "millesime"))
    assert kept == {("60999", "12", 2025), ("60998", "12", 2024)}
    older = run_import(SOURCES["rpls-adresses"], tmp_path / "2024.csv", force=True)
    assert reasons(older) == ["édition 2024, plus ancienne que celle en place : 2025"] * 2
    assert set(LogementSocial.objects.values_list("code_insee", "numero", "millesime")) == kept


NAMES = {
    "dvf": ([sale()], "id_parcelle"),
    "dpe": ([diagnosis()], "etiquette_dpe"),
    "rnic": ([copropriete()], "nombre_total_de_lots"),
    "lovac": ([{"CODGEO_26": "60999", "pp_vacant_26": "1"}], "CODGEO_26"),
    "rpls-adresses": ([dwelling()], "NOMVOIE"),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_is_refused_in_french(tmp_path, name):
    rows, needed = NAMES[name]
    path = write_csv(tmp_path / f"{name}.csv", rows)
    content = path.read_bytes()

    def refused(damaged: bytes, words: str) -> None:
        path.write_bytes(damaged)
        with pytest.raises(UnreadableFile, match=words):
            run_import(SOURCES[name], path)

    without = [{header: value for header, value in row.items() if header != needed} for row in rows]
    refused(write_csv(tmp_path / "without.csv", without).read_bytes(), "il manque|attendue")
    refused(content.replace(b";", b"#"), "il manque|attendue")
    refused(gzip.compress(content * 500)[:-10], "archive gzip tronquée ou abîmée")
    refused(b"", "fichier vide")
    refused(content.splitlines(keepends=True)[0], "aucun enregistrement")
    path.write_bytes(content.decode("utf-8-sig").replace("Moulin", "Mûlin").encode("cp1252"))
    assert run_import(SOURCES[name], path).read == len(rows)


def test_a_damaged_bdnb_is_refused_in_french(tmp_path):
    path = write_bdnb(tmp_path / "bdnb.zip", bdnb_tables())
    content = path.read_bytes()
    for damaged, words in (
        (content[:-60], "un zip de CSV ou un GeoPackage"),
        (content.replace(b"csv/batiment_groupe.csv", b"csv/batiment_groupx.csv"), "il manque la table"),
        (content[:20] + b"\x00\xff" * 30 + content[80:], "abîmée|chemin interdit"),
        (b"SQLite format 3\x00" + b"\x01" * 500, "GeoPackage abîmé"),
    ):
        path.write_bytes(damaged)
        with pytest.raises(UnreadableFile, match=words):
            run_import(SOURCES["bdnb"], path)
    tables = bdnb_tables()
    tables["batiment_groupe_radon"] = [{"identifiant": "x", "alea": "y"}]
    for form in ("zip", "gpkg"):
        with pytest.raises(UnreadableFile, match="batiment_groupe_id"):
            run_import(SOURCES["bdnb"], write_bdnb(tmp_path / f"without.{form}", tables))
