"""The layers of the analyses: one a method, that holds its newest run that the reader may read, or one chosen.

The methods belong to the maps, which this package does not know: they declare themselves when the application starts
(docs/adr, "A method declares its layer").
"""

from collections.abc import Mapping

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Subquery, When

from layers.errors import InvalidFilter
from layers.models import AnalysisResult, AnalysisRun
from layers.models.published_runs import figure_attribute, rows_model
from layers.registry import EVERY_VERSION, LAYERS, Layer, Rows, Style
from layers.scope import Scope

METHOD_OF: dict[str, str] = {}
"""The method of each layer of analyses."""
VERSION, MOST_DIGITS = "analyse", 9
"""The field, and the parameter, that is the number of a run."""
FIELDS = {
    "id": "id",
    "rang": "position",
    "unite": "unit_kind",
    "code": "unit_code",
    "nom": "label",
    "classe": "category",
    VERSION: "run_id",
    "calculee_le": "computed_at",
}


def publish_method(
    method: str,
    *,
    layer: str,
    title: str,
    abstract: str,
    figures: Mapping[str, str],
    keywords: tuple[str, ...] = ("habitat indigne", "analyse"),
    style: Style = Style(),  # noqa: B008 (it never changes)
) -> None:
    """Add the layer of a method to the register; ``figures`` gives the French words of each of its figures.

    A figure that an older run does not have is null. Raises ValueError for a figure called as a field is.
    """
    if taken := sorted(figures.keys() & {*FIELDS, "geom"}):
        raise ValueError(f"{method}: {taken} are fields of every row")
    METHOD_OF[layer] = method
    LAYERS[layer] = Layer(
        layer,
        title,
        abstract,
        _rows(method, title, figures),
        FIELDS | {name: figure_attribute(name) for name in figures},
        key="id",
        geometry="shape",
        is_personal=True,
        versions=VERSION,
        simplified_below=13,
        keywords=keywords,
        style=style,
    )


def runs_in(layer: str, scope: Scope) -> QuerySet[AnalysisRun]:
    """Give the runs that a layer may be asked for, the newest first."""
    return runs_of(METHOD_OF[layer], scope).order_by("-pk")


def runs_of(method: str, scope: Scope) -> QuerySet[AnalysisRun]:
    """Give the runs of a method that the reader may read."""
    return AnalysisRun.objects.visible_to(scope).filter(method=method)


def newest_run(method: str, scope: Scope) -> QuerySet[AnalysisRun]:
    """Give the newest of them, as a queryset of one at most."""
    return runs_of(method, scope).order_by("-pk")[:1]


def run_asked(parameters: Mapping[str, str]) -> int | None:
    """Read the number of the run that a request asks for, None without; raises InvalidFilter for anything else."""
    given = parameters.get(VERSION, "")
    if given and not (given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS):
        raise InvalidFilter(f"{VERSION} attend un nombre entier, reçu : {given[:40]!r}")
    return int(given) if given else None


def _rows(method: str, title: str, figures: Mapping[str, str]) -> Rows:
    model = rows_model(method, title, figures)

    def rows(scope: Scope, parameters: Mapping[str, str]) -> QuerySet:
        number = run_asked(parameters)
        if EVERY_VERSION in parameters:
            chosen = Q(run_id__in=runs_of(method, scope).values("pk"))
        elif number is not None:
            chosen = Q(run_id=Subquery(runs_of(method, scope).filter(pk=number).values("pk")))
        else:
            chosen = Q(run_id=Subquery(newest_run(method, scope).values("pk")))
        readable = AnalysisResult.objects.visible_to(scope).filter(pk=OuterRef("pk"))
        # In a CASE, a row is looked up by its number. Joined, all the rows of the run were read for each row: the
        # planner believes that a filter by shape keeps one
        is_readable = Case(When(Exists(readable), then=True), default=False, output_field=BooleanField())
        return model.objects.visible_to(scope).filter(is_readable, chosen)

    return rows
