"""A row of too many or too few fields is kept as it is written, and comes back once its fields are put right."""

import csv
import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

from cadastre_import.pipeline import run_import
from cadastre_import.readers.delimited import LINE, REASON
from cadastre_import.rejects import RejectFile
from cadastre_import.rows import UNREADABLE, content_of
from cadastre_import.source import LONGEST_UNREAD, ImportReport
from cadastre_import.sources import SOURCES
from cadastre_import.sources.arretes import REQUIRED as ORDER
from layers.models import Address, Arrete, ImportReject, ImportRun, Signalement, Zone
from tests.cadastre_import.official_files import export_row, write_csv
from tests.cadastre_import.register_files import (
    OLD_DPE,
    bdnb_tables,
    copropriete,
    diagnosis,
    dwelling,
    sale,
    write_bdnb,
)
from tests.cadastre_import.workbooks import write_rows
from tests.factories import CommuneFactory

WRONG = "le nombre de champs n’est pas celui de l’en-tête"
HEADER = "id;numero;rep;nom_voie;code_postal;code_insee;nom_commune;lon;lat"
GOOD = "60999_0001_00012;12;;Rue du Moulin;60999;60999;Ici;2.1;49.4"
SHORT = "60999_0001_00014;14;Rue du Moulin;60999;60999;Ici;2.1;49.4"
LONG = '60999_0001_00016;16;;"Rue du\r\nMoulin";60999;60999;Ici;2;1;49.4'


@pytest.fixture
def _ici(db):
    CommuneFactory(code="60999", geom=None)


def addresses(path: Path, *lines: str) -> Path:
    path.write_bytes("\r\n".join([HEADER, *lines, ""]).encode())
    return path


def rejects_of(source: str) -> RejectFile:
    return RejectFile(ImportRun.objects.latest("pk"), SOURCES[source])


def rows_of(file: RejectFile) -> list[dict[str, str]]:
    text = b"".join(file.write()).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


@pytest.mark.usefixtures("_ici")
def test_a_row_is_kept_whole_under_the_columns_where_its_fields_came(tmp_path):
    path = addresses(tmp_path / "adresses.csv", GOOD, SHORT, LONG)
    report = run_import(SOURCES["ban"], path)
    assert [(line, reason) for line, reason, _ in report.rejects] == [(3, WRONG), (5, WRONG)]
    short, long = (json.loads(content) for _, _, content in report.rejects)
    assert (short[UNREADABLE], long[UNREADABLE]) == (SHORT, LONG)
    assert list(short) == [*HEADER.split(";"), UNREADABLE]
    assert (short["rep"], short["lon"], short["lat"]) == ("Rue du Moulin", "49.4", "")
    assert (long["nom_voie"], long["lon"], long["lat"]) == ("Rue du\r\nMoulin", "2", "1")
    file = rejects_of("ban")
    assert (file.kind, file.left_out()) == ("csv", 0)
    rows = rows_of(file)
    assert list(rows[0]) == [*HEADER.split(";"), UNREADABLE, REASON, LINE]
    assert [(row[UNREADABLE], row[REASON], row[LINE]) for row in rows] == [
        (SHORT, WRONG, "3"),
        (LONG, WRONG, "5"),
    ]


