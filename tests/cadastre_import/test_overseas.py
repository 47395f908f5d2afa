"""Overseas as on the mainland: files enter, addresses are found, and metres are metres in the legal projection."""

import math
from datetime import date

import orjson
import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from pyproj import Geod, Transformer

from benchmarks._departement import ORIGINS, STEP, communes_of, write_departement
from cadastre_import.anchoring import anchor_signalements
from cadastre_import.folder import import_files, recognise
from cadastre_import.geocoding.service import geocode_signalements
from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.crs import WGS84, legal_srid
from layers.models import Address, Anchor, Batiment, Commune, Parcelle, Signalement, Zone
from layers.scope import Scope
from layers.selectors.heat_points import perimeter_of
from tests.cadastre_import.official_files import export_row, write_csv
from tests.factories import SignalementFactory

pytestmark = pytest.mark.django_db
PARCELLES = 300
OVERSEAS = sorted(ORIGINS)


@pytest.fixture
def territory(request, tmp_path):
    """Import 300 parcelles of 20 to 30 m in a row, their buildings and addresses; give the département."""
    departement = request.param
    write_departement(tmp_path, departement, PARCELLES)
    (tmp_path / "communes.json").write_bytes(_json(communes_of(departement, PARCELLES)))
    reports = [report for _, report in import_files(recognise(tmp_path), millesime=date(2026, 1, 1))]
    assert sum(len(report.rejects) for report in reports) == 0
    west, south = ORIGINS[departement]
    outline = Polygon.from_bbox((west, south, west + PARCELLES * STEP, south + STEP))
    Commune.objects.update(geom=MultiPolygon(outline, srid=WGS84))
    return departement


def _json(rows):
    return b"[\n" + b",\n".join(orjson.dumps(row) for row in rows) + b"\n]\n"


def commune_of(departement):
    return f"{departement}01"


def metres_from(departement, east_m, north_m):
    """Give the point so far from the south-west corner of the territory, measured in the legal projection."""
    there = Transformer.from_crs(WGS84, legal_srid(departement), always_xy=True)
    x, y = there.transform(*ORIGINS[departement])
    return Point(*there.transform(x + east_m, y + north_m, direction="INVERSE"), srid=WGS84)


overseas = pytest.mark.parametrize("territory", OVERSEAS, indirect=True)


@overseas
def test_a_typed_address_finds_its_places(territory, tmp_path):
    code = commune_of(territory)
    assert (Parcelle.objects.count(), Batiment.objects.count(), Address.objects.count()) == (300, 200, 150)
    assert Commune.objects.get().departement == territory
    row = export_row("2025-1", Adresse="5 avenue jean jaures 2", Code_postal=code, Commune=f"Commune {code}")
    run_import(SOURCES["signal-logement"], write_csv(tmp_path / "signalements.csv", [row]))
    geocode_signalements()
    anchor_signalements()
    signalement = Signalement.objects.unscoped("test").get()
    assert signalement.precision == "numero"
    assert signalement.departement == territory
    best = dict(Anchor.objects.filter(is_best=True).values_list("kind", "place_code"))
    assert best["address"] == f"{code}_0002_00005"
    assert best["parcelle"] == f"{code}000AA0105"
    assert best["commune"] == code
    assert Batiment.objects.get(pk=best["batiment"]).geom.within(
        Parcelle.objects.get(pk=best["parcelle"]).geom
    )


@overseas
def test_distances_are_metres(territory):
    for metres in (3, 8):
        place = metres_from(territory, 10, -metres)
        SignalementFactory(
            reference=f"S{metres}", precision="numero", commune_id=commune_of(territory), geom=place
        )
    anchor_signalements()
    parcelles = Anchor.objects.filter(kind="parcelle", is_best=True)
    srid = legal_srid(territory)
    for anchor in parcelles.select_related("signalement"):
        place = anchor.signalement.geom.transform(srid, clone=True)
        ground = Parcelle.objects.get(pk=anchor.place_code).geom.transform(srid, clone=True)
        assert anchor.distance_m == pytest.approx(place.distance(ground), abs=0.02)
    assert sorted(round(anchor.distance_m) for anchor in parcelles) == [3, 8]


@overseas
def test_a_position_far_from_its_commune_is_refused(territory, tmp_path):
    code = commune_of(territory)
    places = {metres: metres_from(territory, 10, -metres) for metres in (480, 520)}
    rows = [
        export_row(f"2025-{metres}", Code_INSEE=code, Code_postal=code, Longitude=f"{place.x:.7f}",
                   Latitude=f"{place.y:.7f}")
        for metres, place in places.items()
    ]  # fmt: skip
    report = run_import(SOURCES["signal-logement"], write_csv(tmp_path / "signalements.csv", rows))
    assert report.added == 1
    ((_, reason, _),) = report.rejects
    assert "à plus de 500 m de la commune" in reason


@overseas
def test_a_perimeter_in_the_legal_projection_lands_in_its_place(territory, tmp_path):
    srid = legal_srid(territory)
    x, y = Transformer.from_crs(WGS84, srid, always_xy=True).transform(*ORIGINS[territory])
    ring = ", ".join(f"{x + a} {y + b}" for a, b in ((0, 0), (200, 0), (200, 200), (0, 200), (0, 0)))
    row = {"type": "OPAH", "nom": "Centre", "wkt": f"SRID={srid};POLYGON(({ring}))"}
    run_import(SOURCES["perimetres"], write_csv(tmp_path / "opah.csv", [row]))
    (corners,) = Zone.objects.get().geom.coords[0]
    assert min(math.dist(corner, ORIGINS[territory]) for corner in corners) < 1e-8


@overseas
def test_the_ground_of_the_heat_map_is_in_square_metres(territory):
    perimeter = perimeter_of(Scope.whole())
    assert perimeter.srid == legal_srid(territory)
    geodesic, _ = Geod(ellps="GRS80").geometry_area_perimeter(
        shapely.from_wkt(Commune.objects.get().geom.wkt)
    )
    assert shapely.area(perimeter.shapes).sum() == pytest.approx(abs(geodesic), rel=0.005)
