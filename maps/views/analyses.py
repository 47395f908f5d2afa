"""``/analyses/``: the runs that a reader may read, and the launch of a new one."""

from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from geo_lhi.accounts.access import Access, access
from layers.crs import WGS84
from layers.errors import GeoLhiError, InvalidParameters, NothingToAnalyse
from layers.models import AnalysisRequest, AnalysisRun, Commune
from layers.scope import Scope
from layers.selectors.territories import extent_of
from layers.services import jobs
from layers.symbols import OTHER_STATUS
from maps.services.methods.method import Method
from maps.services.methods.parameters import Drawn, Number
from maps.services.methods.register import METHODS, method_named
from maps.services.perimeters import narrowed, perimeter_choices, perimeter_code, perimeter_names
from maps.services.requests import ask_analysis
from maps.services.runs import SEED, run_analysis
from maps.symbols import as_data
from maps.views.analysis_forms import fields_of, given_in
from maps.views.analysis_words import short_period_of, title_of
from maps.views.explorer import FRANCE
from maps.views.ground import ground_config
from maps.views.parameters import read_parameters
from maps.views.refusals import saying_refusals

PAGE = 25
WIDE = 400  # communes: a département
REFUSED = 422
PERIMETER = "perimetre"
SEED_FIELD = Number(name="graine", label="Graine du hasard", low=0, high=2**53, whole=True, default=SEED)


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def analyses(request: HttpRequest) -> HttpResponse:
    """List the runs, newest first, the methods to launch, and what the reader's own requests have become."""
    parameters = read_parameters(request)
    kept = {"methode": parameters["methode"]} if parameters.get("methode") in METHODS else {}
    runs = AnalysisRun.objects.visible_to(request.read_scope).filter(method__in=METHODS)
    if kept:
        runs = runs.filter(method=kept["methode"])
    page = Paginator(runs.order_by("-pk"), PAGE).get_page(parameters.get("page"))
    names = perimeter_names(page.object_list)
    pending = AnalysisRequest.objects.filter(author=request.user).exclude(status=AnalysisRequest.Status.DONE)
    context = {
        "page": page,
        "rows": [
            {
                "run": run,
                "method": METHODS[run.method],
                "title": title_of(run, METHODS[run.method]),
                "period": short_period_of(run),
                "perimeter": names[run.pk],
            }
            for run in page
        ],
        "methods": METHODS.values(),
        "requests": pending.order_by("-pk")[:5],
        "kept": kept,
        "sort": "",
    }
    return render(request, "maps/analyses.html", context)


@access(Access.SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
@saying_refusals
def launch(request: HttpRequest, method: str) -> HttpResponse:
    """Show the form of a method, filled as a former run if ``?depuis=`` names one; sent, compute or queue it."""
    chosen = method_named(method)
    if request.method != "POST":
        before = _former(request, chosen)
        given = (
            {name: _typed(chosen, name, value) for name, value in before.parameters.items()} if before else {}
        )
        return _form(request, chosen, given, {}, before)
    given = given_in(chosen, request.POST)
    try:
        scope = narrowed(request.read_scope, request.POST.get(PERIMETER, ""))
        refuse_empty(scope)
        seed = SEED_FIELD.read(request.POST.get("graine") or SEED, scope) if chosen.is_random else None
        asked = {"author": request.user, "title": _title(request), "seed": seed}
        if chosen.is_long or is_wide(scope):
            return redirect("analysis-request", ask_analysis(chosen.id, scope, given, **asked).pk)
        return redirect("analysis", run_analysis(chosen.id, scope, given, **asked).run.pk)
    except InvalidParameters as error:
        return _form(request, chosen, given, error.errors)
    except (GeoLhiError, ValueError) as error:
        return _form(request, chosen, given, {"": str(error)})


def is_wide(scope: Scope) -> bool:
    """Say whether a perimeter is too wide for an answer at once, whatever the method."""
    communes = Commune.objects.count() if scope.everything else len(scope.communes)
    return communes > WIDE


def refuse_empty(scope: Scope) -> None:
    """Refuse a reader who has no perimeter: there is nothing of theirs to count."""
    if not (scope.everything or scope.communes or scope.zones):
        raise NothingToAnalyse(
            "votre périmètre ne contient aucun territoire : demandez-en un à l’administrateur"
        )


def _former(request: HttpRequest, method: Method) -> AnalysisRun | None:
    before = read_parameters(request).get("depuis", "")
    if not (before.isdecimal() and before.isascii() and len(before) < 10):
        return None
    runs = AnalysisRun.objects.visible_to(request.read_scope).filter(method=method.id)
    return runs.filter(pk=int(before)).first()


def _typed(method: Method, name: str, value: Any) -> Any:
    """Give the value of a run as the form takes it: a polygon as what the map draws."""
    drawn = any(isinstance(parameter, Drawn) and parameter.name == name for parameter in method.parameters)
    return GEOSGeometry(value, srid=WGS84).json if drawn and value else value


def _title(request: HttpRequest) -> str:
    return "".join(char for char in request.POST.get("titre", "") if char.isprintable()).strip()[:200]


def _form(
    request: HttpRequest,
    method: Method,
    given: dict[str, Any],
    errors: dict[str, str],
    before: AnalysisRun | None = None,
) -> HttpResponse:
    fields = fields_of(method, request.read_scope, given, errors)
    context = {
        "method": method,
        "fields": [field for field in fields if not field.parameter.advanced],
        "advanced": [field for field in fields if field.parameter.advanced],
        "opened": before is not None or any(field.error for field in fields if field.parameter.advanced),
        "errors": [sentence for sentence in errors.values() if sentence],
        "perimeters": perimeter_choices(request.read_scope),
        "everything": request.read_scope.everything,
        "chosen": perimeter_code(before, request.read_scope) if before else request.POST.get(PERIMETER, ""),
        "typed_title": _title(request),
        "seed": before.seed if before else request.POST.get("graine", SEED),
        "config": _draw_config(request),
        "no_worker": method.is_long and not jobs.workers_alive(),
    }
    return render(request, "maps/analysis_form.html", context, status=REFUSED if errors else 200)


def _draw_config(request: HttpRequest) -> dict[str, Any]:
    bounds = extent_of(request.read_scope) or FRANCE
    return {
        **ground_config(),
        "statuses": as_data((OTHER_STATUS,)),
        "bounds": [bounds.west, bounds.south, bounds.east, bounds.north],
    }
