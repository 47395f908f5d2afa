"""The file of a place: everything known of a parcelle, a building or an address, on one timeline."""

from collections import Counter
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from geo_lhi.accounts.access import Access, access
from layers.errors import InvalidFilter
from layers.selectors.duplicates import proposals_among
from layers.selectors.places.file import PlaceFile
from layers.selectors.places.file import place_file as find_file
from layers.selectors.places.identity import PlaceKind
from layers.selectors.places.reports import anchored_at
from layers.selectors.places.timeline import EventKind, Section
from layers.symbols import OTHER_STATUS, STATUSES
from maps.symbols import as_data
from maps.views.duplicate_texts import told
from maps.views.ground import ground_config
from maps.views.parameters import read_parameters
from maps.views.refusals import saying_refusals

TRIGGER = 2  # orders in ten years not fully carried out: what the law of 9 April 2024 looks at
PAIRS = 10  # the rest is on the page of duplicates
MANY = 6  # beyond, a list is folded


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def place_file(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """Show the file of a place; ``nature`` keeps one kind of event."""
    nature = read_parameters(request).get("nature", "")
    if nature and nature not in EventKind.values:
        raise InvalidFilter(f"nature inconnue : {nature[:40]!r}")
    today = timezone.localdate()
    found = find_file(kind, code, request.read_scope, today)
    counts = Counter(event.kind for event in found.events)
    shown = [event for event in found.events if not nature or event.kind == nature]
    context = {
        "file": found,
        "place": found.place,
        "years": [(year, list(events)) for year, events in groupby(shown, key=lambda event: event.on.year)],
        "natures": [(kind, counts[kind]) for kind in EventKind if counts[kind]],
        "nature": nature,
        "visits": found.count(EventKind.VISITE),
        "total": len(found.events),
        "sections": _sections(found),
        "trigger": found.standing.count >= TRIGGER,
        "others": _others(found),
        "many": MANY,
        "pairs": told(
            proposals_among(anchored_at(found.place), request.read_scope)[:PAIRS], request.read_scope
        ),
        "config": _config(found),
    }
    return render(request, "maps/place_file.html", context)


def _sections(found: PlaceFile) -> list[tuple[str, list[Any]]]:
    by_section = {section: [fact for fact in found.facts if fact.section == section] for section in Section}
    return [(section.label, facts) for section, facts in by_section.items() if facts]


def _others(found: PlaceFile) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Give the other places that are this one in another register: (kind, code, name) each."""
    place = found.place
    groups = {
        PlaceKind.PARCELLE: [(p.idu, p.idu) for p in place.parcelles],
        PlaceKind.BATIMENT: [(b.code, f"RNB {b.rnb_id}" if b.rnb_id else b.code) for b in place.batiments],
        PlaceKind.ADRESSE: [(a.ban_id, str(a)) for a in place.addresses],
    }
    return [
        (kind.label.capitalize() + ("s" if len(members) > 1 else ""), [(kind.value, *m) for m in members])
        for kind, members in groups.items()
        if members and kind != place.kind
    ]


def _config(found: PlaceFile) -> dict[str, Any]:
    place = found.place
    centre = place.geom.centroid
    return {
        **ground_config(),
        "point": [centre.x, centre.y],
        "bounds": list(place.geom.extent),
        "parcelles": [parcelle.idu for parcelle in place.parcelles],
        "statuses": as_data((*STATUSES, OTHER_STATUS)),
    }
