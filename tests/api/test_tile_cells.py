"""Counts by cell: the tiles seen from far always say what the rows say, and of the reader's rows only."""

import random
from collections import Counter
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.models import Batiment, GroundCell, Parcelle, ReportCell, Signalement
from layers.models.tile_cells import GROUND_LEVELS, REPORT_LEVELS
from layers.services.tile_cells import merge_cells
from tests.api.test_tiles import addresses, features, tile
from tests.cadastre_import.official_files import parcelle, polygon, write_features
from tests.factories import (
    BatimentFactory,
    CommuneFactory,
    EpciFactory,
    IrisFactory,
    ParcelleFactory,
    PartnerFactory,
    SignalementFactory,
    UserFactory,
    ZoneFactory,
    point,
    square,
)
from tests.mvt import decode, shapes, tile_at

Z8, Z11, Z12 = (tile_at(z, point(5, 5)) for z in (8, 11, 12))


def cells_of_reports() -> Counter:
    """Count the reports by level and cell, with no SQL of the cells."""
    reports = Signalement.objects.unscoped("test").located()
    keys = Counter()
    for report in reports:
        for level in REPORT_LEVELS:
            place = (report.commune_id, report.arrondissement, report.status)
            keys[(tile_at(level, report.geom), *place)] += 1
    return keys


def cells_held() -> Counter:
    held: Counter = Counter()
    for line in ReportCell.objects.unscoped("test"):
        place = (line.commune, line.arrondissement, line.status)
        held[(f"{line.level}/{line.x}/{line.y}", *place)] += line.n
    return Counter({key: n for key, n in held.items() if n})


@pytest.mark.parametrize("seed", range(4))
def test_cells_count_the_reports_whatever_is_done_to_them(commune, other_commune, seed):
    rng = random.Random(seed)
    every = Signalement.objects.unscoped("test")

    def place():
        return point(rng.uniform(-9000, 9000), rng.uniform(-9000, 9000))

    def some() -> list[int]:
        pks = sorted(every.values_list("pk", flat=True))
        return rng.sample(pks, min(3, len(pks)))

    def merge_one():
        report, into = ([*some(), None, None])[:2]
        if into and not every.filter(merged_into=report).exists():
            every.filter(pk=report).update(merged_into=into)

    deeds = [
        lambda: SignalementFactory.create_batch(3, commune=commune, geom=place()),
        lambda: SignalementFactory(commune=other_commune, geom=None),
        lambda: every.filter(pk__in=some()).update(geom=place()),
        lambda: every.filter(pk__in=some()).update(geom=None),
        lambda: every.filter(pk__in=some()).update(status="CLOSED", description="autre"),
        lambda: every.filter(pk__in=some()).update(commune=other_commune, arrondissement="13201"),
        merge_one,
        lambda: every.including_merged().filter(pk__in=some(), absorbed=None).delete(),
        merge_cells,
    ]
    deeds[0]()
    for _ in range(40):
        rng.choice(deeds)()
        assert cells_held() == cells_of_reports()
    merge_cells()
    assert ReportCell.objects.unscoped("test").count() == len(cells_held())


def test_a_tile_seen_from_far_reads_no_report(partner_client, commune):
    SignalementFactory.create_batch(3, commune=commune)
    for address, reads in ((Z8, False), (Z11, False), (Z12, True)):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            tile(partner_client, "signalements", address)
        assert any("layers_signalement" in query["sql"] for query in asked) is reads, address


def counted(client, address: str, query: str = "") -> tuple[int, int]:
    found = decode(tile(client, "signalements", address, query).content).get("signalements", [])
    return sum(one["nombre"] for one in found), sum(one["ouverts"] for one in found)


