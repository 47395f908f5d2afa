"""The registers of dwellings of the demo: they follow the stock, and a place has something to show."""

import zipfile
from collections import Counter

import pytest

from cadastre_import.folder import import_files, recognise
from layers.models import AddressParcelle, Copropriete, Dpe
from layers.scope import Scope
from tests.place_registers import registers_at

from .conftest import table

ORDER = ("communes", "parcelles", "ban", "rpls-adresses", "dpe", "dvf", "rnic", "bdnb")


def poor_share(rows: list[dict[str, str]]) -> float:
    return sum(row["etiquette_dpe"] in "FG" for row in rows) / len(rows)


def test_old_dwellings_have_the_poor_classes(territory):
    rows = table(territory.files["dpe"], ",")
    old = [row for row in rows if row["periode_construction"] == "avant 1948"]
    recent = [row for row in rows if row["annee_construction"] >= "1991"]
    assert poor_share(old) > 0.2 > 0.1 > poor_share(recent)


def test_sales_have_one_price_and_say_it_on_each_row(territory):
    for name in ("dvf 2025", "dvf 2026"):
        prices = Counter(
            (row["id_mutation"], row["valeur_fonciere"]) for row in table(territory.files[name], ",")
        )
        assert len({mutation for mutation, _ in prices}) == len(prices)
        assert max(prices.values()) == 2


def test_the_archive_carries_no_date(territory):
    with zipfile.ZipFile(territory.files["bdnb"]) as archive:
        assert {member.date_time[0] for member in archive.infolist()} == {1980}


@pytest.mark.django_db
def test_a_block_of_flats_has_everything_to_show(territory):
    found = [file for file in recognise(territory.directory) if file.source in ORDER]
    reports = [report for _, report in import_files(found)]
    assert [report.rejects for report in reports if report.rejects] == []
    block = Copropriete.objects.filter(
        ban_id__in=Dpe.objects.values("ban_id"), idus__0__in=AddressParcelle.objects.values("idu")
    ).order_by("-lots", "numero")[0]
    known = registers_at(Scope(signed_in=True), idus=block.idus, ban_ids=[block.ban_id])
    assert block in known.coproprietes
    assert known.dpe
    assert known.groupes[0].copropriete == block.numero
    assert known.groupes[0].classes_dpe
