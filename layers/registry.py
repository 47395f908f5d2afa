"""The register of layers: WFS types, tiles, the REST API and the explorer's list all come from it.

A new layer is one entry here. ``rows(scope, parameters)`` is the only way to its data.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import QuerySet

from layers.crs import LAMBERT93, LEGAL_SRID_OVERSEAS, WEB_MERCATOR, WGS84
from layers.kept_fields import paths_kept
from layers.models import (
    Address,
    AnalysisRun,
    Arrete,
    Batiment,
    Commune,
    Iris,
    IrisResult,
    Parcelle,
    Section,
    Zone,
)
from layers.models.iris_indicators import PRIVATE_RENTED, PUBLISHED, IrisIndicators, column_of
from layers.models.outlines import DepartementOutline, EpciOutline
from layers.models.publications import public_counts
from layers.scope import Reader, Scope
from layers.selectors.signalement_filters import SignalementFilters
from layers.symbols import HOTSPOTS, STATUSES, UNTOLD, plain

IRIS_RATES = "iris_rates"  # the method whose runs are shown on the IRIS layer

CRS_LIST = (WGS84, WEB_MERCATOR, LAMBERT93, *sorted(set(LEGAL_SRID_OVERSEAS.values())))

EVERY_VERSION = "every_version"  # asks the rows of a layer for those of all computations
Rows = Callable[[Scope, Mapping[str, str]], QuerySet]


@dataclass(frozen=True)
class Style:
    """How a layer is drawn where nobody chose: one colour, or the colour of each value of the field ``by``."""

    colour: str = "#1f4e8c"
    opacity: float = 0.35  # of the inside of a polygon
    by: str = ""
    classes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Colour and French words of each value of ``by``."""


@dataclass(frozen=True)
class Layer:
    """What a layer is: where its rows come from, which fields leave, from which zoom it is drawn.

    ``fields`` maps the published name to the ORM path; nothing that is not listed leaves. ``geometry`` is the
    ORM path of the geometry and ``key`` the published field that identifies a feature. ``time_field`` is the
    published day of a feature, or its first day where ``time_end`` is its last.

    ``reserved`` names the fields that leave to some readers only, and the least of them; what is kept from a type of
    partner (``layers.kept_fields``) is taken out by its path. Every protocol takes its layers by ``layers_for`` or
    ``read_by``: a field that is kept from a reader does not exist there, neither to be read nor to be filtered on.
    Raises ValueError for a field that a feature could not be drawn or found without.
    """

    id: str
    title: str
    abstract: str
    rows: Rows
    fields: Mapping[str, str]
    key: str
    geometry: str = "geom"
    min_zoom: int = 0
    time_field: str = ""
    time_end: str = ""
    keywords: tuple[str, ...] = field(default=("habitat indigne",))
    crs: tuple[int, ...] = CRS_LIST
    is_open: bool = False
    """Its rows are the same for whoever is signed in, and change by imports only."""
    is_personal: bool = False
    """Its rows are about people: each reader has those of their perimeter."""
    simplified_below: int = 0
    """Zoom under which a tile leaves out what a screen does not show of its shapes."""
    short_sided: bool = False
    """Its shapes are points, or have sides of some hundred metres: straight in degrees as in web Mercator."""
    style: Style = Style()
    reserved: Mapping[str, Reader] = field(default_factory=dict)
    versions: str = ""
    """The published field that numbers computations, where the layer holds the newest of several that are kept."""

    def __post_init__(self) -> None:
        needed = {self.key, self.time_field, self.time_end, self.style.by, self.versions}
        if wrong := self.reserved.keys() & needed | self.reserved.keys() - self.fields.keys():
            raise ValueError(f"{self.id}: {sorted(wrong)} cannot be reserved")

    def rows_for(self, scope: Scope, conditions: Collection[str]) -> QuerySet:
        """Give the rows that conditions on these published fields will choose from.

        A condition on the number of a computation, or on the identifier of a row, chooses among all computations
        that the reader may read; any other among the rows of the newest.
        """
        asks = self.versions and not {self.versions, self.key}.isdisjoint(conditions)
        return self.rows(scope, {EVERY_VERSION: "1"} if asks else {})

    def read_by(self, scope: Scope) -> "Layer":
        """Give the layer with the fields that this reader may see."""
        if not self.reserved and not scope.kept:
            return self
        kept = {name for name, least in self.reserved.items() if scope.reader < least}
        paths = paths_kept(scope)
        seen = {name: path for name, path in self.fields.items() if name not in kept and path not in paths}
        return replace(self, fields=seen, reserved={})


