"""A round of visits from a ranking: where it leaves from, in which order, day by day, to print."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.gis.gdal import CoordTransform, GDALException, SpatialReference
from django.contrib.gis.geos import Point
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from geo_lhi.accounts.access import Access, access
from layers.arrondissements import with_arrondissements
from layers.crs import WGS84, in_france, legal_srid
from layers.errors import InvalidFilter, NothingToAnalyse
from layers.models import AnalysisResult, AnalysisRun, Commune, Partner
from layers.selectors.address_search import search_addresses
from layers.selectors.candidates import Candidate, in_register
from layers.symbols import OTHER_STATUS, STATUSES
from maps.analysis.routes import Round, visit_round
from maps.symbols import as_data
from maps.views.ground import ground_config
from maps.views.parameters import read_parameters
from maps.views.priorities import priority_runs
from maps.views.priority_reasons import PLACE_PAGES, Listed, listed, weights_of
from maps.views.priority_runs import (
    MOST_STOPS,
    PER_DAY,
    STOPS,
    partner_asked,
    partner_lists,
    ranked_rows,
)
from maps.views.refusals import saying_refusals

DAY_COLOURS = 6  # of the style sheet and of round.js
FIRST = "premier"
REMEMBERED = "depart_tournee"
"""Of the session: whoever leaves from an office leaves from it again, until the session ends."""
FARTHEST_M = 150_000  # from the nearest stop: beyond, it is a mistake or another region


@dataclass(frozen=True)
class Start:
    """Where a round leaves from; ``code`` is what the address of the page says of it."""

    code: str
    label: str
    lon: float
    lat: float


@access(Access.SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
@saying_refusals
def priority_round(request: HttpRequest, pk: int) -> HttpResponse:
    """Order the first places of the list, or of a partner's, into a round of visits, to print.

    It leaves from the first of them, from an address of the register or from a point of the map (``depart``). The
    words of an address that is looked for come by POST, so that no log has them.
    """
    run = get_object_or_404(priority_runs(request), pk=pk)
    if run.parameters["unit"] not in PLACE_PAGES:
        raise NothingToAnalyse(
            "une tournée passe par des bâtiments ou des parcelles : ce classement est par IRIS"
        )
    parameters = read_parameters(request)
    lists = partner_lists(request, run)
    partner = partner_asked(parameters, lists)
    wanted = _whole(parameters, "arrets", STOPS, MOST_STOPS)
    per_day = _whole(parameters, "par_jour", PER_DAY, MOST_STOPS)
    comes_back = parameters.get("retour") == "1"
    rows = list(ranked_rows(request, run, lists, partner).filter(geom__isnull=False)[:wanted])
    if not rows:
        raise NothingToAnalyse("aucun lieu à visiter dans cette liste")
    srid = legal_srid(rows[0].communes[0])
    near = [row for row in rows if legal_srid(row.communes[0]) == srid]
    to_metres = CoordTransform(SpatialReference(WGS84), SpatialReference(srid))
    points = [row.geom.transform(to_metres, clone=True) for row in near]
    start, at = _start_of(request, parameters.get("depart", ""), near, points, to_metres)
    found = visit_round(
        [p.x for p in points],
        [p.y for p in points],
        (at.x, at.y),
        stops_per_day=per_day,
        comes_back=comes_back,
    )
    days = _days(found, near, _telling(request, run))
    kept = {"partenaire": partner, "arrets": wanted, "par_jour": per_day, "retour": "1" if comes_back else ""}
    kept = {name: value for name, value in kept.items() if value}

    def leaving(code: str) -> str:
        return urlencode({**kept, "depart": code})

    looked_for = request.POST.get("adresse", "").strip()
    answers = _look_for(looked_for, near) if looked_for else []
    xs, ys = zip(*(row.geom.coords for row in near), strict=True)
    context = {
        "run": run,
        "partner": partner,
        "partner_label": str(Partner.Type(partner).label) if partner else "",
        "days": days,
        "count": len(near),
        "left_out": len(rows) - len(near),
        "wanted": wanted,
        "per_day": per_day,
        "most_stops": MOST_STOPS,
        "comes_back": comes_back,
        "start": start,
        "from_first": start.code == FIRST,
        "query": leaving(start.code),
        "query_first": leaving(FIRST),
        "looked_for": looked_for,
        "answers": [(answer, leaving(answer.ban_id)) for answer in answers],
        "config": {
            **ground_config(),
            "statuses": as_data((*STATUSES, OTHER_STATUS)),
            "bounds": [min(*xs, start.lon), min(*ys, start.lat), max(*xs, start.lon), max(*ys, start.lat)],
            "days": [day["line"] for day in days],
            "start": [start.lon, start.lat],
            "startsElsewhere": start.code != FIRST,
            "comesBack": comes_back,
        },
    }
    return render(request, "maps/priority_round.html", context)


def _start_of(
    request: HttpRequest,
    asked: str,
    rows: Sequence[AnalysisResult],
    points: Sequence[Point],
    to_metres: CoordTransform,
) -> tuple[Start, Point]:
    """Give the start that was asked, else the one of the session where it is near enough; and where, in metres."""
    remembered = request.session.get(REMEMBERED, "")
    try:
        start = _start(asked or remembered, rows[0])
        at = _near_enough(start, points, to_metres)
    except InvalidFilter:
        if asked:
            raise
        return _start(FIRST, rows[0]), points[0]
    if asked and asked != remembered:
        request.session[REMEMBERED] = asked
    return start, at


def _start(code: str, first: AnalysisResult) -> Start:
    """Read ``depart``: nothing or ``premier``, degrees « lon,lat », or a code of the register of addresses."""
    if code in ("", FIRST):
        return Start(FIRST, first.label, first.geom.x, first.geom.y)
    if "," in code:
        try:
            lon, lat = (float(part) for part in code.split(","))
        except ValueError:
            raise InvalidFilter("depart : deux nombres « longitude,latitude » sont attendus") from None
        if not in_france(lon, lat):
            raise InvalidFilter("depart : ce point est hors de France")
        return Start(code, "un point de la carte", lon, lat)
    for place in in_register([code]):
        return Start(code, place.label, place.lon, place.lat)
    raise InvalidFilter("depart : cette adresse n’est pas dans la Base adresse nationale importée")


def _near_enough(start: Start, points: Sequence[Point], to_metres: CoordTransform) -> Point:
    """Give the start in metres; raises InvalidFilter if it is far from every stop, or beyond the projection."""
    try:
        at = Point(start.lon, start.lat, srid=WGS84).transform(to_metres, clone=True)
    except GDALException:
        at = None
    if at is None or not min(at.distance(point) for point in points) <= FARTHEST_M:
        raise InvalidFilter(f"ce départ est à plus de {FARTHEST_M // 1_000} km des lieux à visiter")
    return at


def _look_for(text: str, rows: Sequence[AnalysisResult]) -> list[Candidate]:
    """Give the addresses that look like ``text`` in the communes of the round, then in those of their EPCI."""
    visited = {code for row in rows for code in row.communes}
    epcis = Commune.objects.filter(code__in=visited, epci__isnull=False).values("epci")
    around = set(Commune.objects.filter(epci__in=epcis).values_list("code", flat=True)) - visited
    home, others = (sorted(with_arrondissements(sorted(codes))) for codes in (visited, around))
    return search_addresses(text, home, others)


def _days(
    found: Round, rows: Sequence[AnalysisResult], tell: Callable[[AnalysisResult], Listed]
) -> list[dict[str, Any]]:
    number = {int(stop): n for n, stop in enumerate(found.order, start=1)}
    return [
        {
            "stops": [(number[int(stop)], tell(rows[stop])) for stop in day],
            "length_m": length_m,
            "length_km": length_m / 1_000,
            "colour": n % DAY_COLOURS + 1,
            "line": [list(rows[stop].geom.coords) for stop in day],
        }
        for n, (day, length_m) in enumerate(zip(found.days, found.lengths_m, strict=True))
    ]


def _telling(request: HttpRequest, run: AnalysisRun) -> Callable[[AnalysisResult], Listed]:
    weights = weights_of(run, request.read_scope)
    return lambda row: listed(row, run.parameters["unit"], weights, run.summary["rows"])


def _whole(parameters: dict[str, str], name: str, default: int, most: int) -> int:
    given = parameters.get(name) or str(default)
    if not (given.isdecimal() and given.isascii() and len(given) < 5 and 1 <= int(given) <= most):
        raise InvalidFilter(f"{name} : un nombre entier de 1 à {most} est attendu")
    return int(given)
