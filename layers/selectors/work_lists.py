"""Which places are for which type of partner: what was entrusted to it, and what the law or a visit points to."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from layers.models import Affectation, Arrete, Partner, UnitKind, Visit
from layers.models.signalements import SignalementQuerySet
from layers.scope import Scope
from layers.selectors.places.orders import COUNTED
from layers.selectors.priority_criteria import place_of
from layers.selectors.priority_ground import standing_order_rows
from layers.selectors.report_selection import ReportSelection

Type, Conclusion = Partner.Type, Visit.Conclusion
SAFETY = tuple(kind for kind in COUNTED if kind.startswith("MISE_EN_SECURITE"))
HEALTH = tuple(kind for kind in COUNTED if kind not in SAFETY)


@dataclass(frozen=True)
class Competence:
    """What makes a place one of a partner's: orders of its police not lifted, conclusions of visits."""

    orders: tuple[Arrete.Type, ...] = ()
    conclusions: tuple[Visit.Conclusion, ...] = ()
    said: str = ""


# CCH L. 511-4: the mayor or the president of the EPCI for safety, the prefect (the ARS instructs) for health
COMPETENCES = {
    Type.COMMUNE_SCHS: Competence(
        SAFETY,
        (Conclusion.MISE_EN_SECURITE_PERIL, Conclusion.RSD, Conclusion.SALETE),
        "arrêté de mise en sécurité non levé, visite qui conclut à un péril, au RSD ou à la saleté",
    ),
    Type.ARS: Competence(
        HEALTH,
        (Conclusion.INSALUBRITE, Conclusion.SUSPICION_INSALUBRE),
        "arrêté d’insalubrité non levé, visite qui conclut à une insalubrité ou la suspecte",
    ),
    Type.CAF_MSA: Competence((), (Conclusion.NON_DECENCE,), "visite qui conclut à la non-décence"),
    Type.DDT_M: Competence(COUNTED, (), "tout arrêté non levé : exécution, astreinte, travaux d’office"),
}


def work_lists(kind: UnitKind, scope: Scope, selection: ReportSelection) -> dict[str, set[str]]:
    """Give, by type of partner, the codes of its places; only types that have some.

    A place is on the list of a type if one of its open reports was entrusted to it, and is still there,
    or for a COMPETENCE. Reports and orders are those that ``scope`` opens.
    """
    reports = selection.reports(scope).open().annotate(place=place_of(kind))
    reports = reports.filter(place__isnull=False)
    lists: dict[str, set[str]] = defaultdict(set)
    for partner, place in _entrusted(reports):
        lists[partner].add(place)
    visits = Visit.objects.unscoped("des visites de signalements déjà ouverts").filter(
        signalement=OuterRef("pk")
    )
    for partner, competence in COMPETENCES.items():
        if competence.conclusions:
            concluded = visits.filter(conclusions__overlap=list(competence.conclusions))
            lists[partner].update(reports.filter(Exists(concluded)).values_list("place", flat=True))
        if competence.orders:
            rows = standing_order_rows(kind, scope, selection.until, competence.orders)
            lists[partner].update(row.place for row in rows)
    return {partner: places for partner, places in lists.items() if places}


def _entrusted(reports: SignalementQuerySet) -> set[tuple[str, str]]:
    working = Q(status__in=(Affectation.Status.NOUVEAU, Affectation.Status.EN_COURS)) & ~Q(partner_type="")
    places = dict(reports.values_list("pk", "place"))
    given = Affectation.objects.unscoped("des affectations de signalements déjà ouverts").filter(working)
    rows = given.filter(signalement__in=list(places)).values_list("partner_type", "signalement_id")
    return {(partner, places[report]) for partner, report in rows}