def _open_data(model: Any) -> Rows:
    return lambda scope, parameters: model.objects.visible_to(scope)


def _current(model: Any) -> Rows:
    return lambda scope, parameters: model.objects.current().visible_to(scope)


def _signalements(scope: Scope, parameters: Mapping[str, str]) -> QuerySet:
    return SignalementFilters.parse(parameters).apply(scope).located()


def _iris_rates(scope: Scope, parameters: Mapping[str, str]) -> QuerySet:
    newest = AnalysisRun.objects.filter(method=IRIS_RATES).order_by("-pk").values("pk")[:1]
    return IrisResult.objects.visible_to(scope).filter(run=newest)


LAYERS = {
    layer.id: layer
    for layer in (
        Layer(
            "communes",
            "Communes",
            "Communes du Code officiel géographique.",
            _open_data(Commune),
            {"code": "code", "nom": "nom", "epci": "epci_id", "population": "population"},
            key="code",
            is_open=True,
            simplified_below=13,
        ),
        Layer(
            "epci",
            "EPCI",
            "Établissements publics de coopération intercommunale et territoriaux : réunion de leurs communes connues"
            " de la base.",
            lambda scope, parameters: EpciOutline.objects.visible_to(scope).filter(kind="epci"),
            {
                "code": "code",
                "nom": "nom",
                "type": "type",
                "communes": "communes",
                "population": "population",
            },
            key="code",
            is_open=True,
            simplified_below=13,
        ),
        Layer(
            "departements",
            "Départements",
            "Départements : réunion de leurs communes connues de la base, qui peut n’en avoir qu’une partie.",
            lambda scope, parameters: DepartementOutline.objects.visible_to(scope).filter(kind="departement"),
            {"code": "code", "nom": "nom", "communes": "communes", "population": "population"},
            key="code",
            is_open=True,
            simplified_below=13,
        ),
        Layer(
            "iris",
            "IRIS",
            "Îlots regroupés pour l’information statistique (Insee, IGN).",
            _current(Iris),
            {"code": "code", "nom": "nom", "type": "type", "commune": "commune_id"},
            key="code",
            is_open=True,
            simplified_below=13,
        ),
        Layer(
            "iris_indicateurs",
            "Indicateurs par IRIS",
            "Parc de logements (Insee, RPLS) et revenus (Filosofi) : dernier millésime de chaque indicateur, sous son"
            " code d’origine. Un chiffre absent n’est pas un zéro ; le motif est dans « secret ».",
            lambda scope, parameters: IrisIndicators.objects.visible_to(scope).filter(closed_on__isnull=True),
            {
                "code": "code",
                "nom": "nom",
                "type": "type",
                "commune": "commune_id",
                **{name: column_of(name) for name in (*PUBLISHED, PRIVATE_RENTED)},
                "millesime": "census",
                "secret": "hidden",
            },
            key="code",
            is_open=True,
            keywords=("IRIS", "logement", "recensement", "vacance", "locatif privé", "revenus"),
            simplified_below=13,
            style=Style("#5b4a8a", 0.2),
        ),
        Layer(
            "iris_taux",
            "Taux de signalements par IRIS",
            "Dernière analyse : taux brut et lissé pour 1 000 logements, intervalle, points chauds (Gi*, FDR).",
            _iris_rates,
            {
                "code": "iris_id",
                "nom": "iris__nom",
                "commune": "commune_id",
                "analyse": "run_id",
                "signalements": "cases",
                "logements": "dwellings",
                "taux": "rate_per_1000",
                "taux_lisse": "smoothed_per_1000",
                "borne_basse": "low_per_1000",
                "borne_haute": "high_per_1000",
                "probabilite": "exceedance",
                "z": "z",
                "p": "p_value",
                "q": "q_value",
                "classe": "hotspot",
            },
            key="code",
            geometry="iris__geom",
            is_personal=True,
            simplified_below=13,
            keywords=("habitat indigne", "taux", "point chaud"),
            style=Style("#f1ede4", 0.78, "classe", plain(HOTSPOTS)),
        ),
        Layer(
            "perimetres",
            "Périmètres",
            "Quartiers prioritaires, OPAH, permis de louer et autres périmètres, datés.",
            _open_data(Zone),
            {
                "code": "code",
                "nom": "nom",
                "type": "type",
                "acte": "acte",
                "debut": "starts_on",
                "fin": "ends_on",
            },
            key="code",
            time_field="debut",
            time_end="fin",
        ),
        Layer(
            "sections",
            "Sections cadastrales",
            "Sections du plan cadastral informatisé.",
            _current(Section),
            {"code": "code", "commune": "commune_id"},
            key="code",
            is_open=True,
            min_zoom=12,
        ),
        Layer(
            "parcelles",
            "Parcelles",
            "Parcelles du plan cadastral informatisé, dernière édition.",
            _current(Parcelle),
            {"idu": "idu", "commune": "commune_id", "contenance": "contenance", "millesime": "millesime"},
            key="idu",
            is_open=True,
            min_zoom=14,
            short_sided=True,
        ),
        Layer(
            "batiments",
            "Bâtiments",
            "Bâtiments du plan cadastral informatisé ou du référentiel national des bâtiments.",
            _current(Batiment),
            {"code": "code", "rnb_id": "rnb_id", "commune": "commune_id", "type": "type"},
            key="code",
            is_open=True,
            min_zoom=14,
            short_sided=True,
        ),
        Layer(
            "adresses",
            "Adresses",
            "Adresses de la Base adresse nationale.",
            _current(Address),
            {
                "ban_id": "ban_id",
                "numero": "numero",
                "rep": "rep",
                "voie": "voie__nom",
                "commune": "commune_id",
            },
            key="ban_id",
            is_open=True,
            min_zoom=16,
            short_sided=True,
        ),
        Layer(
            "signalements",
            "Signalements",
            "Signalements d’habitat dégradé du périmètre du partenaire.",
            _signalements,
            {
                "id": "id",
                "reference": "reference",
                "statut": "status",
                "depose_le": "received_on",
                "ferme_le": "closed_on",
                "commune": "commune_id",
                "precision": "precision",
                "a_verifier": "needs_review",
                "criticite": "criticite",
            },
            key="id",
            is_personal=True,
            short_sided=True,
            time_field="depose_le",
            style=Style(UNTOLD, 1, "statut", plain(STATUSES)),
        ),
        Layer(
            "arretes",
            "Arrêtés",
            "Arrêtés de mise en sécurité et de traitement de l’insalubrité, et leurs mainlevées.",
            lambda scope, parameters: Arrete.objects.visible_to(scope).filter(geom__isnull=False),
            {
                "id": "id",
                "type": "type",
                "date": "taken_on",
                "mainlevee": "mainlevee_on",
                "parcelle": "idu",
                "commune": "commune_id",
            },
            key="id",
            is_personal=True,
            time_field="date",
            style=Style("#b2182b"),
        ),
    )
}


