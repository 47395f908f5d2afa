"""Reported places as points, each once: what groups of streets and blocks are drawn from."""

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Coalesce
from numpy.typing import NDArray

from layers.errors import NothingToAnalyse
from layers.models import Address, Anchor
from layers.scope import Scope
from layers.selectors.heat_points import SURE, perimeter_of
from layers.selectors.iris_counts import best_place
from layers.selectors.legal_projection import easting_in, northing_in
from layers.selectors.report_selection import ReportSelection


@dataclass(frozen=True, slots=True, eq=False)
class ReportedPlaces:
    """n places: a building, else an address, else where a report was placed; in metres of one projection."""

    srid: int
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    reports: NDArray[np.int64]
    communes: tuple[tuple[str, ...], ...]
    """Those of its reports."""
    streets: tuple[str, ...]
    """The street of its address, empty where not known."""
    left_out: int
    """Reports whose position is not sure enough."""


def reported_places(scope: Scope, selection: ReportSelection) -> ReportedPlaces:
    """Give the places of the selected reports that ``scope`` opens, in the order of their codes.

    Raises NothingToAnalyse without a perimeter or without a placed report.
    """
    perimeter = perimeter_of(scope)
    if perimeter is None:
        raise NothingToAnalyse(
            "votre périmètre ne contient aucun territoire : demandez-en un à l’administrateur"
        )
    reports = selection.reports(scope)
    srid = Value(perimeter.srid)
    place = Coalesce(
        best_place(Anchor.Kind.BATIMENT), best_place(Anchor.Kind.ADDRESS), Cast(F("pk"), CharField())
    )
    rows = list(
        reports.located()
        .filter(precision__in=SURE, commune__isnull=False)
        .annotate(place=place, address=best_place(Anchor.Kind.ADDRESS))
        .order_by("place", "pk")
        .values_list("place", "commune", "arrondissement", "address", easting_in(srid), northing_in(srid))
    )
    if not rows:
        raise NothingToAnalyse("aucun signalement placé au numéro ne répond à ces critères")
    addresses = {address for _, _, _, address, _, _ in rows if address}
    street = dict(Address.objects.filter(ban_id__in=addresses).order_by("pk").values_list("pk", "voie__nom"))
    places = defaultdict(list)
    for code, commune, arrondissement, *told in rows:
        # a partner of one arrondissement reads a report by it, not by its commune
        by_part = arrondissement and not scope.everything and commune not in scope.communes
        places[code].append((arrondissement if by_part else commune, *told))
    found = list(places.values())
    return ReportedPlaces(
        srid=perimeter.srid,
        x=np.array([np.mean([x for *_, x, _ in told]) for told in found]),
        y=np.array([np.mean([y for *_, y in told]) for told in found]),
        reports=np.array([len(told) for told in found], dtype=np.int64),
        communes=tuple(tuple(sorted({commune for commune, *_ in told})) for told in found),
        streets=tuple(
            Counter(street.get(address or "", "") for _, address, *_ in told).most_common(1)[0][0]
            for told in found
        ),
        left_out=reports.count() - len(rows),
    )
