"""``/api/v1/analyses/``: the runs of analyses: method, parameters, vintages, overall results."""

from typing import Any, ClassVar

from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.errors import UnknownResource
from api.parameters import read_parameters
from api.v1 import pages, schema
from api.v1.features import REVALIDATED
from api.v1.pages import Page
from api.v1.renderers import OrjsonRenderer
from layers.models import AnalysisRun

TOLD_TO_ALL = ("overall_per_1000", "unit")


class AnalysisSerializer(serializers.ModelSerializer):
    """One run: what is needed to compute it again. Totals of the whole base are for who reads the whole base."""

    titre = serializers.CharField(source="title")
    methode = serializers.CharField(source="method")
    parametres = serializers.JSONField(source="parameters")
    millesimes = serializers.JSONField(source="data_vintage")
    empreinte_donnees = serializers.CharField(source="inputs_digest")
    graine = serializers.IntegerField(source="seed", allow_null=True)
    version_code = serializers.CharField(source="code_version")
    resume = serializers.SerializerMethodField()
    calculee_le = serializers.DateTimeField(source="computed_at")

    class Meta:
        model = AnalysisRun
        fields: ClassVar = [
            "id",
            "titre",
            "methode",
            "parametres",
            "millesimes",
            "empreinte_donnees",
            "graine",
            "version_code",
            "resume",
            "calculee_le",
        ]

    def get_resume(self, run: AnalysisRun) -> dict[str, Any]:
        """Give the overall results that this reader may see; class limits are figures of some units."""
        if run.is_whole_for(self.context["request"].read_scope):
            return run.summary
        return {name: run.summary[name] for name in TOLD_TO_ALL if name in run.summary}


class AnalysisPageSerializer(serializers.Serializer):
    """A page of runs."""

    numberMatched = serializers.IntegerField()  # noqa: N815 (the name is that of OGC API)
    numberReturned = serializers.IntegerField()  # noqa: N815
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    analyses = AnalysisSerializer(many=True)


@method_decorator(conditional_page, name="dispatch")
class AnalysisList(APIView):
    """List, newest first."""

    renderer_classes = [OrjsonRenderer]

    @schema.operation(
        "analyses",
        "Analyses, la plus récente d’abord",
        AnalysisPageSerializer,
        parameters=pages.PARAMETERS,
    )
    def get(self, request: Request) -> Response:
        """Answer a page of runs."""
        parameters = read_parameters(request.query_params, pages.PARAMETERS)
        runs = AnalysisRun.objects.visible_to(request.read_scope).order_by("-pk")
        page = Page.read(parameters, runs.count())
        found = AnalysisSerializer(runs[page.rows], many=True, context={"request": request}).data
        return Response({**page.envelope(request, len(found)), "analyses": found}, headers=REVALIDATED)


@method_decorator(conditional_page, name="dispatch")
class AnalysisDetail(APIView):
    """Detail, by number."""

    renderer_classes = [OrjsonRenderer]

    @schema.operation("analyse", "Une analyse", AnalysisSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Answer the run."""
        read_parameters(request.query_params, ())
        run = AnalysisRun.objects.visible_to(request.read_scope).filter(pk=pk).first()
        if run is None:
            raise UnknownResource("Aucune analyse n’a ce numéro.")
        return Response(AnalysisSerializer(run, context={"request": request}).data, headers=REVALIDATED)