def _published(unit: str, title: str) -> Layer:
    return Layer(
        f"chiffres_{unit}",
        f"Logements signalés par {title}",
        "Logements signalés par année close, tels que publiés. Un nombre absent est secret : il pourrait désigner un"
        " ménage, ou permettre d’en retrouver un autre. Un logement signalé deux années compte dans chacune.",
        lambda scope, parameters: public_counts(unit),
        {
            "id": "id",
            "code": "code",
            "nom": "nom",
            "logements": "dwellings",
            "signales": "total",
            "signales_annee": "year_0",
            "signales_annee_1": "year_1",
            "signales_annee_2": "year_2",
            "annees": "years",
            "publie_le": "published_on",
        },
        key="id",
        simplified_below=13,
        keywords=("habitat indigne", "signalements", "données ouvertes"),
    )


PUBLIC_LAYERS = {layer.id: layer for layer in (_published("commune", "commune"), _published("iris", "IRIS"))}
"""The register of the public services: figures under disclosure control, read as the role of the public."""


def register_of(scope: Scope) -> Mapping[str, Layer]:
    """Give the register that a reader asks: that of the public services holds nothing of the other."""
    return PUBLIC_LAYERS if scope.public else LAYERS


def layers_for(scope: Scope) -> list[Layer]:
    """Give every layer, each with the fields that this reader may see."""
    return [layer.read_by(scope) for layer in register_of(scope).values()]