@pytest.mark.parametrize("address", [Z8, Z11])
def test_cells_have_the_rights_and_filters_of_the_reports(
    partner_client, other_partner_client, administrator_client, user_without_partner, signed_in, commune,
    other_commune, address,
):  # fmt: skip
    epci = EpciFactory()
    type(commune).objects.filter(pk=commune.pk).update(epci=epci)
    SignalementFactory.create_batch(2, commune=commune, geom=point(5, 5), status="ACTIVE")
    SignalementFactory(commune=commune, geom=point(5, 5), status="CLOSED")
    SignalementFactory(commune=other_commune, geom=point(5, 5), status="ACTIVE")
    SignalementFactory(commune=commune, geom=None)
    assert counted(partner_client, address) == (3, 2)
    assert counted(other_partner_client, address) == (1, 1)
    assert counted(administrator_client, address) == (4, 3)
    assert counted(signed_in(user_without_partner), address) == (0, 0)
    assert counted(administrator_client, address, "?statut=CLOSED") == (1, 0)
    assert counted(administrator_client, address, f"?territoire={other_commune.code}") == (1, 1)
    assert counted(administrator_client, address, f"?territoire={epci.code}") == (3, 2)
    assert counted(partner_client, address, f"?territoire={other_commune.code}") == (0, 0)
    unknown = tile(partner_client, "signalements", address, "?territoire=99999")
    assert (unknown.status_code, "99999" in unknown.json()["detail"]) == (404, True)


def test_an_arrondissement_opens_its_cells(signed_in, commune):
    marseille = type(commune).objects.create(
        code="13055", nom="Marseille", departement="13", codes_postaux=[]
    )
    SignalementFactory(commune=marseille, arrondissement="13201", geom=point(5, 5))
    SignalementFactory(commune=marseille, arrondissement="13202", geom=point(5, 5))
    first = type(commune).objects.create(code="13201", nom="1er", departement="13", codes_postaux=[])
    reader = UserFactory(partner=PartnerFactory(communes=[first]))
    assert counted(signed_in(reader), Z11) == (1, 1)


def test_a_perimeter_that_cuts_through_cells_is_counted_from_the_reports(signed_in, commune):
    """A zone of the partner, an excluded one, days, a rectangle, an IRIS: the same figures as from near."""
    SignalementFactory(commune=commune, geom=point(5, 5), received_on="2026-01-01")
    SignalementFactory(commune=commune, geom=point(600, 600), received_on="2025-01-01")
    corner = ZoneFactory(geom=square(0, 0, 100))
    inside = UserFactory(partner=PartnerFactory(zones=[corner]))
    outside = UserFactory(partner=PartnerFactory(communes=[commune], excluded_zones=[corner]))
    whole = UserFactory(partner=PartnerFactory(communes=[commune]))
    assert counted(signed_in(inside), Z11) == (1, 1)
    assert counted(signed_in(outside), Z11) == (1, 1)
    assert counted(signed_in(whole), Z11) == (2, 2)
    assert counted(signed_in(whole), Z11, "?du=2025-06-01") == (1, 1)
    assert counted(signed_in(whole), Z11, "?au=2025-06-01") == (1, 1)
    west, south, east, north = square(0, 0, 100).extent
    assert counted(signed_in(whole), Z11, f"?bbox={west},{south},{east},{north}") == (1, 1)
    iris = IrisFactory(commune=commune)
    assert counted(signed_in(whole), Z11, f"?territoire={iris.code}") == (0, 0)


def test_a_report_alone_in_its_cell_keeps_its_id_and_a_cluster_stands_at_the_middle(partner_client, commune):
    alone = SignalementFactory(commune=commune, geom=point(50_000, 50_000), status="CLOSED")
    for x in (10, 20, 30):
        SignalementFactory(commune=commune, geom=point(x, 40))
    for place, found in ((point(20, 40), {"nombre": 3, "ouverts": 3}),
                         (alone.geom, {"nombre": 1, "ouverts": 0, "id": alone.pk})):  # fmt: skip
        address = tile_at(11, place)
        content = tile(partner_client, "signalements", address).content
        assert decode(content)["signalements"] == [found]
        [drawn] = shapes(content, "signalements", address)
        assert (drawn.x, drawn.y) == pytest.approx(place.coords, abs=1e-4)


GROUND = [("parcelles", ParcelleFactory, Parcelle), ("batiments", BatimentFactory, Batiment)]


