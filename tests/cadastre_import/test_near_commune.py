"""What is drawn of a commune is held against its outline, as far as that outline can be believed."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from django.conf import settings
from pyproj import Transformer

from benchmarks._departement import ORIGINS
from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES, ban
from layers.crs import WGS84, legal_srid
from layers.models import Copropriete, LogementSocial, MutationParcelle, Parcelle
from tests.cadastre_import.official_files import parcelle, write_csv, write_features
from tests.cadastre_import.register_files import copropriete, dwelling, sale
from tests.factories import CommuneFactory

pytestmark = pytest.mark.django_db
BONDY = Path(settings.REAL_DATA_DIR) / "bondy_93010"
FAR = "à plus de 500 m de la commune"
PLACES = {"60999": ("60", (2.2, 49.4)), **{f"{code}01": (code, origin) for code, origin in ORIGINS.items()}}
# Two arms of 1 km along a square of 6 km: its rectangle holds the whole square
ELBOW = shapely.Polygon([(0, 0), (6_000, 0), (6_000, 1_000), (1_000, 1_000), (1_000, 6_000), (0, 6_000)])


class Ground:
    """Draws shapes in metres of the legal projection at the place of a commune, and imports them."""

    def __init__(self, folder: Path, code: str = "60999") -> None:
        departement, place = PLACES[code]
        self.folder, self.code = folder, code
        self.transformer = Transformer.from_crs(WGS84, legal_srid(departement), always_xy=True)
        self.place = np.array(self.transformer.transform(*place))

    def drawn(self, shape: shapely.Geometry) -> shapely.Geometry:
        """Give a shape in degrees."""
        return shapely.transform(
            shape,
            lambda xy: np.column_stack(self.transformer.transform(*(xy + self.place).T, direction="INVERSE")),
        )

    def three_places(self) -> list[tuple[str, str]]:
        """Tell longitude and latitude of a place inside ``ELBOW``, of one just near it, and of one just too far."""
        places = shapely.get_coordinates(
            self.drawn(shapely.MultiPoint([(500, 500), (1_480, 3_000), (1_520, 3_000)]))
        )
        return [(f"{lon:.7f}", f"{lat:.7f}") for lon, lat in places]

    def outline(self, shape: shapely.Geometry, source: str = "cadastre-communes") -> None:
        """Import the outline of the commune."""
        properties = {"id": self.code, "code": self.code, "nom": "Ici"}
        feature = {
            "type": "Feature",
            "properties": properties,
            "geometry": self.drawn(shape).__geo_interface__,
        }
        path = write_features(self.folder / f"{source}.json", [feature], compress=False)
        assert run_import(SOURCES[source], path, force=True).rejects == []

    def refused(self, shapes: list[shapely.Geometry]) -> list[int]:
        """Import parcelles and give the ranks of those that are too far."""
        rows = [
            parcelle(f"{self.code}000AB{rank:04d}", self.drawn(shape).__geo_interface__)
            for rank, shape in enumerate(shapes)
        ]
        report = run_import(SOURCES["parcelles"], write_features(self.folder / "p.json", rows), force=True)
        assert [reason for _, reason, _ in report.rejects if FAR not in reason] == []
        assert Parcelle.objects.current().count() == len(shapes) - len(report.rejects)
        return [line - 2 for line, _, _ in report.rejects]


def square(x: float, y: float, side: float = 10) -> shapely.Geometry:
    return shapely.box(x, y, x + side, y + side)


IN_THE_ELBOW = [square(500, 500), square(1_480, 3_000), square(1_520, 3_000), square(2_900, 3_000),
                square(3_100, 3_100), square(5_900, 5_900), square(-480, 5_000), square(-700, 5_000)]  # fmt: skip


@pytest.mark.parametrize("code", PLACES)
def test_the_outline_of_the_cadastre_is_held_to_500_m_wherever_it_is(tmp_path, code):
    CommuneFactory(code=code, geom=None)
    ground = Ground(tmp_path, code)
    ground.outline(ELBOW)
    assert ground.refused(IN_THE_ELBOW) == [2, 3, 4, 5, 7]


@pytest.mark.parametrize("code", PLACES)
def test_another_outline_is_held_to_two_kilometres_inside_its_rectangle(tmp_path, code):
    CommuneFactory(code=code, geom=None)
    ground = Ground(tmp_path, code)
    ground.outline(ELBOW, "contours-communes")
    assert ground.refused(IN_THE_ELBOW) == [4, 5, 7]


def test_the_outline_that_came_last_tells_how_it_is_held(tmp_path):
    CommuneFactory(code="60999", geom=None)
    ground = Ground(tmp_path)
    for source in ("contours-communes", "cadastre-communes"):
        ground.outline(ELBOW, source)
    assert ground.refused(IN_THE_ELBOW) == [2, 3, 4, 5, 7]
    ground.outline(ELBOW, "contours-communes")
    assert ground.refused(IN_THE_ELBOW) == [4, 5, 7]


def test_each_row_of_a_crowd_is_held_to_its_own_distance(tmp_path):
    """An outline of 900 vertices with an island and an enclave, against distances in the projection."""
    CommuneFactory(code="60999", geom=None)
    ground = Ground(tmp_path)
    rng = np.random.default_rng(5)
    turn = np.linspace(0, 2 * np.pi, 900, endpoint=False)
    radius = 2_500 + 900 * np.sin(5 * turn) + rng.uniform(-60, 60, turn.size)
    land = shapely.Polygon(np.column_stack([radius * np.cos(turn), radius * np.sin(turn)]))
    outline = land.union(shapely.Point(6_500, 0).buffer(300)).difference(shapely.Point(0, 0).buffer(1_300))
    ground.outline(outline)
    places, sides = rng.uniform(-6_000, 7_500, (1_500, 2)), rng.uniform(5, 400, 1_500)
    squares = [square(x, y, side) for (x, y), side in zip(places, sides, strict=True)]
    refused = ground.refused(squares)
    away_m = shapely.distance(outline, squares)
    assert 300 < len(refused) < 1_200
    assert away_m[refused].min() > 497
    assert np.delete(away_m, refused).max() < 503


def test_an_address_far_from_its_commune_is_refused(tmp_path):
    CommuneFactory(code="60999", geom=None)
    ground = Ground(tmp_path)
    ground.outline(ELBOW)
    rows = []
    for number, (lon, lat) in enumerate(ground.three_places(), 1):
        row = dict.fromkeys(ban.REQUIRED, "60999") | {"id": f"60999_0001_{number:05d}", "numero": str(number)}
        rows.append(row | {"nom_voie": "Rue", "lon": lon, "lat": lat})
    report = run_import(SOURCES["ban"], write_csv(tmp_path / "adresses.csv", rows))
    assert [(line, FAR in reason) for line, reason, _ in report.rejects] == [(4, True)]
    assert report.added == 2


@pytest.mark.parametrize(
    ("source", "row", "model", "named"),
    [
        ("dvf", lambda n, lon, lat: sale(id_parcelle=f"60999000AB000{n}", longitude=lon, latitude=lat),
         MutationParcelle, "idu"),
        ("rpls-adresses", lambda n, lon, lat: dwelling(NUMVOIE=str(n), X=lon, Y=lat), LogementSocial, "numero"),
        ("rnic", lambda n, lon, lat: copropriete(n, long=lon, lat=lat), Copropriete, "numero"),
    ],
)  # fmt: skip
def test_what_is_placed_by_its_code_loses_a_position_far_from_its_commune(
    tmp_path, source, row, model, named
):
    CommuneFactory(code="60999", geom=None)
    ground = Ground(tmp_path)
    ground.outline(ELBOW)
    rows = [row(number, lon, lat) for number, (lon, lat) in enumerate(ground.three_places(), 1)]
    report = run_import(SOURCES[source], write_csv(tmp_path / "a.csv", rows))
    assert report.rejects == []
    assert "1 position(s) ôtée(s), à plus de 500 m de la commune annoncée" in report.notices
    held = model.objects.order_by(named).values_list("geom", flat=True)
    assert [geom is not None for geom in held] == [True, True, False]


NEEDED = pytest.mark.skipif(
    not BONDY.is_dir(), reason=f"les fichiers réels ne sont pas dans {BONDY} (réglage GEO_LHI_REAL_DATA)"
)


@NEEDED
def test_every_official_parcelle_of_bondy_is_within_the_outline_that_they_make(tmp_path):
    """The outline as the cadastre draws it: that of its parcelles and of the streets between them."""
    CommuneFactory(code="93010", geom=None)
    path = BONDY / "cadastre/2025/cadastre-93010-parcelles.json.gz"
    with gzip.open(path) as stream:
        features = json.load(stream)["features"]
    shapes = shapely.make_valid(shapely.from_geojson([json.dumps(f["geometry"]) for f in features]))
    outline = shapely.union_all(shapely.buffer(shapes, 2e-4, quad_segs=1)).buffer(-2e-4)
    feature = {
        "type": "Feature",
        "properties": {"id": "93010", "nom": "Bondy"},
        "geometry": outline.__geo_interface__,
    }
    run_import(SOURCES["cadastre-communes"], write_features(tmp_path / "c.json", [feature], compress=False))
    report = run_import(SOURCES["parcelles"], path)
    assert (report.added, report.rejects) == (len(features), [])
