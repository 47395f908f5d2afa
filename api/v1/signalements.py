"""``/api/v1/signalements/``: the reports of the reader's perimeter."""

from typing import Any, ClassVar

from django.db.models import Prefetch
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_gis.fields import GeometryField
from rest_framework_gis.serializers import GeoFeatureModelSerializer

from api.errors import UnknownResource
from api.parameters import read_parameters
from api.v1 import pages, schema
from api.v1.features import DECIMALS, REVALIDATED, FeatureList
from api.v1.renderers import GeoJSONRenderer, OrjsonRenderer
from layers.kept_fields import paths_kept
from layers.models import Anchor, Desordre, Geocoding, Signalement
from layers.registry import LAYERS

FILTERS = ("bbox", "territoire", "du", "au", "statut")


class GeocodingSerializer(serializers.ModelSerializer):
    """What the geocoder answered."""

    nature = serializers.CharField(source="kind")
    adresse = serializers.CharField(source="label")

    class Meta:
        model = Geocoding
        fields: ClassVar = ["nature", "score", "adresse", "ban_id", "provider", "millesime"]


class AnchorSerializer(serializers.ModelSerializer):
    """A place that the report is linked to."""

    type = serializers.CharField(source="kind")
    code = serializers.CharField(source="place_code")
    methode = serializers.CharField(source="method")
    retenu = serializers.BooleanField(source="is_best")

    class Meta:
        model = Anchor
        fields: ClassVar = ["type", "code", "methode", "score", "distance_m", "millesime", "retenu"]


class SignalementSerializer(GeoFeatureModelSerializer):
    """One report with what is known of its place; the list gives only the fields of the layer."""

    geom = GeometryField(precision=DECIMALS)
    statut = serializers.CharField(source="status")
    depose_le = serializers.DateField(source="received_on")
    ferme_le = serializers.DateField(source="closed_on", allow_null=True)
    commune = serializers.CharField(source="commune_id", allow_null=True)
    a_verifier = serializers.BooleanField(source="needs_review")
    desordres = serializers.SlugRelatedField("label", many=True, read_only=True)
    geocodage = GeocodingSerializer(source="geocoding", allow_null=True, default=None)
    ancrages = AnchorSerializer(source="anchors", many=True)

    class Meta:
        model = Signalement
        geo_field = "geom"
        fields: ClassVar = [
            "id",
            "reference",
            "statut",
            "depose_le",
            "ferme_le",
            "commune",
            "precision",
            "a_verifier",
            "criticite",
            "adresse",
            "code_postal",
            "ville",
            "parc",
            "nature_logement",
            "motif_cloture",
            "description",
            "desordres",
            "geocodage",
            "ancrages",
        ]

    def get_properties(self, instance: Signalement, fields: list[serializers.Field]) -> dict[str, Any]:
        """Repeat the id among the properties, as the list, the tiles and the WFS do."""
        layer, scope = LAYERS["signalements"], self.context["request"].read_scope
        kept, paths = layer.fields.keys() - layer.read_by(scope).fields.keys(), paths_kept(scope)
        told = [one for one in fields if one.field_name not in kept and one.source not in paths]
        properties = super().get_properties(instance, told)
        return {"id": instance.pk, **properties}


class SignalementList(FeatureList):
    """List (``bbox``, ``territoire``, ``du``, ``au``, ``statut``)."""

    layer = "signalements"
    filters = FILTERS

    @schema.operation(
        "signalements",
        "Signalements de votre périmètre",
        schema.feature_page(schema.layer_properties("signalements")),
        parameters=(*FILTERS, *pages.PARAMETERS),
    )
    def get(self, request: Request) -> Response:
        """Answer a page of reports."""
        return super().get(request)


@method_decorator(conditional_page, name="dispatch")
class SignalementDetail(APIView):
    """Detail, by number."""

    renderer_classes = [GeoJSONRenderer, OrjsonRenderer]

    @schema.operation(
        "signalement", "Un signalement, sa géolocalisation et ses rattachements", SignalementSerializer
    )
    def get(self, request: Request, pk: int) -> Response:
        """Answer the report, or the same 404 whether it is missing or out of the reader's perimeter."""
        read_parameters(request.query_params, ())
        report = (
            Signalement.objects.visible_to(request.read_scope)
            .select_related("geocoding")
            .prefetch_related(
                Prefetch("desordres", Desordre.objects.order_by("pk")),
                Prefetch("anchors", Anchor.objects.order_by("kind", "-is_best", "place_code")),
            )
            .filter(pk=pk)
            .first()
        )
        if report is None:
            raise UnknownResource("Aucun signalement de votre périmètre n’a ce numéro.")
        return Response(SignalementSerializer(report, context={"request": request}).data, headers=REVALIDATED)
