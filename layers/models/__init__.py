"""The tables, by subject."""

from layers.models.affectations import Affectation
from layers.models.analyses import AnalysisRun, IrisResult
from layers.models.analysis_requests import AnalysisRequest
from layers.models.analysis_results import AnalysisResult, AnalysisSurface, UnitKind
from layers.models.anchoring import AnchoringRun
from layers.models.cadastre import (
    Address,
    AddressParcelle,
    Batiment,
    BatimentAddress,
    BatimentParcelle,
    Parcelle,
    Section,
    Voie,
)
from layers.models.departures import Departure
from layers.models.export_requests import ExportRequest
from layers.models.imports import ImportReject, ImportRun
from layers.models.indicators import Indicator
from layers.models.lineage import ParcelleLineage
from layers.models.logements import Copropriete, Dpe, GroupeBatiment, LogementSocial
from layers.models.merges import DistinctPair, DuplicateProposal, Merge
from layers.models.mutations import Mutation, MutationParcelle
from layers.models.partners import Partner
from layers.models.placing import PlaceChoice
from layers.models.plan import Feuille, NumeroCadastral, PrefixeSection
from layers.models.procedures import Arrete, Visit
from layers.models.publications import Publication
from layers.models.signalements import Anchor, Desordre, Geocoding, Signalement
from layers.models.sync import SyncMark
from layers.models.territoires import Carreau, Commune, Epci, Iris, Outline, Zone
from layers.models.tile_cells import GroundCell, ReportCell
from layers.models.tile_revisions import TileRevision
from layers.models.uploads import Upload

__all__ = [
    "Address",
    "AddressParcelle",
    "Affectation",
    "AnalysisRequest",
    "AnalysisResult",
    "AnalysisRun",
    "AnalysisSurface",
    "Anchor",
    "AnchoringRun",
    "Arrete",
    "Batiment",
    "BatimentAddress",
    "BatimentParcelle",
    "Carreau",
    "Commune",
    "Copropriete",
    "Departure",
    "Desordre",
    "DistinctPair",
    "Dpe",
    "DuplicateProposal",
    "Epci",
    "ExportRequest",
    "Feuille",
    "Geocoding",
    "GroundCell",
    "GroupeBatiment",
    "ImportReject",
    "ImportRun",
    "Indicator",
    "Iris",
    "IrisResult",
    "LogementSocial",
    "Merge",
    "Mutation",
    "MutationParcelle",
    "NumeroCadastral",
    "Outline",
    "Parcelle",
    "ParcelleLineage",
    "Partner",
    "PlaceChoice",
    "PrefixeSection",
    "Publication",
    "ReportCell",
    "Section",
    "Signalement",
    "SyncMark",
    "TileRevision",
    "UnitKind",
    "Upload",
    "Visit",
    "Voie",
    "Zone",
]
