"""Draws worlds from a seed: several partners, perimeters that overlap, reports on their borders, runs of each."""

import random
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.utils import timezone

from layers.models import (
    AnalysisRun,
    AnalysisSurface,
    DuplicateProposal,
    IrisResult,
    Merge,
    PlaceChoice,
    Signalement,
    UnitKind,
    Zone,
)
from tests.factories import (
    AnalysisResultFactory,
    AnalysisRunFactory,
    AnchorFactory,
    CommuneFactory,
    EpciFactory,
    IrisFactory,
    IrisResultFactory,
    ParcelleFactory,
    PartnerFactory,
    PriorityRunFactory,
    TauxRunFactory,
    UserFactory,
    ZoneFactory,
    point,
    rectangle,
    square,
)
from tests.own_rows import draw_own
from tests.random_world import ADMINISTRATOR, Ground, Perimeter, RandomWorld
from tests.world import (
    Side,
    draw_figure,
    draw_token,
    lay_ground,
    lay_order,
    lay_report,
    raster_file,
)

WEIGHED = {"since": "2025-01-01", "until": "2026-12-31", "unit": "batiment", "top": 1}
WEIGHED |= {"poids_gravite": 3.0, "poids_enfants": 2.0}
SAME_ADDRESS = {"adresse": "1 rue Droite", "code_postal": "01000", "ville": "Ici", "code_insee": "01000"}
COMMUNES, PARTNERS, REPORTS = 4, 3, 11
STEP, SIZE = 1200, 1000  # metres: a commune is a square, the next one is beside it


def draw_world(seed: int) -> RandomWorld:
    """Draw a world; the same seed gives the same perimeters, places and links."""
    world, draw = RandomWorld(seed), random.Random(seed)
    _lay_communes(world)
    _draw_zones(world, draw)
    _draw_readers(world, draw)
    reports = _draw_reports(world, draw)
    _draw_links(world, draw, reports)
    _draw_orders(world, draw)
    late, early = draw.sample((TauxRunFactory, PriorityRunFactory), 2)
    _draw_runs(world, draw, early)  # the newest run of this method is on the whole base
    _draw_rows_of_all(world, draw)
    _draw_runs(world, draw, late)  # and that of this one in a perimeter
    for role, user in world.readers.items():
        if user.is_authenticated and role not in (ADMINISTRATOR, "without partner"):
            draw_own(world, role)
    return world


def _lay_communes(world: RandomWorld) -> None:
    epcis = [EpciFactory(), EpciFactory()]
    nobody = UserFactory(username="le sol")
    for n in range(COMMUNES):
        x = n * STEP
        commune = CommuneFactory(epci=epcis[n % 2], geom=square(x, 0, SIZE))
        side = Side(commune, IrisFactory(commune=commune, geom=square(x, 0, SIZE)), nobody, x)
        lay_ground(side)
        world.beside[commune.code] = ParcelleFactory(commune=commune, geom=square(x + 10, 0, 10)).idu
        world.sides.append(side)


