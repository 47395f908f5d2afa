"""Read as columns or one by one, a file gives the same rows and the same rejects."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from cadastre_import import columnar
from cadastre_import.binary_copy import FALSE, NULL, Layout
from cadastre_import.pipeline import run_import
from cadastre_import.readers import geojson
from cadastre_import.source import Block, Source
from cadastre_import.sources import SOURCES
from layers.models import Batiment, ImportReject, ImportRun, Parcelle, Section
from tests.cadastre_import.official_files import parcelle, polygon, write_features
from tests.cadastre_import.test_real_files import BONDY, REAL, needs_real_files
from tests.factories import CommuneFactory

MODELS = {"sections": Section, "parcelles": Parcelle, "batiments": Batiment}
STAGED = Layout(is_numbered=True, after=(FALSE, NULL))
ENCODED = partial(columnar.encoded, STAGED)


@pytest.fixture
def small_blocks(monkeypatch):
    """Cut files into blocks of a few kilobytes: a small file then goes both ways."""
    monkeypatch.setattr(geojson, "BLOCK", 20_000)


def result(source: Source, path: Path) -> tuple[Any, ...]:
    """Import into an empty register, by its first load, and give the whole outcome."""
    model = MODELS[source.name]
    model.objects.all().delete()
    ImportRun.objects.all().delete()
    connection.check_constraints()  # a table whose references wait for their check cannot be taken alone
    before = index_numbers(model)
    report = run_import(source, path, millesime=date(2025, 1, 1))
    assert not before & index_numbers(model), "the indexes were not built anew"
    names = [f'"{field.column}"::text' for field in model._meta.concrete_fields if field.name != "written_at"]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(names)} FROM {model._meta.db_table} ORDER BY {model._meta.pk.column}"
        )
        rows = cursor.fetchall()
    rejects = list(ImportReject.objects.order_by("line").values_list("line", "reason", "content"))
    return report.read, report.added, report.repaired, report.coverage, rows, rejects


def index_numbers(model: type[Any]) -> set[int]:
    """Give the identifiers of the indexes that a first load builds: they change with them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid FROM pg_index WHERE indrelid = %s::regclass AND NOT indisunique",
            [model._meta.db_table],
        )
        return {number for (number,) in cursor.fetchall()}


def read_both_ways(source: Source, path: Path) -> tuple[Any, ...]:
    """Import both ways, hold that they agree, and give the outcome."""
    by_columns = result(source, path)
    assert by_columns == result(replace(source, columnar=None), path)
    return by_columns


def columns_read(source: Source, path: Path) -> float:
    """Give the share of the features of a file that are read as columns."""
    lines = geojson.FeatureLines(path)
    pieces = [p for block in lines.blocks() for p in columnar.read_block(source.columnar, ENCODED, block)]
    fast = sum(rows for rows, _ in pieces)
    slow = sum(1 for _, piece in pieces if isinstance(piece, Block) for _ in lines.features(piece))
    return fast / (fast + slow)


def idu(number: int) -> str:
    return f"60999000AB{number:04d}"


