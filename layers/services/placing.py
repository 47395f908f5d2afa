"""What a person decides of a report's position: written whole, undone by a new row, repeated for the same address.

The report is locked, then compared with what the person saw: of two who choose at once, the second is told.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils import timezone

from layers.crs import WGS84
from layers.errors import InvalidChoice, OutOfPerimeter, PositionChanged
from layers.models import Commune, Parcelle, PlaceChoice, Signalement
from layers.scope import Scope
from layers.selectors.candidates import candidate_of
from layers.selectors.review import same_address
from layers.services import jobs
from layers.services.repeated_choices import repeat_choices

Kind = PlaceChoice.Kind
Precision = Signalement.Precision

IDU_FARTHEST_M = 100  # a parcelle further than this from the point is another click
SURE = (Precision.NUMERO, Precision.DECLAREE)


@dataclass(frozen=True)
class Wish:
    """What the person asks: a kind, with the address for a candidate, the position for a point, the reason."""

    kind: str
    ban_id: str = ""
    lon: float | None = None
    lat: float | None = None
    idu: str = ""
    reason: str = ""
    also_same_address: bool = False


def version_of(report: Signalement) -> str:
    """Give the mark of what a person sees of a report: its declared address, its position, the choice in force."""
    current = PlaceChoice.objects.unscoped("mark of a report already read").filter(
        signalement=report, is_current=True
    )
    seen = (
        report.adresse,
        report.code_postal,
        report.ville,
        report.code_insee,
        report.geom.wkt if report.geom else "",
        report.precision,
        report.needs_review,
        list(current.values_list("pk", flat=True)),
    )
    return sha256(repr(seen).encode()).hexdigest()[:16]


@transaction.atomic
def choose_place(pk: int, wish: Wish, version: str, scope: Scope, user_id: int) -> PlaceChoice:
    """Place a report as a person asks, and give the choice.

    Raises Signalement.DoesNotExist when the report is not for this reader, PositionChanged when it is no longer
    what the person saw, InvalidChoice for what is no position, OutOfPerimeter when the person would lose it.
    """
    report = _locked(pk, scope)
    if version != version_of(report):
        raise PositionChanged(_what_changed(report))
    choice = _choice(report, wish)
    choice.chosen_by_id = user_id
    _supersede(report)
    choice.save()
    _move(report, choice.point, choice.precision, False, choice.commune_id)
    _check_still_seen(report, scope)
    if wish.also_same_address:
        repeat_choices(same_address(report, scope).values_list("pk", flat=True))
    jobs.defer("anchor", once=True)
    return choice


@transaction.atomic
def undo_choice(choice_pk: int, scope: Scope, user_id: int) -> PlaceChoice:
    """Give the report the position that it had before a choice, and the row that says so.

    The reports that had taken the choice for the same address go back too. Raises PlaceChoice.DoesNotExist when
    the choice is not for this reader, PositionChanged when another one followed it.
    """
    choice = PlaceChoice.objects.visible_to(scope).get(pk=choice_pk)
    report = _locked(choice.signalement_id, scope)
    choice = PlaceChoice.objects.visible_to(scope).get(pk=choice_pk)  # as it is now that the report is held
    if not choice.is_current:
        raise PositionChanged(_what_changed(report))
    undone = _undo(report, choice, user_id)
    _check_still_seen(report, scope)
    repeated = PlaceChoice.objects.visible_to(scope).filter(repeats=choice, is_current=True).order_by("pk")
    for repetition in repeated:
        _undo(_locked(repetition.signalement_id, scope), repetition, user_id)
    jobs.defer("anchor", once=True)
    return undone


def _undo(report: Signalement, choice: PlaceChoice, user_id: int) -> PlaceChoice:
    _supersede(report)
    undone = PlaceChoice.objects.create(
        signalement=report,
        address_key=choice.address_key,
        kind=Kind.UNDONE,
        label=choice.label,
        point=choice.previous_point,
        precision=choice.previous_precision,
        commune_id=choice.previous_commune_id,
        is_current=False,
        undoes=choice,
        chosen_by_id=user_id,
        **_before(report),
    )
    earlier = (
        PlaceChoice.objects.unscoped("the choice before, of a report already read")
        .filter(signalement=report, pk__lt=choice.pk, undone_by__isnull=True)
        .exclude(kind=Kind.UNDONE)
        .order_by("-pk")
        .first()
    )
    if earlier:
        earlier.is_current = True
        earlier.save(update_fields=["is_current"])
    _move(
        report,
        choice.previous_point,
        choice.previous_precision,
        choice.previous_needs_review,
        choice.previous_commune_id,
    )
    return undone


def _locked(pk: int, scope: Scope) -> Signalement:
    """Read a report and hold it; the lock is taken on its row alone, the perimeter reads other tables."""
    return Signalement.objects.visible_to(scope).select_for_update(of=("self",)).get(pk=pk)


def _choice(report: Signalement, wish: Wish) -> PlaceChoice:
    choice = PlaceChoice(
        signalement=report, address_key=report.address_key, kind=wish.kind, commune_id=report.commune_id
    )
    for name, value in _before(report).items():
        setattr(choice, name, value)
    if wish.kind == Kind.CANDIDATE:
        candidate = candidate_of(report, wish.ban_id)
        choice.label, choice.ban_id = candidate.label, candidate.ban_id
        choice.point = Point(candidate.lon, candidate.lat, srid=WGS84)
        choice.precision = candidate.precision
    elif wish.kind == Kind.POINT:
        choice.point = _point(wish)
        choice.precision = Precision.MANUELLE
        choice.idu = _idu(wish.idu, choice.point)
    elif wish.kind == Kind.CONFIRMED:
        if report.geom is None:
            raise InvalidChoice("ce signalement n’a pas de position à confirmer : choisissez-en une")
        geocoding = getattr(report, "geocoding", None)
        choice.point = report.geom
        choice.precision = Precision.MANUELLE if report.precision in SURE else report.precision
        if geocoding is not None and report.precision in (Precision.NUMERO, Precision.VOIE):
            choice.label, choice.ban_id = geocoding.label, geocoding.ban_id
    elif wish.kind == Kind.REJECTED:
        if not wish.reason:
            raise InvalidChoice("dites pourquoi aucune position n’est possible")
        choice.precision, choice.reason = Precision.INCONNUE, wish.reason[:300]
    else:
        raise InvalidChoice("choisissez une adresse, un point sur la carte, ou aucune position")
    if choice.point:
        choice.commune_id = _commune_at(choice.point) or report.commune_id
    return choice


def _point(wish: Wish) -> Point:
    lon, lat = wish.lon, wish.lat
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InvalidChoice("la position attend une longitude et une latitude en degrés")
    point = Point(lon, lat, srid=WGS84)
    if _commune_at(point) is None:
        raise InvalidChoice("cette position n’est dans aucune commune importée")
    return point


def _commune_at(point: Point) -> str | None:
    found = Commune.objects.filter(geom__intersects=point).order_by("code").values_list("code", flat=True)
    return found.first()


def _idu(idu: str, point: Point) -> str:
    """Give the parcelle that was pointed at, if it is one and stands there."""
    if not idu:
        return ""
    near = Parcelle.objects.current().filter(idu=idu).annotate(apart=Distance("geom", point)).first()
    if near is None or near.apart.m > IDU_FARTHEST_M:
        raise InvalidChoice("la parcelle désignée n’est pas au cadastre à cet endroit")
    return idu


def _before(report: Signalement) -> dict[str, Any]:
    return {
        "previous_point": report.geom,
        "previous_precision": report.precision,
        "previous_needs_review": report.needs_review,
        "previous_commune_id": report.commune_id,
    }


def _supersede(report: Signalement) -> None:
    current = PlaceChoice.objects.unscoped("the choice that another one replaces")
    current.filter(signalement=report, is_current=True).update(is_current=False)


def _move(
    report: Signalement, point: Point | None, precision: str, needs_review: bool, commune: str | None
) -> None:
    """Write the position; the report is to be anchored again, even if only the chosen parcelle changed."""
    report.geom, report.precision, report.needs_review = point, precision, needs_review
    report.commune_id, report.anchored_at = commune, None
    report.save(update_fields=["geom", "precision", "needs_review", "commune", "anchored_at"])


def _check_still_seen(report: Signalement, scope: Scope) -> None:
    if not Signalement.objects.visible_to(scope).filter(pk=report.pk).exists():
        raise OutOfPerimeter(
            "cette position sort de votre périmètre : demandez à un administrateur d’y placer le signalement"
        )


def _what_changed(report: Signalement) -> str:
    last = (
        PlaceChoice.objects.unscoped("who was faster, on a report already read")
        .filter(signalement=report)
        .select_related("chosen_by")
        .order_by("-pk")
        .first()
    )
    if last is None or last.chosen_by is None:
        return "ce signalement a changé depuis que vous l’avez ouvert ; voici ce qu’il est maintenant"
    at = timezone.localtime(last.chosen_at)
    return (
        f"{last.chosen_by} a fait un choix pour ce signalement le {at:%d/%m/%Y à %H:%M} "
        f"({last.get_kind_display()}) ; le vôtre n’a pas été enregistré"
    )