def _draw_zones(world: RandomWorld, draw: random.Random) -> None:
    """Draw rectangles that overlap, one inside another, none with a side on the line of another's."""
    lines = iter(draw.sample(range(7, STEP * COMMUNES, 7), 40))
    heights = iter(draw.sample(range(10, 990, 7), 40))
    for _ in range(3):
        (west, east), (south, north) = (sorted((next(axis), next(axis))) for axis in (lines, heights))
        world.zones[0] = Ground(west, south, east - west, north - south)
        _keep_zone(world)
    outer = max(world.zones.values(), key=lambda ground: ground.width * ground.height)
    world.zones[0] = Ground(outer.x + 3, outer.y + 3, max(outer.width // 2, 1), max(outer.height // 2, 1))
    _keep_zone(world)


def _keep_zone(world: RandomWorld) -> None:
    ground = world.zones.pop(0)
    shape = rectangle(ground.x, ground.y, ground.width, ground.height)
    world.zones[ZoneFactory(geom=shape).pk] = ground


def _draw_readers(world: RandomWorld, draw: random.Random) -> None:
    may_import = Permission.objects.get(codename="import_files")
    today = timezone.localdate()
    for n in range(PARTNERS + 1):
        ended = n == PARTNERS
        # one partner has a perimeter of each kind, another one communes alone, the others what comes
        least, most = {1: ((1, 1, 1), (2, 2, 1)), 2: ((1, 0, 0), (2, 0, 0))}.get(n, ((0, 0, 0), (2, 2, 1)))
        communes, zones, excluded = (
            draw.sample(among, draw.randint(low, high))
            for among, low, high in zip(
                (world.sides, sorted(world.zones), sorted(world.zones)), least, most, strict=True
            )
        )
        epcis = [side.commune.epci for side in draw.sample(world.sides, 1) if draw.random() < 0.3]
        partner = PartnerFactory(
            communes=[side.commune for side in communes],
            epcis=epcis,
            zones=zones,
            excluded_zones=excluded,
            ends_on=today - timedelta(days=1) if ended else None,
        )
        codes = {side.commune.code for side in communes}
        codes |= {side.commune.code for side in world.sides if side.commune.epci in epcis}
        held = Perimeter(frozenset(codes), frozenset(zones), frozenset(excluded))
        for who in ("a", "b") if n == 0 else ("a",):  # two persons of one partner
            role = "ended" if ended else f"partner {n} {who}"
            world.readers[role] = UserFactory(partner=partner)
            if draw.random() < 0.6:
                world.readers[role].user_permissions.add(may_import)
            world.perimeters[role] = Perimeter() if ended else held
    world.readers["without partner"] = UserFactory()
    world.readers[ADMINISTRATOR] = UserFactory(is_staff=True, is_superuser=True)
    world.perimeters |= {"without partner": Perimeter(), ADMINISTRATOR: Perimeter(everything=True)}


def _draw_place(world: RandomWorld, draw: random.Random, side: Side) -> tuple[int, int]:
    """Draw a place on the corner of a zone or clear of every border: there the projection bends the sides."""
    while True:
        on_border = draw.choice(list(world.zones.values())) if draw.random() < 0.3 else None
        place = side.x + draw.randrange(10, SIZE - 10), draw.randrange(10, SIZE - 10)
        place = on_border.corner if on_border else place
        if all(zone.is_clear_of(Ground(*place, 0, 0)) for zone in world.zones.values() if zone != on_border):
            return place


def _draw_reports(world: RandomWorld, draw: random.Random) -> list[Signalement]:
    """Draw reports: on borders, in a zone of another commune than the one they declare, without a position, gone."""
    laid, place = [], None
    for n in range(REPORTS):
        side = world.sides[n % COMMUNES]
        there = draw.choice(world.sides) if draw.random() < 0.2 else side
        place = place if n and draw.random() < 0.2 else _draw_place(world, draw, there)
        found = None if n >= COMMUNES and draw.random() < 0.15 else place
        near = COMMUNES <= n < 2 * COMMUNES
        if near:  # beside the places of the commune, south of all zones
            there = side
            place = found = side.x + draw.randrange(12, 30), draw.randrange(2, 8)
        declared = SAME_ADDRESS if draw.random() < 0.6 else {}
        report = lay_report(
            side,
            n // COMMUNES,
            geom=point(*found) if found else None,
            visited_on=date(2026, 4, 1),
            # the period that a form proposes ends with the last report that its reader reads
            received_on=date(2026, 3, 1) + timedelta(days=n),
            **declared,
        )
        if near:
            AnchorFactory(signalement=report, kind="parcelle", place_code=world.beside[there.commune.code])
        elif draw.random() < 0.5:  # declared in one commune, found on a parcelle and a building of another
            elsewhere = draw.choice([one for one in world.sides if one != side]).places
            for kind in ("parcelle", "batiment"):
                AnchorFactory(signalement=report, kind=kind, place_code=elsewhere[kind])
        world.keep("report", report.pk, world.of_place(side.commune.code, found), side)
        if found:
            world.places.append(found)
        else:
            world.unlisted.setdefault("report", set()).add(report.pk)
        laid.append(report)
    for side in draw.sample(world.sides, 2):
        place = _draw_place(world, draw, side)
        gone = lay_report(side, 9, geom=point(*place))
        side.reports.remove(gone)
        roles = world.of_place(side.commune.code, place)
        world.tell(roles, side)
        world.may_read.setdefault("departure", {})[gone.pk] = roles
        gone.delete()
    return laid


def _draw_links(world: RandomWorld, draw: random.Random, reports: list[Signalement]) -> None:
    """Merge reports, propose pairs, place some: who reads both reports reads the link."""
    rights = world.may_read["report"]
    pairs = [(one, other) for one in reports for other in reports if one.pk < other.pk]
    for kept, absorbed in draw.sample(pairs, 2):
        if Merge.objects.unscoped("drawn").filter(absorbed=kept).exists() or absorbed.merged_into_id:
            continue
        side = _side_of(world, absorbed)
        made = Merge.objects.create(absorbed=absorbed, kept=kept, reason=draw_token(side))
        Signalement.objects.unscoped("drawn").filter(pk=absorbed.pk).update(merged_into=kept)
        absorbed.merged_into_id = kept.pk
        world.unlisted.setdefault("report", set()).add(absorbed.pk)
        world.merged.add(absorbed.pk)
        if absorbed.geom:
            world.may_read["departure"][absorbed.pk] = rights[absorbed.pk]
        world.keep("merge", made.pk, rights[kept.pk] & rights[absorbed.pk], side)
    standing = [pair for pair in pairs if not any(report.merged_into_id for report in pair)]
    proposed = draw.sample(standing, 3)
    # and some that the readers of one commune read
    proposed += [pair for pair in standing if pair[0].commune == pair[1].commune and pair not in proposed][:4]
    for first, second in proposed:
        DuplicateProposal.objects.create(
            first=first,
            second=second,
            kind="parcelle",
            place_code="ici",
            score=0.9,
            days_apart=0,
            desordres_shared=1,
            desordres_told=1,
            is_same_door=False,
            is_same_floor=False,
        )
        world.may_read.setdefault("pair", {})[first.pk, second.pk] = rights[first.pk] & rights[second.pk]
    persons = [user for role, user in world.readers.items() if role.endswith(" a") or role == "ended"]
    for n, report in enumerate(draw.sample(reports, len(persons))):
        side = _side_of(world, report)
        token = draw_token(side)
        choice = PlaceChoice.objects.create(
            signalement=report,
            kind=PlaceChoice.Kind.CANDIDATE,
            label=token,
            ban_id=token,
            reason=token,
            point=report.geom,
            precision=report.precision,
            commune=report.commune,
            previous_precision=report.precision,
            previous_needs_review=True,
            chosen_by=persons[n],
        )
        world.tell(rights[report.pk], side)
        world.keep("choice", choice.pk, () if report.merged_into_id else rights[report.pk])


def _side_of(world: RandomWorld, report: Signalement) -> Side:
    return next(side for side in world.sides if side.commune == report.commune)


def _draw_orders(world: RandomWorld, draw: random.Random) -> None:
    for n, side in enumerate((*world.sides, *world.sides)):
        place = _draw_place(world, draw, draw.choice(world.sides) if draw.random() < 0.3 else side)
        found = None if n >= COMMUNES and draw.random() < 0.2 else place
        other = draw.choice(world.sides)
        elsewhere = {"idu": other.places["parcelle"]} if n >= COMMUNES and draw.random() < 0.5 else {}
        order = lay_order(side, n // COMMUNES, geom=point(*found) if found else None, **elsewhere)
        world.keep("order", order.pk, world.of_place(side.commune.code, found), side)
        if not found:
            world.unlisted.setdefault("order", set()).add(order.pk)
        else:
            world.places.append(found)


def _draw_runs(world: RandomWorld, draw: random.Random, factory: Any) -> None:
    """Run a method in the perimeter of each reader who has one, as their author or as a colleague."""
    kind = "run" if factory is TauxRunFactory else "ranking"
    more = {} if kind == "run" else {"parameters": WEIGHED}
    for role, held in world.perimeters.items():
        if held.everything or not (held.communes or held.zones):
            continue
        pile = draw.choice(world.sides)
        facts = [["Total", draw_figure(pile), "", 0]]
        run = factory(
            title=draw_token(pile),
            everything=False,
            communes=sorted(held.communes),
            zones=sorted(held.zones),
            excluded_zones=sorted(held.excluded),
            author=world.readers[role],
            **more,
            summary={"rows": 1, "unit": "iris", "facts": facts, "notes": [draw_token(pile)], "cuts": {}},
        )
        side = draw.choice(world.sides)
        row = _lay_row(run, pile, 1, UnitKind.BATIMENT, side.places["batiment"], side.commune.code)
        roles = world.of_run(held)
        if kind == "run":
            file = raster_file(0, draw_token(pile))
            AnalysisSurface.objects.create(run=run, unit="metres", geotiff=file)
        world.keep(kind, run.pk, roles, pile)
        world.may_read.setdefault("row" if kind == "run" else "ranked row", {})[row] = roles
        pile_of = side.runs if kind == "run" else side.priorities
        pile_of.append(run)


def _draw_rows_of_all(world: RandomWorld, draw: random.Random) -> None:
    """Run analyses on the whole base: everyone knows that they ran, each row is for who reads all it counts."""
    shared, ranking, rates = TauxRunFactory(), PriorityRunFactory(parameters=WEIGHED), AnalysisRunFactory()
    everyone = world.who(lambda held: True)
    AnalysisSurface.objects.create(
        run=shared, unit="metres", geotiff=raster_file(0, draw_token(world.sides[0]))
    )
    world.tell({ADMINISTRATOR}, world.sides[0])
    for run, kind in ((shared, "run"), (ranking, "ranking"), (rates, "run")):
        world.may_read.setdefault(kind, {})[run.pk] = everyone
    positions = iter(range(100, 1000))
    for side in world.sides:
        code, ground = side.commune.code, Ground(side.x, 0, SIZE, SIZE)
        hot = IrisResult.Hotspot.HOT_95
        rate = IrisResultFactory(
            run=rates,
            iris=side.iris,
            cases=draw_figure(side),
            hotspot=hot,
            smoothed_per_1000=10.0 + len(side.results) + world.sides.index(side),  # a limit of classes is one
        )
        side.results.append(rate)
        # a zone smaller than an IRIS does not open it
        roles = world.of_ground({code}, ground, own_shape=False)
        world.keep("rate", side.iris.code, roles, side)
        row = _lay_row(shared, side, next(positions), UnitKind.IRIS, side.iris.code, code)
        world.keep("row", row, roles, side)
        for run, kind in ((shared, "row"), (ranking, "ranked row")):
            place = _draw_place(world, draw, side)
            named = draw_token(side) if run == shared else side.places["batiment"]
            row = _lay_row(run, side, next(positions), UnitKind.BATIMENT, named, code, geom=point(*place))
            world.keep(kind, row, world.of_ground({code}, Ground(*place, 0, 0)), side)
        cluster = _draw_cluster(world, draw, side)
        shape = rectangle(cluster.x, cluster.y, cluster.width, cluster.height)
        row = _lay_row(shared, side, next(positions), UnitKind.CLUSTER, draw_token(side), code, geom=shape)
        world.keep("row", row, world.of_ground({code}, cluster), side)
        side.runs.append(shared)
        side.priorities.append(ranking)
    for pk, ground in world.zones.items():
        side = draw.choice(world.sides)
        zone = Zone.objects.get(pk=pk)
        met = {each.commune.code for each in world.sides if ground.meets(Ground(each.x, 0, SIZE, SIZE))}
        row = _lay_row(shared, side, next(positions), UnitKind.ZONE, zone.code, *sorted(met))
        world.keep("row", row, world.of_ground(met, ground, zone=pk, own_shape=False), side)


def _draw_cluster(world: RandomWorld, draw: random.Random, side: Side) -> Ground:
    while True:
        cluster = Ground(side.x + draw.randrange(10, 800), draw.randrange(10, 800), 150, 150)
        if all(zone.is_clear_of(cluster) for zone in world.zones.values()):
            return cluster


def _lay_row(
    run: AnalysisRun, pile: Side, position: int, kind: str, code: str, *communes: str, **more: Any
) -> int:
    figures: dict[str, Any] = {"cases": draw_figure(pile), "rate": 12.0, "smoothed": 11.0}
    if run.method == "priorites":
        figures = {"rang_besoin": 1.0, "rang_bas": 1.0, "rang_haut": 2.0, "p_tete": 0.5, "besoin": 50.0}
        figures |= {
            "enfants": 3.0,
            "points_enfants": 40.0,
            "capacite": 0.0,
            "points_gravite": 50.0,
            "gravite": draw_figure(pile),
        }
    row = AnalysisResultFactory(
        run=run,
        position=position,
        unit_kind=kind,
        unit_code=code,
        label=draw_token(pile),
        category="sensible" if run.method == "priorites" else "incertain",
        communes=list(communes),
        figures=figures,
        **more,
    )
    return int(row.pk)