def many(count: int) -> list[dict[str, Any]]:
    return [parcelle(idu(n), polygon(n % 30 * 20, n // 30 * 20, 10)) for n in range(1, count + 1)]


BREAKS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a number in text": lambda f: f["properties"].update(contenance="250"),
    "a negative number": lambda f: f["properties"].update(contenance=-1),
    "a decimal": lambda f: f["properties"].update(contenance=12.5),
    "a whole decimal": lambda f: f["properties"].update(contenance=12.0),
    "a number too large": lambda f: f["properties"].update(contenance=10**12),
    "no number": lambda f: f["properties"].pop("contenance"),
    "an impossible date": lambda f: f["properties"].update(updated="2024-02-31"),
    "no date": lambda f: f["properties"].update(created=None),
    "an id with spaces": lambda f: f["properties"].update(id=f" {f['properties']['id']} "),
    "an id too short": lambda f: f["properties"].update(id="60999"),
    "an id with a line feed": lambda f: f["properties"].update(id=f"{f['properties']['id']}\n"),
    "an unknown commune": lambda f: f["properties"].update(id="01004000AB0001"),
    "a double": lambda f: f["properties"].update(id=idu(1)),
    "arpente as text": lambda f: f["properties"].update(arpente="oui"),
    "arpente": lambda f: f["properties"].update(arpente=True),
    "more properties": lambda f: f["properties"].update(titre="Pré d’en haut", parts=[{"a": [1, None]}]),
    "an escape": lambda f: f["properties"].update(titre='dit "le Clos"'),
    "no properties": lambda f: f.update(properties=None),
    "no geometry": lambda f: f.update(geometry=None),
    "no ring": lambda f: f["geometry"].update(coordinates=[]),
    "an empty ring": lambda f: f["geometry"].update(coordinates=[[]]),
    "a point": lambda f: f.update(geometry={"type": "Point", "coordinates": [3, 46.5]}),
    "another type": lambda f: f["geometry"].update(type="LineString"),
    "an open ring": lambda f: f["geometry"]["coordinates"][0].pop(),
    "a third ordinate": lambda f: f["geometry"]["coordinates"][0][2].append(12.0),
    "one ordinate": lambda f: f["geometry"]["coordinates"][0][2].pop(),
    "a missing ordinate": lambda f: f["geometry"]["coordinates"][0][2].__setitem__(0, None),
    "text for an ordinate": lambda f: f["geometry"]["coordinates"][0][2].__setitem__(0, "3"),
    "metres": lambda f: f["geometry"].update(coordinates=[[[7e5, 6e6], [7e5, 7e6], [8e5, 6e6], [7e5, 6e6]]]),
    "a bow tie": lambda f: f["geometry"]["coordinates"][0].__setitem__(
        slice(1, 3), f["geometry"]["coordinates"][0][2:0:-1]
    ),
    "whole ordinates": lambda f: f["geometry"].update(coordinates=[[[3, 46], [4, 46], [4, 47], [3, 46]]]),
    "a hole": lambda f: f["geometry"].update(
        coordinates=[polygon(0, 0, 10)["coordinates"][0], polygon(2, 2, 4)["coordinates"][0]]
    ),
    "two parts": lambda f: f.update(
        geometry={
            "type": "MultiPolygon",
            "coordinates": [polygon(0, 0, 5)["coordinates"], polygon(50, 0, 5)["coordinates"]],
        }
    ),
    "another order": lambda f: f.update(type=f.pop("type")),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", BREAKS)
def test_one_feature_out_of_the_ordinary_among_many(tmp_path, small_blocks, name):
    CommuneFactory(code="60999", geom=None)
    features = many(300)
    BREAKS[name](features[200])
    path = write_features(tmp_path / "parcelles.json.gz", features)
    read, added, *_, rejects = read_both_ways(SOURCES["parcelles"], path)
    assert (read, added + len(rejects)) == ((300, 300) if name != "another order" else (299, 299))
    assert columns_read(SOURCES["parcelles"], path) > 0.7


ALTERATIONS = st.dictionaries(st.integers(0, 149), st.sampled_from(sorted(BREAKS)), max_size=12)


@pytest.mark.django_db
@settings(max_examples=15, deadline=None)
@given(altered=ALTERATIONS, seed=st.integers(0, 9))
def test_any_mixture_gives_the_same_rows_and_rejects(tmp_path_factory, altered, seed):
    from layers.models import Commune

    Commune.objects.get_or_create(code="60999", defaults={"nom": "Ici", "departement": "60"})
    features = many(150)
    for index, name in altered.items():
        BREAKS[name](features[index])
    random.Random(seed).shuffle(features)
    path = write_features(tmp_path_factory.mktemp("mixture") / "parcelles.json.gz", features)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(geojson, "BLOCK", 10_000)
        read_both_ways(SOURCES["parcelles"], path)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "written",
    [
        b'"contenance":NaN',
        b'"contenance":1,"contenance":2',
        b'"contenance":0100',
        b'"titre":"\xff\xfe"',
        b'"titre":"\xc3\xa9t\xc3\xa9"',
        b'"titre":"\\ud800"',
        b'"a":[[[[[[[[[[]]]]]]]]]]',
        b'"contenance":1}, "properties":{"id":"60999000AB0150"',
        b'"contenance":1e400',
        b'"contenance":',
    ],
)
def test_json_that_two_parsers_could_read_differently(tmp_path, small_blocks, written):
    CommuneFactory(code="60999", geom=None)
    path = write_features(tmp_path / "parcelles.json", many(300), compress=False)
    lines = path.read_bytes().split(b"\n")
    lines[150] = lines[150].replace(b'"contenance":100', written)
    path.write_bytes(b"\n".join(lines))
    read, *_ = read_both_ways(SOURCES["parcelles"], path)
    assert read == 300


@pytest.mark.django_db
def test_a_double_far_from_the_first_is_told_of_its_line(tmp_path, small_blocks):
    CommuneFactory(code="60999", geom=None)
    features = many(400)
    features[390]["properties"]["id"] = idu(5)
    *_, rejects = read_both_ways(SOURCES["parcelles"], write_features(tmp_path / "a.json.gz", features))
    assert [(line, reason) for line, reason, _ in rejects] == [(392, "doublon de la ligne 6")]


@pytest.mark.django_db
def test_the_indexes_and_references_of_a_first_load_are_all_back(tmp_path, small_blocks):
    CommuneFactory(code="60999", geom=None)

    def described() -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'layers_parcelle'::regclass "
                "UNION SELECT conname || pg_get_constraintdef(oid) || convalidated FROM pg_constraint "
                "WHERE conrelid = 'layers_parcelle'::regclass"
            )
            return {text for (text,) in cursor.fetchall()}

    before = described()
    result(SOURCES["parcelles"], write_features(tmp_path / "a.json.gz", many(300)))
    assert described() == before
    assert len(before) >= 7


@pytest.mark.django_db
@needs_real_files
@pytest.mark.parametrize(
    ("source", "path", "least"),
    [
        ("parcelles", BONDY / "cadastre/2025/cadastre-93010-parcelles.json.gz", 0.95),
        ("parcelles", REAL / "paris/cadastre-75118-parcelles.json.gz", 0.95),
    ],
)
def test_real_files_give_the_same_rows_both_ways(source, path, least, capsys):
    CommuneFactory(code="93010", geom=None)
    CommuneFactory(code="75118", geom=None)
    read, added, *_ = read_both_ways(SOURCES[source], path)
    share = columns_read(SOURCES[source], path)
    with capsys.disabled():
        print(f"\n{path.name} : {read} objets, {added} ajoutés, {share:.1%} lus par colonnes")
    assert added > 6_000
    assert share > least


def building(number: int, **properties: Any) -> dict[str, Any]:
    """Give a building as Etalab publishes it."""
    shape = {"type": "MultiPolygon", "coordinates": [polygon(number * 20, 3, 8)["coordinates"]]}
    told = {"type": "01", "nom": None, "commune": "60999", "created": "2011-12-07", "updated": "2018-04-23"}
    return {"type": "Feature", "geometry": shape, "properties": told | properties}


@pytest.mark.django_db
def test_buildings_keep_their_digest(tmp_path, small_blocks):
    CommuneFactory(code="60999", geom=None)
    buildings = [building(n) for n in range(300)]
    buildings[40] = building(40, nom="  Église Saint-Éloi ", type="02")
    buildings[41] = building(41, nom="long " * 60)
    buildings[42] = building(43)  # the same footprint twice
    buildings[50]["geometry"]["coordinates"][0][0][1] = buildings[50]["geometry"]["coordinates"][0][0][0]
    buildings[60]["geometry"] = polygon(2_000, 3, 8)
    buildings[70]["properties"].pop("type")
    path = write_features(tmp_path / "batiments.json.gz", buildings)
    read, added, *_, rows, rejects = read_both_ways(SOURCES["batiments"], path)
    assert (read, added + len(rejects)) == (300, 300)
    assert {line for line, *_ in rejects} >= {43, 45}
    assert "Église Saint-Éloi" in json.dumps(rows, ensure_ascii=False)
    assert columns_read(SOURCES["batiments"], path) > 0.5


@pytest.mark.django_db
def test_sections(tmp_path, small_blocks):
    CommuneFactory(code="60999", geom=None)
    letters = "ABCDEFGHJKLMNPQRST"
    sections = [
        {"type": "Feature", "geometry": polygon(n * 20, 0, 10), "properties": {"id": f"60999000{a}{b}"}}
        for n, (a, b) in enumerate((a, b) for a in letters for b in letters)
    ]
    path = write_features(tmp_path / "sections.json.gz", sections)
    read, added, *_ = read_both_ways(SOURCES["sections"], path)
    assert read == added == len(letters) ** 2
    assert columns_read(SOURCES["sections"], path) > 0.8