@pytest.mark.usefixtures("_ici")
def test_given_back_it_is_refused_until_it_is_put_right(tmp_path):
    run_import(SOURCES["ban"], addresses(tmp_path / "a.csv", GOOD, SHORT, LONG), millesime=date(2025, 1, 1))
    for _ in range(2):
        file = rejects_of("ban")
        path = tmp_path / file.name
        path.write_bytes(b"".join(file.write()))
        again = run_import(SOURCES["ban"], path, force=True)
        assert [reason for _, reason, _ in again.rejects] == [WRONG, WRONG]
        assert again.closed == 0
    short, long = rows_of(rejects_of("ban"))
    assert (short[UNREADABLE], long[UNREADABLE]) == (SHORT, LONG)
    short |= {"rep": "", "nom_voie": "Rue du Moulin", "code_postal": "60999", "code_insee": "60999"}
    short |= {"nom_commune": "Ici", "lon": "2.1", "lat": "49.4", UNREADABLE: ""}
    long |= {"nom_voie": "Rue du Moulin", "lon": "2.1", "lat": "49.4", UNREADABLE: ""}
    report = run_import(SOURCES["ban"], write_csv(tmp_path / "b.csv", [short, long], encoding="cp1252"))
    assert (report.added, report.closed, report.rejects) == (2, 0, [])
    assert sorted(Address.objects.current().values_list("numero", "voie__nom")) == [
        (number, "Rue du Moulin") for number in (12, 14, 16)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("source", ["signal-logement", "signal-logement-import"])
def test_nothing_is_kept_of_a_report_for_it_may_hold_identities(tmp_path, source):
    known = (
        export_row("2025-1")
        if source == "signal-logement"
        else dict.fromkeys(SOURCES[source].read.keywords["required"], "x")
    )
    row = known | {"Nom occupant": "DUPONT"}
    path = write_csv(tmp_path / "export.csv", [row])
    path.write_bytes(path.read_bytes().rstrip() + b";de trop\r\n" + b"DUPONT;0611223344\r\n")
    report = run_import(SOURCES[source], path)
    assert report.rejects == [(2, WRONG, ""), (3, WRONG, "")]
    assert list(ImportReject.objects.values_list("reason", "content")) == [(WRONG, "")] * 2
    file = rejects_of(source)
    assert file.left_out() == 2
    assert b"DUPONT" not in b"".join(file.write())
    assert not Signalement.objects.unscoped("test").exists()


@pytest.mark.usefixtures("_ici")
def test_of_a_long_row_only_the_beginning_is_kept(tmp_path):
    long = "60999_0001_00014;14;" + "é" * LONGEST_UNREAD
    report = run_import(SOURCES["ban"], addresses(tmp_path / "a.csv", long, GOOD))
    kept = json.loads(report.rejects[0][2])
    assert kept[UNREADABLE].startswith("60999_0001_00014;14;é")
    assert 0.9 * LONGEST_UNREAD < len(kept[UNREADABLE].encode()) <= LONGEST_UNREAD + 2
    assert set(kept.values()) == {"", kept[UNREADABLE]}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_spreadsheet_gives_it_back_under_either_format(tmp_path, kind):
    order = dict.fromkeys(ORDER, "") | {
        "date arrêté": "03/02/2025",
        "classification arrêté": "Mise en sécurité procédure ordinaire",
        "nom de la voie": "-rue du Moulin",
        "identifiant parcellaire": "60999000AB0001",
    }
    path = write_csv(tmp_path / "arretes.csv", [order], encoding="utf-8")
    path.write_bytes(b"aide;;\r\n" + path.read_bytes().rstrip() + b";\r\n")
    run_import(SOURCES["arretes"], path)
    (row,) = rows_of_orders(rejects_of("arretes"))
    assert row["nom de la voie"] == "'-rue du Moulin"

    def given_back(row: dict[str, str]) -> ImportReport:
        write = write_csv if kind == "csv" else write_rows
        path = write(tmp_path / f"rejets.{kind}", [row])
        if kind == "csv":
            path.write_text("aide\n" + path.read_text("utf-8-sig"), "utf-8")
        return run_import(SOURCES["arretes"], path)

    assert [reason for _, reason, _ in given_back(row).rejects] == [WRONG]
    report = given_back(row | {UNREADABLE: ""})
    assert (report.added, report.rejects) == (1, [])
    assert Arrete.objects.unscoped("test").get().adresse == "-rue du Moulin"


def rows_of_orders(file: RejectFile) -> list[dict[str, str]]:
    _, *lines = b"".join(file.write()).decode("utf-8-sig").splitlines(keepends=True)
    return list(csv.DictReader(lines, delimiter=";"))


def of_one_row(row: dict[str, str], wrong: str) -> bytes:
    return "\r\n".join([";".join(row), ";".join(row.values()), wrong, ""]).encode()


RAW_DVF = dict.fromkeys(
    ("Date mutation", "Nature mutation", "Valeur fonciere", "Code departement", "Code commune", "Section", "No plan",
     "Type local"),
    "1",
)  # fmt: skip
BAL = dict.fromkeys(("cle_interop", "numero", "voie_nom", "commune_insee", "long", "lat"), "1")
READERS = {
    "dpe": diagnosis(),
    "rnic": copropriete(),
    "dvf": sale(),
    "rpls": dwelling(PLG_IRIS2024="0101"),
    "rpls-adresses": dwelling(),
    "rnb": dict.fromkeys(SOURCES["rnb"].read.keywords["required"], "x"),
    "lovac": {"CODGEO_26": "60999", "pp_vacant_26": "1"},
    "logement": {"IRIS": "609990101", "P21_LOG": "1"},
    "filosofi": {"IRIS": "609990101", "DEC_TP6021": "1"},
    "arretes-marseille": dict.fromkeys(SOURCES["arretes-marseille"].read.keywords["required"], "x"),
    "perimetres": {"type": "OPAH", "nom": "Centre", "wkt": "POINT(2 49)"},
}
OTHER_FORMS = {
    "dpe": {OLD_DPE.get(name, name): value for name, value in diagnosis().items()},
    "dvf": RAW_DVF,
    "ban": BAL,
}


@pytest.mark.parametrize(("name", "row"), [*READERS.items(), *OTHER_FORMS.items()])
def test_every_reader_of_csv_keeps_it(tmp_path, name, row):
    source, wrong = SOURCES[name], "premier;" + ";".join(row.values())
    path = tmp_path / "fichier.csv"
    path.write_bytes(of_one_row(row, wrong))
    unread = [
        record for line, record in source.records(path).rows if line == 3 and UNREADABLE in content_of(record)
    ]
    (kept,) = [json.loads(content_of(record)) for record in unread]
    assert kept[UNREADABLE] == wrong
    assert "premier" in (kept.get("properties") or kept).values()


def test_a_table_of_the_bdnb_keeps_it(tmp_path):
    path = write_bdnb(tmp_path / "bdnb.zip", bdnb_tables())
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(tmp_path / "cut.zip", "w") as cut:
        for name in archive.namelist():
            more = b"cut,off\n" if name.endswith("/batiment_groupe.csv") else b""
            cut.writestr(name, archive.read(name) + more)
    contents = [content_of(record) for _, record in SOURCES["bdnb"].read(tmp_path / "cut.zip").rows]
    (kept,) = [json.loads(content) for content in contents if UNREADABLE in content]
    assert (kept[UNREADABLE], kept["table"]) == ("cut,off", "batiment_groupe")


@pytest.mark.django_db
def test_a_perimeter_is_put_right_by_drawing_it(tmp_path):
    shape = "POLYGON((2 49,2.01 49,2.01 49.01,2 49))"
    path = tmp_path / "opah.csv"
    path.write_text(f'type;nom;acte;wkt\nOPAH;Centre;délib. 1;"SRID=4326;{shape}"\nOPAH;Gare;"{shape}"\n')
    report = run_import(SOURCES["perimetres"], path)
    assert (report.added, len(report.rejects)) == (1, 1)
    file = rejects_of("perimetres")
    again = tmp_path / file.name
    again.write_bytes(b"".join(file.write()))
    collection = json.loads(again.read_bytes())
    (feature,) = collection["features"]
    assert (feature["properties"]["nom"], feature["geometry"]) == ("Gare", None)
    assert feature["properties"][UNREADABLE] == f'OPAH;Gare;"{shape}"'
    (reject,) = run_import(SOURCES["perimetres"], again).rejects
    assert json.loads(reject[2])["properties"] == {"type": "OPAH", "nom": "Gare", "acte": shape}
    feature["properties"]["acte"] = "délib. 2"
    feature["geometry"] = {"type": "Polygon", "coordinates": [[[2, 49], [2.02, 49], [2.02, 49.02], [2, 49]]]}
    again.write_text(json.dumps(collection))
    assert run_import(SOURCES["perimetres"], again).rejects == []
    assert sorted(Zone.objects.values_list("nom", "acte")) == [("Centre", "délib. 1"), ("Gare", "délib. 2")]


@pytest.mark.usefixtures("_ici")
def test_an_indicator_of_a_register_is_refused_once(tmp_path, capsys):
    mapping = tmp_path / "carte.toml"
    mapping.write_text(
        'cible = "indicateurs"\nnom = "essai"\n[constantes]\nmillesime = "2024"\n[colonnes]\ncode = "IRIS"\n'
        '[indicateurs]\nA = "a"\nB = "b"\n'
    )
    path = tmp_path / "t.csv"
    path.write_text("IRIS;a;b\n609990101;1;2\n609990102;1\n")
    call_command("import_table", str(path), "--map", str(mapping))
    assert "3 lus, 2 ajoutés, 0 modifiés, 1 rejetés" in capsys.readouterr().out
    call_command("import_table", str(path), "--map", str(mapping), "--essai")
    assert "2 lisibles" in capsys.readouterr().out
    assert json.loads(ImportReject.objects.get().content)[UNREADABLE] == "609990102;1"