@pytest.mark.parametrize(("layer", "factory", "model"), GROUND)
def test_squares_count_the_current_cadastre_whatever_is_done_to_it(commune, layer, factory, model):
    rng = random.Random(layer)

    def ground():
        return square(rng.uniform(-9000, 9000), rng.uniform(-9000, 9000), 20)

    def some() -> list:
        pks = sorted(model.objects.values_list("pk", flat=True))
        return rng.sample(pks, min(3, len(pks)))

    deeds = [
        lambda: model.objects.bulk_create(factory.build_batch(3, commune=commune, geom=ground())),
        lambda: model.objects.filter(pk__in=some()).update(geom=ground()),
        lambda: model.objects.filter(pk__in=some()).update(closed_on="2026-05-01"),
        lambda: model.objects.filter(pk__in=some()).update(closed_on=None, millesime="2026-07-01"),
        lambda: model.objects.filter(pk__in=some()).delete(),
        merge_cells,
    ]
    deeds[0]()
    for _ in range(30):
        rng.choice(deeds)()
        check_squares(layer, model)


def check_squares(layer, model):
    """Hold the counts of a layer to its rows."""
    expected: Counter = Counter()
    for row in model.objects.current():
        for level in GROUND_LEVELS:
            expected[tile_at(level, row.geom.envelope.centroid)] += 1
    held: Counter = Counter()
    for line in GroundCell.objects.filter(layer=layer):
        held[f"{line.level}/{line.x}/{line.y}"] += line.n
    assert Counter({cell: n for cell, n in held.items() if n}) == expected


def test_a_first_load_and_the_editions_after_it_are_counted(db, tmp_path):
    CommuneFactory(code="60999", geom=None)
    connection.check_constraints()  # a table whose references wait for their check cannot be taken alone
    for year, numbers in ((2025, range(1, 301)), (2026, range(31, 331))):
        features = [parcelle(f"60999000AB{n:04d}", polygon(n % 30 * 20, n // 30 * 20, 10)) for n in numbers]
        path = write_features(tmp_path / f"{year}.json.gz", features)
        assert run_import(SOURCES["parcelles"], path, millesime=date(year, 1, 1)).rejects == []
        check_squares("parcelles", Parcelle)


def test_the_cadastre_seen_from_far_is_squares_that_add_up(partner_client, commune):
    for x in range(-9000, 9001, 1500):
        ParcelleFactory(commune=commune, geom=square(x, x, 20))
    west, south, east, north = (
        -0.2 + point(0, 0).x,
        point(0, 0).y - 0.2,
        point(0, 0).x + 0.2,
        point(0, 0).y + 0.2,
    )
    for z in (0, 3, 4, 7, 8, 11, 12, 13):
        total = 0
        for address in addresses(z, west, south, east, north):
            response = tile(partner_client, "parcelles", address)
            if response.status_code == 200:
                found = features(response, "parcelles")
                assert all(one.keys() == {"nombre"} for one in found)
                total += sum(one["nombre"] for one in found)
        assert total == 13, z


@pytest.mark.parametrize(("z", "cell_zoom"), [(13, 16), (11, 15), (5, 9)])
def test_a_square_is_the_cell_that_holds_what_it_counts(partner_client, commune, z, cell_zoom):
    ParcelleFactory(commune=commune, geom=square(0, 0, 20))
    address = tile_at(z, point(10, 10))
    [drawn] = shapes(tile(partner_client, "parcelles", address).content, "parcelles", address)
    west, south, east, north = drawn.bounds
    assert west < point(10, 10).x < east
    assert south < point(10, 10).y < north
    assert east - west == pytest.approx(360 / 2**cell_zoom, rel=1e-6)


def test_the_style_of_the_cadastre_draws_its_squares_below_its_zoom(partner_client):
    style = partner_client.get("/tiles/parcelles/style.json").json()
    assert style["sources"]["parcelles"]["minzoom"] == 0
    [squares] = [drawn for drawn in style["layers"] if drawn.get("maxzoom")]
    assert (squares["minzoom"], squares["maxzoom"], squares["type"]) == (0, 14, "fill")
    document = partner_client.get("/tiles/parcelles.json").json()
    assert document["clusters"] == {"maxzoom": 13, "fields": ["nombre"]}
