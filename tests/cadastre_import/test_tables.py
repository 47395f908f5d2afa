"""Registers that nobody foresaw, read as their mapping says."""

from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from cadastre_import.sources import signal_logement
from cadastre_import.tables.mapping import read_mapping
from cadastre_import.tables.targets import FIELDS, source_of
from layers.errors import InvalidRow, UnreadableFile
from layers.models import Arrete, ImportRun, Indicator, Signalement, Zone
from tests.cadastre_import.official_files import polygon, write_csv, write_features
from tests.cadastre_import.workbooks import write_rows
from tests.factories import CommuneFactory, point

EXAMPLE = Path(__file__).parents[2] / "docs/exemples/registre-hygiene.toml"


def registre(number: str, **values: str) -> dict[str, str]:
    return {
        "N° dossier": number, "Date plainte": "03/02/2025", "Etat": "Ouvert", "N°": "12", "Rue": "rue du Moulin",
        "Motif": "moisissures|froid", "X": "", "Y": "", "Agent": "M. DUPONT",
    } | {name.replace("_", " "): value for name, value in values.items()}  # fmt: skip


def run(capsys, path: Path, mapping: Path, *options: str) -> str:
    call_command("import_table", str(path), "--map", str(mapping), *options)
    return capsys.readouterr().out


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "carte.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def ici(db):
    return CommuneFactory(code="60999", nom="Ici", geom=None)


def reports() -> list[Signalement]:
    return list(Signalement.objects.unscoped("le test").order_by("reference"))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_example_of_the_documentation_reads_a_municipal_register(ici, tmp_path, capsys, kind):
    x, y = 700_000.0, 6_600_000.0
    rows = [
        registre("7", X=f"{x}", Y=f"{y}"),
        registre("8", Date_plainte="04-02-25", Etat="CLOS"),
        registre("9", Date_plainte="2025.02.04"),
        registre("10", Etat="perdu"),
    ]
    write = write_csv if kind == "csv" else write_rows
    path = write(tmp_path / f"registre.{kind}", rows)
    assert "hygiene-ici : 4 lus, 2 ajoutés, 0 modifiés, 2 rejetés" in run(capsys, path, EXAMPLE)
    first, second = reports()
    assert (first.reference, first.departement, first.code_insee) == ("HYG-7", "60", "60999")
    assert (first.received_on, first.status, first.adresse) == (
        date(2025, 2, 3),
        "ACTIVE",
        "12 rue du Moulin",
    )
    assert first.declared_geom.coords == pytest.approx((3.0, 46.5), abs=0.01)
    assert sorted(first.desordres.values_list("label", flat=True)) == ["froid", "moisissures"]
    assert (second.reference, second.status, second.received_on) == ("HYG-8", "CLOSED", date(2025, 2, 4))
    refused = {reject.line: reject.reason for reject in ImportRun.objects.get().rejects.all()}
    assert "Date plainte : date '2025.02.04'" in refused[4]
    assert "'perdu' inconnu" in refused[5]
    assert "DUPONT" not in str(Signalement.objects.unscoped("le test").values())


def test_the_same_register_again_changes_nothing_and_a_corrected_mapping_reads_it_again(
    ici, tmp_path, capsys
):
    path = write_csv(tmp_path / "registre.csv", [registre("7")])
    run(capsys, path, EXAMPLE)
    assert "déjà importé" in run(capsys, path, EXAMPLE)
    assert "1 lus, 0 ajoutés, 0 modifiés, 1 inchangés" in run(capsys, path, EXAMPLE, "--force")
    corrected = written(
        tmp_path, EXAMPLE.read_text().replace('"ouvert" = "en cours"', '"ouvert" = "nouveau"')
    )
    assert "1 modifiés" in run(capsys, path, corrected)
    assert reports()[0].status == "NEED_VALIDATION"


def test_a_try_writes_nothing(ici, tmp_path, capsys):
    path = write_csv(tmp_path / "registre.csv", [registre("7"), registre("8", Date_plainte="hier")])
    assert "2 lignes lues, 1 lisibles" in run(capsys, path, EXAMPLE, "--essai")
    assert reports() == []
    assert not ImportRun.objects.exists()


