"""How a position was found and how sure it is, in sentences."""

from layers.models import Anchor, Geocoding, Signalement
from layers.selectors.review import AS_GOOD, BELIEVED, FAR_M
from maps.views.analysis_texts import decimal

SURE, PROBABLE = 0.9, 0.6

PRECISION = {
    Signalement.Precision.NUMERO: "L’adresse a été trouvée au numéro : le point est à l’immeuble ou à son entrée.",
    Signalement.Precision.VOIE: "Seule la rue a été trouvée : le point est quelque part dans la rue.",
    Signalement.Precision.COMMUNE: "Seule la commune a été trouvée : le point n’indique pas le logement.",
    Signalement.Precision.DECLAREE: "Le point est celui que la source a donné, sans adresse reconnue.",
    Signalement.Precision.MANUELLE: "Le point a été choisi par une personne, qui a lu l’adresse et regardé la carte.",
    Signalement.Precision.INCONNUE: "Aucune position : ce signalement n’est pas sur la carte.",
}

METHOD = {
    Anchor.Method.GEOCODER: "identifiée par le géocodeur dans la Base adresse nationale",
    Anchor.Method.CAD_PARCELLES: "déclarée par la Base adresse nationale pour cette adresse",
    Anchor.Method.NUMERO_CADASTRAL: "celle que le plan cadastral donne au même numéro, écrit tout près",
    Anchor.Method.RNB: "lien donné par le Référentiel national des bâtiments",
    Anchor.Method.CONTAINS: "le point est à l’intérieur",
    Anchor.Method.OVERLAP: "le bâtiment est sur la parcelle retenue",
    Anchor.Method.NEAREST: "c’est le lieu le plus proche du point",
    Anchor.Method.DECLARED: "code écrit dans le signalement",
    Anchor.Method.CHOSEN: "désigné par la personne qui a placé le signalement",
}


def confidence(score: float) -> str:
    """Say in words how sure a score from 0 to 1 is."""
    if score >= SURE:
        return "sûr"
    return "probable" if score >= PROBABLE else "incertain"


def link_sentence(anchor: Anchor) -> str:
    """Say how a report was linked to a place, how far, how surely, and by which edition of its register."""
    parts = [METHOD[Anchor.Method(anchor.method)]]
    if anchor.distance_m:
        parts.append(f"à {decimal(anchor.distance_m)} m")
    parts.append(f"{confidence(anchor.score)} ({decimal(anchor.score, 2)})")
    if anchor.millesime:
        parts.append(f"édition du {anchor.millesime:%d/%m/%Y}")
    return ", ".join(parts)


def precision_sentence(report: Signalement) -> str:
    """Say what the point of a report is worth."""
    return PRECISION[Signalement.Precision(report.precision)]


MOTIFS = {
    "modifiee": "adresse déclarée modifiée depuis un choix",
    "introuvable": "adresse introuvable",
    "commune": "commune seule trouvée",
    "voie": "rue trouvée, pas le numéro",
    "ailleurs": "hors de la commune déclarée",
    "rivale": "une autre adresse répond aussi bien",
    "eloignee": "position déclarée éloignée",
    "ressemblance": "peu de ressemblance",
    "lecture": "adresse qui se lit de plusieurs façons",
}


def review_reasons(
    report: Signalement,
    geocoding: Geocoding | None,
    apart_m: float | None = None,
    *,
    address_changed: bool = False,
) -> list[str]:
    """Say why a person must check the position; never empty for a report to review.

    ``apart_m`` is the distance between the point that the source declared and the one that is kept.
    """
    reasons = (
        ["l’adresse déclarée a changé depuis qu’une personne a placé ce signalement"]
        if address_changed
        else []
    )
    if geocoding is None:
        return [*reasons, "l’adresse déclarée n’a pas été trouvée"]
    if geocoding.kind == Geocoding.Kind.MUNICIPALITY:
        reasons.append("seule la commune a été trouvée")
    elif geocoding.kind in (Geocoding.Kind.STREET, Geocoding.Kind.LOCALITY):
        reasons.append("la rue a été trouvée, pas le numéro")
    declared, found = report.code_insee, geocoding.ban_id[:5]
    if declared and found and found != declared:
        reasons.append("l’adresse trouvée n’est pas dans la commune déclarée")
    if rival := _rival(geocoding):
        reasons.append(f"une autre adresse répond aussi bien : {rival}")
    if apart_m is not None and apart_m > FAR_M:
        reasons.append(f"la position déclarée par la source est à {decimal(apart_m, 0)} m")
    if geocoding.score < BELIEVED:
        reasons.append(f"ressemblance de {decimal(geocoding.score, 2)} sur 1 avec l’adresse déclarée")
    return reasons or ["l’adresse déclarée se lit de plusieurs façons"]


def reasons_of(report: Signalement) -> list[str]:
    """Say why a person must check a report read ``with_review_facts``."""
    apart_m = report.apart.m if report.apart is not None else None
    geocoding = getattr(report, "geocoding", None)
    return review_reasons(report, geocoding, apart_m, address_changed=report.address_changed)


def _rival(geocoding: Geocoding) -> str:
    """Give another answer of the same kind that is as good, empty if there is none."""
    for other in geocoding.alternatives:
        close = other.get("score", 0) >= geocoding.score - AS_GOOD
        if close and other.get("kind") == geocoding.kind and other.get("ban_id") != geocoding.ban_id:
            return str(other.get("label", ""))
    return ""
