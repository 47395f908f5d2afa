"""House numbers of the plan cadastral: the parcelles they serve, and the addresses they place."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from cadastre_import.anchoring import anchor_signalements
from cadastre_import.pipeline import run_import
from cadastre_import.readers.archives import extracted_tar
from cadastre_import.readers.edigeo_relations import related_objects
from cadastre_import.sources import SOURCES, edigeo_numeros
from layers.errors import InvalidRow, UnreadableFile
from layers.models import Anchor, NumeroCadastral
from tests.cadastre_import.anchoring_street import CODE, LEFT, RIGHT, address, links, report
from tests.factories import (
    AddressParcelleFactory,
    CommuneFactory,
    NumeroCadastralFactory,
    ParcelleFactory,
    VoieFactory,
    point,
    square,
)

pytestmark = pytest.mark.django_db
REAL = Path(settings.REAL_DATA_DIR) / "edigeo"
real = pytest.mark.skipif(not REAL.is_dir(), reason=f"les feuilles réelles ne sont pas là : {REAL}")

# Sheet: numbers written on it, those whose nearest parcelle is one that they serve
SHEETS = {"13029/edigeo-130290000A01": (54, 29), "25354/edigeo-25354000AK01": (40, 38)}
NEAREST = """
SELECT count(*) FILTER (WHERE near.idu = ANY(n.served)) FROM (
    SELECT geom, numero, array_agg(idu) AS served FROM layers_numerocadastral GROUP BY geom, numero
) n CROSS JOIN LATERAL (
    SELECT idu FROM layers_parcelle p ORDER BY ST_Distance(p.geom::geography, n.geom::geography) LIMIT 1
) near
"""


@real
@pytest.mark.parametrize("sheet", SHEETS)
def test_each_number_of_a_real_sheet_is_on_the_parcelles_it_serves(sheet):
    """The parcelle that a number serves is often not the nearest one: 29 times out of 54 among lanes and fields."""
    CommuneFactory(code=sheet[:5], geom=None)
    path = REAL / f"{sheet}.tar.bz2"
    numbers, nearest = SHEETS[sheet]
    run_import(SOURCES["edigeo-parcelles"], path, millesime=date(2025, 7, 1))
    outcome = run_import(SOURCES["edigeo-numeros"], path, millesime=date(2025, 7, 1))
    with extracted_tar(path) as folder:
        relations = list(related_objects(next(folder.rglob("*.THF")), edigeo_numeros.RELATION))
    assert outcome.read == len(relations) >= numbers
    assert outcome.rejects == []
    assert NumeroCadastral.objects.values("geom", "numero").distinct().count() == numbers
    with connection.cursor() as cursor:
        cursor.execute(NEAREST)
        assert cursor.fetchone()[0] == pytest.approx(nearest, abs=1)


@real
def test_the_relations_are_those_that_the_text_of_the_lot_tells():
    with extracted_tar(REAL / "25354/edigeo-25354000AK01.tar.bz2") as folder:
        lot = next(folder.rglob("*.THF"))
        told = "".join(file.read_text("latin-1") for file in folder.rglob("*.VEC"))
        named = set(re.findall(r"Rel_NUMVOIE_PARCELLE_(Objet_\d+)_(Objet_\d+)", told))
        assert set(related_objects(lot, "NUMVOIE_PARCELLE")) == named


@real
def test_a_sheet_without_numbers_says_so():
    with pytest.raises(UnreadableFile, match="NUMVOIE_id"):
        run_import(SOURCES["edigeo-numeros"], REAL / "25354/edigeo-25354000AB01.tar.bz2")


@real
def test_a_number_that_left_its_sheet_is_closed_and_those_of_other_sheets_stay():
    CommuneFactory(code="25354", geom=None)
    left = NumeroCadastralFactory(numero=999, idu="25354000AK0056", feuille="25354000AK01")
    other = NumeroCadastralFactory(numero=999, idu="25354000ZZ0001", feuille="25354000ZZ01")
    path = REAL / "25354/edigeo-25354000AK01.tar.bz2"
    run_import(SOURCES["edigeo-numeros"], path, millesime=date(2025, 7, 1))
    left.refresh_from_db()
    other.refresh_from_db()
    assert (left.closed_on, other.closed_on) == (date(2025, 7, 1), None)
    again = run_import(SOURCES["edigeo-numeros"], path, millesime=date(2025, 7, 1), force=True)
    assert (again.added, again.changed) == (0, 0)


def written(text, idu="354000AK0056"):
    return {"properties": {"TEX": text, "IDU": idu, "sheet": "25354000AK01"}, "geometry": point(0, 0)}


@pytest.mark.parametrize(
    ("text", "expected"), [("8", (8, "")), ("14B", (14, "b")), ("0012 bis", (12, "bis"))]
)
def test_a_number_is_read_with_its_index(text, expected, monkeypatch):
    monkeypatch.setattr(edigeo_numeros, "sheet_parts", lambda one: (one["properties"], None, "25354000AK01"))
    assert tuple(edigeo_numeros.parse(written(text))[2:4]) == expected


@pytest.mark.parametrize(("text", "idu"), [("", "354000AK0056"), ("Mairie", "354000AK0056"), ("8", None)])
def test_what_is_no_number_or_serves_no_parcelle_is_refused(text, idu, monkeypatch):
    monkeypatch.setattr(edigeo_numeros, "sheet_parts", lambda one: (one["properties"], None, "25354000AK01"))
    with pytest.raises(InvalidRow):
        edigeo_numeros.parse(written(text, idu))


@pytest.fixture
def one():
    """Number 1, on the street before LEFT; the plan is asked about it."""
    commune = CommuneFactory(code=CODE, geom=square(0, 0, 1000))
    ParcelleFactory(commune=commune, idu=LEFT, geom=square(0, 0, 10))
    ParcelleFactory(commune=commune, idu=RIGHT, geom=square(10, 0, 10))
    return address(VoieFactory(commune=commune, code=f"{CODE}_0001"), 1, 5, -2)


def test_the_parcelle_that_the_plan_gives_to_the_number_beats_the_nearest(one):
    NumeroCadastralFactory(numero=1, idu=RIGHT, geom=point(5, -4))
    signalement = report(5, -2, found=one.ban_id)
    anchor_signalements()
    assert links(signalement, "parcelle") == [(RIGHT, "numero_cadastral", 5.4, True)]


def test_the_parcelles_that_the_ban_declares_come_before(one):
    NumeroCadastralFactory(numero=1, idu=RIGHT, geom=point(5, -4))
    AddressParcelleFactory(address=one, idu=LEFT)
    signalement = report(5, -2, found=one.ban_id)
    anchor_signalements()
    assert links(signalement, "parcelle") == [(LEFT, "cad_parcelles", 2, True)]


@pytest.mark.parametrize(
    "plan",
    [
        {"numero": 1, "geom": point(26, -2)},
        {"numero": 3, "geom": point(5, -4)},
        {"numero": 1, "rep": "b", "geom": point(5, -4)},
        {"numero": 1, "geom": point(5, -4), "closed_on": date(2025, 1, 1)},
        {"numero": 1, "geom": point(5, -4), "idu": f"{CODE}000AA9999"},
    ],
    ids=["21 m away", "another number", "another index", "left the plan", "parcelle that is no more"],
)
def test_else_geometry_decides(one, plan):
    NumeroCadastralFactory(**{"idu": RIGHT} | plan)
    signalement = report(5, -2, found=one.ban_id)
    anchor_signalements()
    assert links(signalement, "parcelle") == [(LEFT, "nearest", 2, True)]


def test_the_same_number_of_two_streets_at_a_corner_says_nothing(one):
    NumeroCadastralFactory(numero=1, idu=RIGHT, geom=point(5, -4))
    NumeroCadastralFactory(numero=1, idu=LEFT, geom=point(-5, -4))
    signalement = report(5, -2, found=one.ban_id)
    anchor_signalements()
    assert links(signalement, "parcelle") == [(LEFT, "nearest", 2, True)]


def test_a_number_that_serves_two_parcelles_keeps_both_and_shares_the_score(one):
    for idu in (LEFT, RIGHT):
        NumeroCadastralFactory(numero=1, idu=idu, geom=point(5, -4))
    signalement = report(5, -2, found=one.ban_id)
    anchor_signalements()
    assert [link[:2] for link in links(signalement, "parcelle")] == [
        (LEFT, "numero_cadastral"),
        (RIGHT, "numero_cadastral"),
    ]
    assert set(Anchor.objects.filter(kind="parcelle").values_list("score", flat=True)) == {0.46}


def test_a_report_whose_address_is_only_the_nearest_does_not_ask_the_plan(one):
    NumeroCadastralFactory(numero=1, idu=RIGHT, geom=point(5, -4))
    signalement = report(5, -2, "declaree")
    anchor_signalements()
    assert links(signalement, "parcelle") == [(LEFT, "nearest", 2, True)]