def test_a_register_without_numbers_has_a_key_of_several_columns(ici, tmp_path, capsys):
    text = EXAMPLE.read_text().replace('"Référence" = "N° dossier"\n', "")
    mapping = written(tmp_path, 'cle = ["Date plainte", "N°", "Rue"]\n' + text)
    path = write_csv(tmp_path / "r.csv", [registre(""), registre("", Rue="rue du Pont"), registre("")])
    assert "2 ajoutés" in run(capsys, path, mapping)
    assert "2 inchangés" in run(capsys, path, mapping, "--force")
    assert len({report.reference for report in reports()}) == 2


def test_points_of_a_geojson_are_where_they_are(ici, tmp_path, capsys):
    place = point(30, 40)
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [place.x, place.y]},
        "properties": registre("7"),
    }
    line = feature | {"geometry": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}}
    text = EXAMPLE.read_text().replace('"Longitude" = "X"\n"Latitude" = "Y"\n', "")
    path = write_features(tmp_path / "r.geojson", [feature, line], compress=False)
    assert "1 ajoutés" in run(capsys, path, written(tmp_path, text))
    assert reports()[0].declared_geom.coords == pytest.approx(place.coords)


def test_orders_of_a_register_with_or_without_a_parcelle(ici, tmp_path, capsys):
    mapping = written(
        tmp_path,
        """
        cible = "arretes"
        nom = "peril-ici"
        [colonnes]
        "date arrêté" = "Pris le"
        "classification arrêté" = "Type"
        "date arrêté main levée" = "Levé le"
        "nom de la voie" = "Adresse"
        "identifiant parcellaire" = "Parcelle"
        "numéro arrêté" = "N"
        [constantes]
        "code postal" = "60999"
        "commune" = "Ici"
        [valeurs."classification arrêté"]
        "péril" = "Mise en sécurité procédure ordinaire"
        """,
    )
    common = {"Pris le": "2025-06-01", "Type": "Péril", "Levé le": "", "Adresse": "1 rue du Moulin"}
    rows = [
        common | {"Parcelle": "60999000AB0001", "N": "1"},
        common | {"Parcelle": "", "N": "2"},
        common | {"Parcelle": "", "N": "3", "Adresse": ""},
    ]
    path = write_csv(tmp_path / "r.csv", rows)
    assert "2 ajoutés" in run(capsys, path, mapping)
    kept = Arrete.objects.unscoped("le test").order_by("numero")
    assert [(a.numero, a.idu, a.lieu) for a in kept] == [
        ("1", "60999000AB0001", "60999000AB0001"),
        ("2", "", "60999 1 rue du moulin"),
    ]
    assert {a.type for a in kept} == {"MISE_EN_SECURITE"}
    assert kept[1].commune == ici
    # an order that was placed at its address stays there, whatever is imported after it
    kept.filter(idu="").update(geom=point(1, 2))
    assert "2 inchangés" in run(capsys, path, mapping, "--force")
    assert kept.get(idu="").geom is not None


def test_perimeters_in_metres_with_their_act(ici, tmp_path, capsys):
    mapping = written(
        tmp_path,
        """
        cible = "perimetres"
        nom = "ori-ici"
        [colonnes]
        nom = "LIBELLE"
        acte = "DELIB"
        date_debut = "DATE"
        [constantes]
        type = "ORI"
        """,
    )
    properties = {"LIBELLE": "Îlot du Moulin", "DELIB": "délibération 2025-12", "DATE": "01/02/2025"}
    feature = {"type": "Feature", "geometry": polygon(0, 0, 100), "properties": properties}
    path = write_features(tmp_path / "ori.geojson", [feature], compress=False)
    assert "1 ajoutés" in run(capsys, path, mapping)
    zone = Zone.objects.get()
    assert (zone.type, zone.nom, zone.acte) == ("ORI", "Îlot du Moulin", "délibération 2025-12")
    assert zone.starts_on == date(2025, 2, 1)


def test_indicators_are_columns_of_a_table(ici, tmp_path, capsys):
    mapping = written(
        tmp_path,
        """
        cible = "indicateurs"
        nom = "vacance-ici"
        [colonnes]
        code = "INSEE"
        [constantes]
        territoire = "commune"
        millesime = 2024
        [indicateurs]
        VACANTS_LOCAL = "Vacants"
        LOGEMENTS_LOCAL = "Logements"
        """,
    )
    rows = [
        {"INSEE": "60999", "Vacants": "12,5", "Logements": "300"},
        {"INSEE": "x", "Vacants": "1", "Logements": "2"},
    ]
    path = write_csv(tmp_path / "v.csv", rows)
    assert "4 lus, 2 ajoutés, 0 modifiés, 2 rejetés" in run(capsys, path, mapping)
    names = ("territoire", "territoire_code", "code", "millesime", "value")
    assert sorted(Indicator.objects.values_list(*names)) == [
        ("commune", "60999", "LOGEMENTS_LOCAL", 2024, 300.0),
        ("commune", "60999", "VACANTS_LOCAL", 2024, 12.5),
    ]


