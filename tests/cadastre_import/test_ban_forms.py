"""The forms in which the BAN is published give the same addresses."""

import csv
import gzip
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection

from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.errors import UnreadableFile
from layers.models import Address, AddressParcelle, Voie
from tests.cadastre_import.official_files import write_csv
from tests.factories import CommuneFactory

REAL = Path(settings.REAL_DATA_DIR) / "bondy_93010/ban"
BAN = SOURCES["ban"]
pytestmark = pytest.mark.django_db
real = pytest.mark.skipif(not REAL.is_dir(), reason=f"les adresses réelles ne sont pas là : {REAL}")


def with_ids(row: dict[str, str], number: int) -> dict[str, str]:
    """Give the row of ``csv-with-ids``: the identifiers come last."""
    return row | {
        "id_ban_adresse": str(UUID(int=number)),
        "id_ban_toponyme": str(UUID(int=1)),
        "id_ban_commune": str(UUID(int=2)),
    }


def bal(row: dict[str, str], number: int, *, older: bool = False, **values: str) -> dict[str, str]:
    """Give the row of ``csv-bal``, in 1.4 or in the older form whose first column holds the identifiers."""
    address = str(UUID(int=number))
    first = (
        {"uid_adresse": f" @c:{UUID(int=2)} @v:{UUID(int=1)} @a:{address}"}
        if older
        else {
            "id_ban_commune": str(UUID(int=2)),
            "id_ban_toponyme": str(UUID(int=1)),
            "id_ban_adresse": address,
        }
    )
    return (
        first
        | {
            "cle_interop": row["id"],
            "commune_insee": row["code_insee"],
            "commune_nom": row["nom_commune"],
            "commune_deleguee_insee": "",
            "commune_deleguee_nom": row["nom_ancienne_commune"],
            "voie_nom": row["nom_voie"],
            "lieudit_complement_nom": "",
            "numero": row["numero"],
            "suffixe": row["rep"],
            "position": row["type_position"],
            "x": row["x"],
            "y": row["y"],
            "long": row["lon"],
            "lat": row["lat"],
            "cad_parcelles": row["cad_parcelles"],
            "source": "commune",
            "date_der_maj": "2025-01-01",
            "certification_commune": "1",
        }
        | values
    )


@pytest.fixture
def rows() -> list[dict[str, str]]:
    with gzip.open(REAL / "adresses-93010.csv.gz", "rt", encoding="utf-8") as stream:
        return list(csv.DictReader(stream, delimiter=";"))[:1500]


@pytest.fixture(autouse=True)
def _bondy():
    CommuneFactory(code="93010", nom="Bondy", geom=None)


def addresses() -> list[tuple]:
    names = ("ban_id", "numero", "rep", "code_postal", "type_position", "voie", "geom")
    return list(Address.objects.current().order_by("pk").values_list(*names))


@real
def test_each_form_of_the_same_addresses_changes_nothing_but_the_identifiers(rows, tmp_path):
    first = run_import(BAN, write_csv(tmp_path / "adresses-93.csv", rows, encoding="utf-8"))
    before = (
        addresses(),
        set(Voie.objects.values_list()),
        set(AddressParcelle.objects.values_list("address", "idu")),
    )
    assert first.added == len(before[0]) > 1400
    forms = {
        "with-ids": [with_ids(row, n) for n, row in enumerate(rows)],
        "bal-1.4": [bal(row, n) for n, row in enumerate(rows)],
        "bal-1.3": [bal(row, n, older=True) for n, row in enumerate(rows)],
    }
    for name, written in forms.items():
        report = run_import(BAN, write_csv(tmp_path / f"{name}.csv", written, encoding="utf-8"))
        print(f"{name} : {report}")
        assert (report.added, report.closed, len(report.rejects)) == (0, 0, len(first.rejects))
        assert report.changed == (first.added if name == "with-ids" else 0)
        after = (
            addresses(),
            set(Voie.objects.values_list()),
            set(AddressParcelle.objects.values_list("address", "idu")),
        )
        assert after == before
    assert Address.objects.filter(ban_uuid=None).count() == 0
    # the form without identifiers does not take them away
    run_import(BAN, write_csv(tmp_path / "again.csv", rows, encoding="utf-8"))
    assert Address.objects.filter(ban_uuid=None).count() == 0


@real
def test_of_several_positions_the_door_is_kept(rows, tmp_path):
    row = rows[0]
    written = [
        bal(row, 1, position="segment"),
        bal(row, 1, position="entrée", long="2.4801", lat="48.9001"),
        bal(row, 1, position="parcelle", long="2.4802"),
    ]
    report = run_import(BAN, write_csv(tmp_path / "bal.csv", written, encoding="utf-8"))
    assert (report.added, report.rejects) == (1, [])
    assert report.notices == ["2 autre(s) position(s) d’une même adresse, laissées : la porte d’abord"]
    assert Address.objects.get().geom.coords == (2.4801, 48.9001)


@real
def test_the_same_row_twice_is_a_double_in_a_bal_too(rows, tmp_path):
    written = [bal(rows[0], 1), bal(rows[0], 1)]
    report = run_import(BAN, write_csv(tmp_path / "bal.csv", written, encoding="utf-8"))
    assert [reason for _, reason, _ in report.rejects] == ["doublon de la ligne 2"]


@real
def test_an_identifier_that_is_none_costs_its_row(rows, tmp_path):
    written = [with_ids(rows[0], 1), with_ids(rows[1], 2) | {"id_ban_adresse": "x"}]
    report = run_import(BAN, write_csv(tmp_path / "a.csv", written, encoding="utf-8"))
    assert [reason for _, reason, _ in report.rejects] == ["id_ban_adresse : identifiant invalide 'x'"]


@real
def test_the_file_encoded_twice_is_refused_with_what_to_do():
    with pytest.raises(UnreadableFile, match="accents encodés deux fois"):
        run_import(BAN, REAL / "adresses-93010-mojibake.csv.gz")


@real
def test_a_bal_without_a_needed_column_is_told(rows, tmp_path):
    written = [{name: value for name, value in bal(rows[0], 1).items() if name != "voie_nom"}]
    with pytest.raises(UnreadableFile, match="« voie_nom »"):
        run_import(BAN, write_csv(tmp_path / "bal.csv", written, encoding="utf-8"))


@real
def test_the_streets_are_counted_once_they_are_written(rows, tmp_path):
    """The geocoder joins them next: PostgreSQL must not believe that there is none."""
    run_import(BAN, write_csv(tmp_path / "adresses-93.csv", rows, encoding="utf-8"))
    with connection.cursor() as cursor:
        for model in (Voie, AddressParcelle):
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [model._meta.db_table])
            assert cursor.fetchone() == (model.objects.count(),)
