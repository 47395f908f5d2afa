"""Publishing a release: what anyone would read is shown first, then published or withdrawn by an administrator."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.public import PREFIX
from layers import public_role
from layers.models import AnalysisRun, Publication, UnitKind
from layers.selectors.result_rows import rows_of
from layers.services.publications import is_publishable, publish, replaced_by, standing, withdraw, years_of
from maps.services.methods.register import METHODS
from maps.views.analysis_runs import run_of
from maps.views.analysis_words import title_of

SHOWN = 200
LISTED = 20
UNCONFIRMED = (
    "cochez la case : ce qui est publié peut être copié par n’importe qui, le retirer n’y change rien"
)


@access(Access.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def publication(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a release tells anyone; publish it or withdraw it by POST. Anything else is not found."""
    run, _ = run_of(request, pk)
    if not is_publishable(run):
        raise Http404("cette analyse n’est pas faite pour le public")
    if request.method == "POST":
        return _decide(request, run)
    return _page(request, run)


def _decide(request: HttpRequest, run: AnalysisRun) -> HttpResponse:
    action = request.POST.get("action", "")
    if action == "publier":
        if request.POST.get("relu") != "oui":
            return _page(request, run, error=UNCONFIRMED)
        publish(run, request.user.pk)
    elif action == "retirer":
        for shown in standing().filter(run=run):
            withdraw(shown, request.user.pk)
    else:
        raise Http404("action inconnue")
    return HttpResponseRedirect(reverse("analysis-publication", args=[run.pk]), status=303)


def _page(request: HttpRequest, run: AnalysisRun, error: str = "") -> HttpResponse:
    rows = rows_of(run, request.read_scope)
    years = [year for year in years_of(run).split(", ") if year]
    figures = {"total": "Logements signalés, toutes années"}
    figures |= {f"year_{ago}": year for ago, year in enumerate(years)}
    unit = UnitKind(run.parameters["unit"])
    shown = standing().filter(run=run).first()
    context = {
        "run": run,
        "title": title_of(run, METHODS[run.method]),
        "years": years,
        "columns": figures.values(),
        "lines": [
            (
                row.label,
                row.unit_code,
                row.figures["dwellings"],
                [(told, row.figures.get(name)) for name, told in figures.items()],
            )
            for row in rows.defer("geom")[:SHOWN]
        ],
        "count": rows.count(),
        "secret": rows.filter(figures__total=None).count(),
        "limit": SHOWN,
        "unit": unit,
        "published": shown,
        "replaces": [] if shown else replaced_by(run),
        "history": Publication.objects.filter(run=run)
        .select_related("published_by", "withdrawn_by")
        .order_by("-pk")[:LISTED],
        "is_open": public_role.is_open(),
        "address": request.build_absolute_uri(f"{PREFIX}ogc/collections/chiffres_{unit.value}"),
        "error": error,
    }
    return render(request, "maps/publication.html", context, status=422 if error else 200)