REFUSED = {
    "not TOML": ("cible = ", "carte.toml : TOML incorrect"),
    "broken line": ('cible = "signalements"\nnom = "x"\n[colonnes\n', "carte.toml : TOML incorrect, ligne 3"),
    "no target": ('nom = "x"\n', "attendu : signalements, arretes"),
    "unknown target": ('nom = "x"\ncible = "plaintes"\n', "carte.toml, ligne 2 : cible = 'plaintes'"),
    "name": ('cible = "arretes"\nnom = "Péril !"\n', "carte.toml, ligne 2 : nom"),
    "key": (
        'cible = "arretes"\nnom = "x"\nprojetion = 2154\n',
        "ligne 3 : clé inconnue « projetion » ; est-ce « projection »",
    ),
    "projection": (
        'cible = "arretes"\nnom = "x"\nprojection = 27572\n',
        "ligne 3 : projection 27572 non acceptée",
    ),
    "field": (
        'cible = "signalements"\nnom = "x"\n[colonnes]\n"Reference" = "N"\n',
        "ligne 4 : [colonnes] « Reference » n’est pas un champ de « signalements » ; est-ce « Référence »",
    ),
    "value": ('cible = "signalements"\nnom = "x"\n[colonnes]\n"Statut" = 3\n', "ligne 4 : Statut"),
    "words": ('cible = "signalements"\nnom = "x"\n[valeurs]\nStatut = 3\n', "ligne 4 : [valeurs.Statut]"),
    "missing": (
        'cible = "signalements"\nnom = "x"\n[colonnes]\n"Statut" = "E"\n',
        "ligne 3 : il manque dans [colonnes] ou [constantes] : « Déposé le », « Référence »",
    ),
    "no indicator": (
        'cible = "indicateurs"\nnom = "x"\n[constantes]\nmillesime = 2024\n[colonnes]\ncode = "C"\n',
        "il manque la section [indicateurs]",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_mapping_is_refused_with_the_line_to_correct(tmp_path, name):
    text, said = REFUSED[name]
    with pytest.raises(UnreadableFile) as refusal:
        source_of(read_mapping(written(tmp_path, text), FIELDS))
    assert said in str(refusal.value)


def test_a_column_that_the_file_lacks_is_told_with_the_line_that_names_it(ici, tmp_path):
    row = registre("7")
    del row["Rue"]
    line = next(
        n for n, text in enumerate(EXAMPLE.read_text().splitlines(), 1) if text.startswith('"Adresse"')
    )
    with pytest.raises(CommandError, match=f"registre-hygiene.toml, ligne {line} : la colonne « Rue »"):
        call_command("import_table", str(write_csv(tmp_path / "r.csv", [row])), "--map", str(EXAMPLE))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(CommandError, match="introuvable"):
        call_command("import_table", str(tmp_path / "r.csv"), "--map", str(EXAMPLE))
    (tmp_path / "r.csv").write_text("a;b\n")
    with pytest.raises(CommandError, match="correspondance illisible"):
        call_command("import_table", str(tmp_path / "r.csv"), "--map", str(tmp_path / "x.toml"))


cells = (
    st.none() | st.text(max_size=12) | st.sampled_from(["03/02/2025", "Ouvert", "1e9", "700000", "NaN", "-"])
)


@settings(max_examples=200, deadline=None)
@given(
    st.none()
    | st.integers()
    | st.dictionaries(st.sampled_from(list(registre("1"))), cells)
    | st.fixed_dictionaries(
        {
            "properties": st.dictionaries(st.text(), cells),
            "geometry": st.none() | st.dictionaries(st.text(), cells),
        }
    )
)
def test_whatever_a_register_holds_a_line_costs_only_itself(record):
    source = source_of(read_mapping(EXAMPLE, FIELDS))
    try:
        values = source.parse(record)
    except InvalidRow:
        return
    assert len(values) == len(signal_logement.SOURCE.columns)
