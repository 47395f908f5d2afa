"""The perimeter of an analysis: all that its author may read, or an EPCI or a commune of it; and its name."""

from collections.abc import Sequence
from dataclasses import fields

from layers.arrondissements import COMMUNE_OF_ARRONDISSEMENT
from layers.errors import GeoLhiError
from layers.models import AnalysisRun, Commune, Zone
from layers.scope import Scope
from layers.selectors.territories import find_territory, part_in

WHOLE = ""


def narrowed(scope: Scope, code: str) -> Scope:
    """Give the part of ``scope`` in the EPCI or the commune ``code``; all of it for an empty code.

    Zones of the reader are left out of a part. Raises UnknownTerritoire, or InvalidFilter outside the scope.
    """
    if code == WHOLE:
        # a request's scope is made when it is first read: a value of its own is what methods are given
        return Scope(**{field.name: getattr(scope, field.name) for field in fields(Scope)})
    return part_in(scope, find_territory(code))


def perimeter_code(run: AnalysisRun, scope: Scope) -> str:
    """Give the code by which ``narrowed`` reads the perimeter of a run again, ``WHOLE`` where there is none."""
    communes = Commune.objects.filter(code__in=run.communes).exclude(code__in=COMMUNE_OF_ARRONDISSEMENT)
    found = list(communes.order_by("code").values_list("code", "epci_id")[:2])
    codes = [found[0][0]] if len(found) == 1 else []
    codes += sorted({epci for _, epci in found if epci})
    perimeter = AnalysisRun.perimeter_fields(run.scope)
    for code in codes:
        try:
            part = narrowed(scope, code)
        except GeoLhiError:
            continue
        if AnalysisRun.perimeter_fields(part) == perimeter:
            return code
    return WHOLE


def perimeter_choices(scope: Scope) -> dict[str, dict[str, str]]:
    """Give the codes that ``narrowed`` takes and their names, by group."""
    communes = Commune.objects.filter(geom__isnull=False).order_by("nom", "code")
    if not scope.everything:
        communes = communes.filter(code__in=scope.communes)
    rows = list(communes.values_list("code", "nom", "epci_id", "epci__nom"))
    groups = {"Intercommunalités": {epci: nom for _, _, epci, nom in sorted(rows, key=_by_epci) if epci}}
    groups["Communes"] = {code: nom for code, nom, _, _ in rows if code not in COMMUNE_OF_ARRONDISSEMENT}
    return {name: choices for name, choices in groups.items() if choices}


def _by_epci(row: tuple[str, str, str | None, str | None]) -> str:
    return row[3] or ""


def perimeter_names(runs: Sequence[AnalysisRun]) -> dict[int, str]:
    """Name the perimeter of each run: an EPCI when it is made of all its communes, else its communes."""
    codes = {code for run in runs for code in run.communes}
    rows = (
        Commune.objects.filter(code__in=codes)
        .order_by("code")
        .values_list("code", "nom", "epci_id", "epci__nom")
    )
    communes = {code: (nom, epci, epci_nom) for code, nom, epci, epci_nom in rows}
    members: dict[str, set[str]] = {}
    epcis = {epci for _, epci, _ in communes.values() if epci}
    for code, epci in Commune.objects.filter(epci__in=epcis).order_by("code").values_list("code", "epci_id"):
        members.setdefault(epci, set()).add(code)
    zones = dict(
        Zone.objects.filter(pk__in={pk for run in runs for pk in run.zones})
        .order_by("pk")
        .values_list("pk", "nom")
    )
    return {run.pk: _named(run, communes, members, zones) for run in runs}


def _named(
    run: AnalysisRun,
    communes: dict[str, tuple[str, str | None, str | None]],
    members: dict[str, set[str]],
    zones: dict[int, str],
) -> str:
    if run.everything:
        return "toute la base"
    known = [code for code in run.communes if code in communes and code not in COMMUNE_OF_ARRONDISSEMENT]
    names = [communes[code][0] for code in known]
    epcis = {communes[code][1] for code in known}
    if len(epcis) == 1 and (epci := epcis.pop()) and members[epci] == set(known) and len(known) > 1:
        names = [str(communes[known[0]][2])]
    names += [zones[pk] for pk in run.zones if pk in zones]
    shown = ", ".join(names[:3]) or "aucun territoire"
    more = f" et {len(names) - 3} autres" if len(names) > 3 else ""
    return f"{shown}{more}{', hors périmètres exclus' if run.excluded_zones else ''}"
