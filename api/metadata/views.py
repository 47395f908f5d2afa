"""``/catalogue/``: what each layer is, for people and for catalogues, to whoever may read it."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from api.errors import UnknownLayer, answering_problems
from api.exports.tables import layers_told
from api.metadata import dcat
from api.metadata.records import CONTACT, PUBLISHER, described, record_of
from api.ogc.answers import ISO19139, JSON_LD
from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.models import TokenScope

gis = access(Access.GIS, TokenScope.OGC)


def answering_pages(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Make a page answer 404 for a layer that is not its reader's."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except UnknownLayer:
            raise Http404("couche inconnue") from None

    return answer


@access(Access.SIGNED_IN)
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """List the layers of the reader, with their sources."""
    records = [described(request, layer) for layer in layers_told(request.read_scope)]
    context = {
        "section": "imports",
        "open_data": [record for record in records if not record.layer.is_personal],
        "of_people": [record for record in records if record.layer.is_personal],
    }
    return render(request, "api/metadata/catalogue.html", context)


@access(Access.SIGNED_IN)
@require_safe
@answering_pages
def record(request: HttpRequest, name: str) -> HttpResponse:
    """Tell one layer: its fields, its sources, the ways to it."""
    found = record_of(request, name)
    return render(request, "api/metadata/record.html", {"section": "imports", "record": found})


@gis
@require_safe
@answering_problems
def record_iso(request: HttpRequest, name: str) -> HttpResponse:
    """Give the record of a layer as ISO 19115, in the XML of ISO 19139."""
    context = {"record": record_of(request, name), "publisher": PUBLISHER, "contact": CONTACT}
    return HttpResponse(
        render_to_string("api/metadata/iso19139.xml", context), content_type=f"{ISO19139}; charset=utf-8"
    )


@gis
@require_safe
@answering_problems
def record_dcat(request: HttpRequest, name: str) -> HttpResponse:
    """Give the record of a layer as DCAT."""
    return JsonResponse(dcat.document(record_of(request, name)), content_type=JSON_LD)


@gis
@require_safe
@answering_problems
def catalogue_dcat(request: HttpRequest) -> HttpResponse:
    """Give the whole catalogue of the reader as DCAT."""
    records = [described(request, layer) for layer in layers_told(request.read_scope)]
    return JsonResponse(dcat.catalogue(request, records), content_type=JSON_LD)
