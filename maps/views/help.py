"""What the figures mean and do not mean, and the accessibility statement."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from geo_lhi.accounts.access import Access, access
from layers.kept_fields import KEPT
from layers.models import AnalysisRun
from layers.registry import IRIS_RATES
from layers.symbols import HOTSPOTS, STATUSES
from maps.analysis.disclosure import MIN_CASES, MIN_DWELLINGS
from maps.services.heat import BANDWIDTH_M
from maps.views.analysis_texts import period_of


@access(Access.SIGNED_IN)
@require_safe
def explain(request: HttpRequest) -> HttpResponse:
    """Explain each layer and each figure."""
    run = AnalysisRun.objects.latest_of(IRIS_RATES)
    context = {
        "run": run,
        "period": period_of(run) if run else "",
        "hotspots": HOTSPOTS,
        "statuses": STATUSES,
        "min_cases": MIN_CASES,
        "min_dwellings": MIN_DWELLINGS,
        "bandwidth_m": BANDWIDTH_M,
        "kept": KEPT.values(),
    }
    return render(request, "maps/help.html", context)


@access(Access.PUBLIC)
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Show the accessibility statement that the law asks of each public service."""
    return render(request, "maps/accessibility.html")
