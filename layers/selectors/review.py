"""The queue of positions that a person must check: why each is there, and which one comes next."""

from collections.abc import Mapping

from django.contrib.gis.db.models.functions import Distance
from django.db.models import BooleanField, Case, Count, Exists, F, Func, OuterRef, Q, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import JSONObject, Left

from layers.errors import InvalidFilter
from layers.models import Geocoding, PlaceChoice, Signalement
from layers.models.signalements import SignalementQuerySet
from layers.scope import Scope
from layers.selectors.signalement_filters import SignalementFilters

# When the geocoding asks for a look: a score below this, a rival this close, a declared point this far
BELIEVED, AS_GOOD, FAR_M = 0.7, 0.03, 200

STREETS = (Geocoding.Kind.STREET, Geocoding.Kind.LOCALITY)
NOT_FOUND = Q(geocoding__isnull=True)
COMMUNE_ONLY = Q(geocoding__kind=Geocoding.Kind.MUNICIPALITY)
STREET_ONLY = Q(geocoding__kind__in=STREETS)
ELSEWHERE = (
    Q(geocoding__isnull=False)
    & ~Q(code_insee="")
    & ~Q(geocoding__ban_id="")
    & ~Q(found_commune=F("code_insee"))
)
RIVAL = Q(has_rival=True)
FAR = Q(apart__gt=FAR_M)
UNLIKE = Q(geocoding__score__lt=BELIEVED)
CHANGED = Q(address_changed=True)
# By the name that the address of the page carries, in the order in which they are told
REASONS = {
    "modifiee": CHANGED,
    "introuvable": NOT_FOUND,
    "commune": COMMUNE_ONLY,
    "voie": STREET_ONLY,
    "ailleurs": ELSEWHERE,
    "rivale": RIVAL,
    "eloignee": FAR,
    "ressemblance": UNLIKE,
}
SEVERAL_READINGS = "lecture"  # what is left: the declared line itself is not clear
RIVALS = RawSQL("'$[*] ? (@.score >= $floor && @.kind == $kind && @.ban_id != $ban_id)'::jsonpath", [])


def with_review_facts(reports: SignalementQuerySet) -> SignalementQuerySet:
    """Annotate what the reasons need.

    ``apart`` is the distance between the point that the source declared and the one that is kept; ``has_rival``
    tells of another answer as good; ``address_changed`` of a declared address that is not the one a person read.
    """
    outdated = PlaceChoice.objects.unscoped("a subquery of reports already scoped").filter(
        ~Q(address_key=OuterRef("address_key")), signalement=OuterRef("pk"), is_current=True
    )
    answer = JSONObject(
        floor=F("geocoding__score") - AS_GOOD, kind="geocoding__kind", ban_id="geocoding__ban_id"
    )
    return reports.annotate(
        apart=Distance("declared_geom", "geom"),
        found_commune=Left("geocoding__ban_id", 5),
        has_rival=Func(
            "geocoding__alternatives",
            RIVALS,
            answer,
            function="jsonb_path_exists",
            output_field=BooleanField(),
        ),
        address_changed=Exists(outdated),
    )


def reports_to_review(parameters: Mapping[str, str], scope: Scope) -> SignalementQuerySet:
    """Give the reports whose position must be checked, the longest waiting first.

    ``motif`` keeps those that are there for one reason; raises InvalidFilter for an unknown one.
    """
    reports = _queue(parameters, scope)
    if motif := parameters.get("motif", ""):
        reports = reports.filter(_condition(motif))
    return (
        reports.select_related("commune", "geocoding")
        .defer("commune__geom", "description")
        .order_by("received_on", "pk")
    )


def reason_counts(parameters: Mapping[str, str], scope: Scope) -> dict[str, int]:
    """Count the reports to check by reason, whatever the reason asked; a report may have several."""
    names = [*REASONS, SEVERAL_READINGS]
    return _queue(parameters, scope).aggregate(
        **{name: Count("pk", filter=_condition(name)) for name in names}
    )


def place_in_queue(queue: SignalementQuerySet, report: Signalement) -> tuple[int, int]:
    """Give how many reports of the queue come before this one, and how many there are."""
    figures = queue.order_by().aggregate(before=Count("pk", filter=_before(report)), total=Count("pk"))
    return figures["before"], figures["total"]


def next_of(queue: SignalementQuerySet, report: Signalement) -> Signalement | None:
    """Give the report that comes after this one in the queue, the first one after the last, None if it is alone."""
    others = queue.exclude(pk=report.pk)
    return others.exclude(_before(report)).first() or others.first()


def same_address(report: Signalement, scope: Scope) -> SignalementQuerySet:
    """Give the other reports to check that declare the same address, and on which nobody has acted."""
    reports = Signalement.objects.visible_to(scope).to_review()
    if not report.address_key:
        return reports.none()
    return reports.filter(address_key=report.address_key, place_choices=None).exclude(pk=report.pk)


def _queue(parameters: Mapping[str, str], scope: Scope) -> SignalementQuerySet:
    told = Q()
    for condition in REASONS.values():
        told |= condition
    reports = with_review_facts(SignalementFilters.parse(parameters).apply(scope).to_review())
    # CASE and not NOT: most of the conditions are unknown, neither true nor false, without a geocoding
    return reports.annotate(is_told=Case(When(told, then=True), default=False))


def _condition(motif: str) -> Q:
    if motif == SEVERAL_READINGS:
        return Q(is_told=False)
    if motif not in REASONS:
        raise InvalidFilter(f"motif inconnu : {motif[:40]!r}")
    return REASONS[motif]


def _before(report: Signalement) -> Q:
    return Q(received_on__lt=report.received_on) | Q(received_on=report.received_on, pk__lt=report.pk)
