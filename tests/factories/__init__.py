"""Factories, one module a subject. Shapes overlap near the origin unless a test says otherwise."""

from tests.factories.accounts import PASSWORD, PartnerFactory, UserFactory, token_of
from tests.factories.analyses import (
    AnalysisRequestFactory,
    AnalysisResultFactory,
    AnalysisRunFactory,
    IndicatorFactory,
    IrisResultFactory,
    PriorityRunFactory,
    TauxRunFactory,
)
from tests.factories.cadastre import (
    AddressFactory,
    AddressParcelleFactory,
    BatimentAddressFactory,
    BatimentFactory,
    BatimentParcelleFactory,
    NumeroCadastralFactory,
    ParcelleFactory,
    SectionFactory,
    VoieFactory,
)
from tests.factories.geometry import bbox, point, rectangle, square
from tests.factories.imports import ImportRejectFactory, ImportRunFactory, UploadFactory
from tests.factories.procedures import AffectationFactory, ArreteFactory, VisitFactory
from tests.factories.signalements import (
    AnchorFactory,
    DesordreFactory,
    GeocodingFactory,
    SignalementFactory,
)
from tests.factories.territoires import CommuneFactory, EpciFactory, IrisFactory, ZoneFactory

__all__ = [
    "PASSWORD",
    "AddressFactory",
    "AddressParcelleFactory",
    "AffectationFactory",
    "AnalysisRequestFactory",
    "AnalysisResultFactory",
    "AnalysisRunFactory",
    "AnchorFactory",
    "ArreteFactory",
    "BatimentAddressFactory",
    "BatimentFactory",
    "BatimentParcelleFactory",
    "CommuneFactory",
    "DesordreFactory",
    "EpciFactory",
    "GeocodingFactory",
    "ImportRejectFactory",
    "ImportRunFactory",
    "IndicatorFactory",
    "IrisFactory",
    "IrisResultFactory",
    "NumeroCadastralFactory",
    "ParcelleFactory",
    "PartnerFactory",
    "PriorityRunFactory",
    "SectionFactory",
    "SignalementFactory",
    "TauxRunFactory",
    "UploadFactory",
    "UserFactory",
    "VisitFactory",
    "VoieFactory",
    "ZoneFactory",
    "bbox",
    "point",
    "rectangle",
    "square",
    "token_of",
]
