"""``/priorites/``: the weights that a committee sets, and the rankings that it kept."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from geo_lhi.accounts.access import Access, access
from layers.errors import GeoLhiError, InvalidParameters
from layers.models import AnalysisRun, Partner, UnitKind
from maps.analysis.priorities import Axis
from maps.services.methods.parameters import Number, Parameter
from maps.services.methods.priorites import METHOD
from maps.services.methods.priorites_criteria import CRITERIA, Ranked, weight_name
from maps.services.perimeters import narrowed, perimeter_choices, perimeter_code
from maps.services.period import default_period
from maps.services.runs import run_analysis
from maps.views.analyses import PERIMETER, refuse_empty
from maps.views.parameters import read_parameters
from maps.views.refusals import saying_refusals

REFUSED = 422
LISTED = 20
STEP = 0.5


@dataclass(frozen=True)
class WeightField:
    """One criterion of the form."""

    name: str
    criterion: Ranked
    value: str
    error: str

    @property
    def kinds(self) -> str:
        """The kinds of place it ranks, for the script that hides the others."""
        return " ".join(self.criterion.kinds)

    @property
    def only(self) -> str:
        """Say which kinds it ranks, when it does not rank all."""
        if UnitKind.IRIS not in self.criterion.kinds:
            return "pas pour un IRIS"
        return "IRIS seulement" if len(self.criterion.kinds) == 1 else ""


@access(Access.SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
@saying_refusals
def priorities(request: HttpRequest) -> HttpResponse:
    """Show the form, filled with the weights of a former run if ``?depuis=`` names one; sent, rank.

    ``?pour=`` chooses a type of partner, with the weights of the last ranking made for it if there is one.
    """
    if request.method != "POST":
        partner = read_parameters(request).get("pour", "")
        last = priority_runs(request).filter(parameters__partner_type=partner).first() if partner else None
        before = last or _former(request)
        given = dict(before.parameters if before else _proposed(request))
        return _form(request, given | ({"partner_type": partner} if partner else {}), {}, before)
    given = {p.name: request.POST[p.name] for p in METHOD.parameters if request.POST.get(p.name)}
    try:
        scope = narrowed(request.read_scope, request.POST.get(PERIMETER, ""))
        refuse_empty(scope)
        title = "".join(char for char in request.POST.get("titre", "") if char.isprintable()).strip()[:200]
        run = run_analysis(METHOD.id, scope, given, author=request.user, title=title).run
    except InvalidParameters as error:
        return _form(request, given, error.errors)
    except GeoLhiError as error:
        return _form(request, given, {"": str(error)})
    return redirect("priority-run", run.pk)


def priority_runs(request: HttpRequest) -> Any:
    """Give the rankings that the reader may read, newest first."""
    return AnalysisRun.objects.visible_to(request.read_scope).filter(method=METHOD.id).order_by("-pk")


def _former(request: HttpRequest) -> AnalysisRun | None:
    before = read_parameters(request).get("depuis", "")
    if not (before.isdecimal() and before.isascii() and len(before) < 10):
        return None
    return priority_runs(request).filter(pk=int(before)).first()


def _proposed(request: HttpRequest) -> dict[str, Any]:
    since, until = default_period(request.read_scope)
    return {"since": since.isoformat(), "until": until.isoformat()}


def _form(
    request: HttpRequest, given: dict[str, Any], errors: dict[str, str], before: AnalysisRun | None = None
) -> HttpResponse:
    parameters = {parameter.name: parameter for parameter in METHOD.parameters}

    def value(parameter: Parameter) -> str:
        found = given.get(parameter.name, parameter.default)
        return f"{found:g}" if isinstance(found, int | float) else str(found)

    weights = [
        WeightField(
            weight_name(name),
            criterion,
            value(parameters[weight_name(name)]),
            errors.get(weight_name(name), ""),
        )
        for name, criterion in CRITERIA.items()
    ]
    context = {
        "method": METHOD,
        "errors": [sentence for sentence in errors.values() if sentence],
        "perimeters": perimeter_choices(request.read_scope),
        "everything": request.read_scope.everything,
        "chosen": perimeter_code(before, request.read_scope) if before else request.POST.get(PERIMETER, ""),
        "units": parameters["unit"].offered(request.read_scope),
        "values": {name: value(parameter) for name, parameter in parameters.items()},
        "axes": [
            ("Besoin", "Ce qui fait passer un lieu avant un autre.", _on(weights, Axis.NEED)),
            (
                "Capacité d’agir",
                "Ce qui rend une action possible. Montrée à côté, jamais additionnée au besoin.",
                _on(weights, Axis.CAPACITY),
            ),
        ],
        "partner_type": parameters["partner_type"],
        "top": parameters["top"],
        "concentration": parameters["concentration"],
        "most": _highest(parameters),
        "step": f"{STEP:g}",
        "title": request.POST.get("titre", "")[:200],
        "runs": [(run, _words(run)) for run in priority_runs(request).select_related("author")[:LISTED]],
    }
    return render(request, "maps/priorities.html", context, status=REFUSED if errors else 200)


def _on(weights: list[WeightField], axis: Axis) -> list[WeightField]:
    return [weight for weight in weights if weight.criterion.axis is axis]


def _highest(parameters: dict[str, Parameter]) -> str:
    weight = parameters[weight_name(next(iter(CRITERIA)))]
    assert isinstance(weight, Number)
    return f"{weight.high:g}"


def _words(run: AnalysisRun) -> str:
    """Say the heaviest criteria of a run."""
    kind = run.parameters["unit"]
    weighed = [
        (run.parameters.get(weight_name(name), 0), criterion.label)
        for name, criterion in CRITERIA.items()
        if kind in criterion.kinds
    ]
    heaviest = sorted(weighed, key=lambda pair: -pair[0])[:3]
    words = ", ".join(f"{label} {weight:g}".replace(".", ",") for weight, label in heaviest if weight > 0)
    partner = made_for(run)
    return f"pour {partner} · {words}" if partner else words


def made_for(run: AnalysisRun) -> str:
    """Name the type of partner whose places a run ranks, empty for those of all."""
    return dict(Partner.Type.choices).get(run.parameters.get("partner_type", ""), "")
