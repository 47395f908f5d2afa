"""Registers of dwellings on the real files that we have: counts equal to the source, and what attaches to places."""

import csv
import gzip
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import Sum

from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.models import Address, Commune, LogementSocial, Mutation, MutationParcelle, Parcelle
from layers.scope import Scope
from tests.place_registers import registers_at

REAL = Path(settings.REAL_DATA_DIR)
BONDY = REAL / "bondy_93010"
RPLS = (
    "Bagnolet", "Bobigny", "Bondy", "Le-Pre-Saint-Gervais", "Les-Lilas", "Montreuil", "Noisy-le-Sec", "Pantin",
    "Romainville",
)  # fmt: skip
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not REAL.is_dir(), reason=f"les fichiers réels ne sont pas dans {REAL} (réglage GEO_LHI_REAL_DATA)"
    ),
]


def rows_of(path: Path, delimiter: str) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as text:
        return list(csv.DictReader(text, delimiter=delimiter))


@pytest.fixture
def bondy():
    """Load the parcelles and the addresses of Bondy."""
    Commune.objects.create(code="93010", nom="Bondy", departement="93")
    run_import(
        SOURCES["parcelles"],
        BONDY / "cadastre/2023/cadastre-93010-parcelles.json.gz",
        millesime=date(2022, 7, 1),
    )
    run_import(SOURCES["ban"], BONDY / "ban/adresses-93010.csv.gz")


def test_sales_of_the_raw_extract():
    path = BONDY / "dvf/dvf_brut_93_2022_extrait.csv.gz"
    rows = rows_of(path, ";")
    report = run_import(SOURCES["dvf"], path)
    assert (report.read, report.rejects) == (len(rows), [])
    assert report.notices == ["fichier brut : sans position"]
    acts = 1 + sum(
        (before["Date.mutation"], before["Valeur.fonciere"]) != (row["Date.mutation"], row["Valeur.fonciere"])
        for before, row in pairwise(rows)
    )
    assert Mutation.objects.count() == acts
    by_day = Counter(row["Date.mutation"] for row in rows if row["Commune"] == "BONDY")
    of_bondy = Mutation.objects.filter(parcelles__idu__startswith="93010")
    assert {day.strftime("%d/%m/%Y") for day in of_bondy.values_list("mutated_on", flat=True)} == set(by_day)
    # 139 av. Carnot: a flat and its cellars, three lots, one price on three rows
    sold = MutationParcelle.objects.get(idu="93010000AS0167", mutation__mutated_on=date(2022, 1, 3))
    assert sold.mutation.valeur_fonciere == 188_000
    assert (sold.types_local, sold.lots) == (["Appartement", "Dépendance"], ["19", "26", "8"])
    assert (sold.surface_bati_m2, sold.surface_carrez_m2, sold.pieces) == (54, 54.77, 3)
    print(f"\nDVF : {report}, {acts} mutations")


def test_sales_find_the_parcelles_and_addresses_of_bondy(bondy):
    run_import(SOURCES["dvf"], BONDY / "dvf/dvf_brut_93_2022_extrait.csv.gz")
    sold = MutationParcelle.objects.filter(idu__startswith="93010")
    parcelles = sold.filter(idu__in=Parcelle.objects.values("idu")).count()
    numbered = sold.exclude(ban_id=None)
    addresses = numbered.filter(ban_id__in=Address.objects.values("ban_id")).count()
    print(
        f"\nDVF de Bondy : {sold.count()} parcelles vendues, {parcelles} au cadastre de 2023 ; "
        f"{numbered.count()} adresses, {addresses} dans la BAN"
    )
    assert parcelles == sold.count() > 700
    assert addresses >= 0.8 * numbered.count()
    found = registers_at(Scope(signed_in=True), idus=["93010000AS0167"])
    assert date(2022, 1, 3) in [mutation.mutated_on for mutation in found.mutations]


@pytest.mark.parametrize("ville", RPLS)
def test_social_dwellings_by_address(ville):
    path = BONDY / f"rpls/rpls2021_{ville}.csv.gz"
    rows = rows_of(path, ",")
    report = run_import(SOURCES["rpls-adresses"], path)
    assert (report.read, report.rejects) == (len(rows), [])
    assert LogementSocial.objects.aggregate(n=Sum("dwellings"))["n"] == len(rows)
    classes = Counter(
        row["DPEENERGIE"] for row in rows if row["DPEENERGIE"] in "ABCDEFG" and row["DPEENERGIE"]
    )
    kept = Counter()
    for counts in LogementSocial.objects.values_list("classes_dpe", flat=True):
        kept.update(counts)
    assert kept == classes
    assert LogementSocial.objects.filter(geom=None).count() == 0
    print(f"\nRPLS {ville} : {report}")
    again = run_import(SOURCES["rpls-adresses"], path, force=True)
    assert (again.added, again.changed) == (0, 0)


def test_social_dwellings_of_bondy_are_attached(bondy):
    run_import(SOURCES["rpls-adresses"], BONDY / "rpls/rpls2021_Bondy.csv.gz")
    total = LogementSocial.objects.aggregate(n=Sum("dwellings"))["n"]
    by_address = LogementSocial.objects.exclude(ban_id=None).aggregate(n=Sum("dwellings"))["n"]
    neither = LogementSocial.objects.filter(ban_id=None, idu=None).aggregate(n=Sum("dwellings"))["n"] or 0
    print(f"\nRPLS de Bondy : {total} logements, {by_address} rattachés à une adresse, {neither} à rien")
    assert by_address >= 0.6 * total
    assert neither <= 0.03 * total
