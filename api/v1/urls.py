"""Addresses of ``/api/v1/``."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import path

from api.errors import read_only
from api.v1.agregats import AggregateList
from api.v1.analyses import AnalysisDetail, AnalysisList
from api.v1.docs import DocumentationView, SchemaView
from api.v1.iris import IndicatorList, IrisList
from api.v1.lieux import PlaceDetail
from api.v1.signalements import SignalementDetail, SignalementList
from api.v1.territoires import TerritoireDetail, TerritoireList
from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.models import TokenScope


def machine(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open a view to sessions and tokens, to be read."""
    return access(Access.MACHINE, TokenScope.OGC)(read_only(view))


urlpatterns = [
    path("api/v1/territoires/", machine(TerritoireList.as_view()), name="api-territoires"),
    path("api/v1/territoires/<str:code>/", machine(TerritoireDetail.as_view()), name="api-territoire"),
    path("api/v1/agregats/", machine(AggregateList.as_view()), name="api-agregats"),
    path("api/v1/indicateurs/", machine(IndicatorList.as_view()), name="api-indicateurs"),
    path("api/v1/iris/", machine(IrisList.as_view()), name="api-iris"),
    path("api/v1/signalements/", machine(SignalementList.as_view()), name="api-signalements"),
    path("api/v1/signalements/<int:pk>/", machine(SignalementDetail.as_view()), name="api-signalement"),
    path("api/v1/lieux/<slug:kind>/<str:code>/", machine(PlaceDetail.as_view()), name="api-lieu"),
    path("api/v1/analyses/", machine(AnalysisList.as_view()), name="api-analyses"),
    path("api/v1/analyses/<int:pk>/", machine(AnalysisDetail.as_view()), name="api-analyse"),
    path("api/v1/schema/", machine(SchemaView.as_view()), name="schema"),
    path("api/v1/docs/", access(Access.SIGNED_IN)(DocumentationView.as_view()), name="api-docs"),
]
