"""How a position was found and how sure it is, in sentences."""

from layers.models import Anchor, Geocoding, Signalement
from maps.views.analysis_texts import decimal

SURE, PROBABLE = 0.9, 0.6

PRECISION = {
    Signalement.Precision.NUMERO: "L’adresse a été trouvée au numéro : le point est à l’immeuble ou à son entrée.",
    Signalement.Precision.VOIE: "Seule la rue a été trouvée : le point est quelque part dans la rue.",
    Signalement.Precision.COMMUNE: "Seule la commune a été trouvée : le point n’indique pas le logement.",
    Signalement.Precision.DECLAREE: "Le point est celui que la source a donné, sans adresse reconnue.",
    Signalement.Precision.INCONNUE: "Aucune position : ce signalement n’est pas sur la carte.",
}

METHOD = {
    Anchor.Method.GEOCODER: "identifiée par le géocodeur dans la Base adresse nationale",
    Anchor.Method.CAD_PARCELLES: "déclarée par la Base adresse nationale pour cette adresse",
    Anchor.Method.RNB: "lien donné par le Référentiel national des bâtiments",
    Anchor.Method.CONTAINS: "le point est à l’intérieur",
    Anchor.Method.OVERLAP: "le bâtiment est sur la parcelle retenue",
    Anchor.Method.NEAREST: "c’est le lieu le plus proche du point",
    Anchor.Method.DECLARED: "code écrit dans le signalement",
}


def confidence(score: float) -> str:
    """Say in words how sure a score from 0 to 1 is."""
    if score >= SURE:
        return "sûr"
    return "probable" if score >= PROBABLE else "incertain"


def link_sentence(anchor: Anchor) -> str:
    """Say how a report was linked to a place, how far and how surely."""
    parts = [METHOD[Anchor.Method(anchor.method)]]
    if anchor.distance_m:
        parts.append(f"à {decimal(anchor.distance_m)} m")
    parts.append(f"{confidence(anchor.score)} ({decimal(anchor.score, 2)})")
    return ", ".join(parts)


def precision_sentence(report: Signalement) -> str:
    """Say what the point of a report is worth."""
    return PRECISION[Signalement.Precision(report.precision)]


def review_reasons(report: Signalement, geocoding: Geocoding | None) -> list[str]:
    """Say why a person must check the position; never empty for a report to review."""
    if geocoding is None:
        return ["l’adresse déclarée n’a pas été trouvée"]
    reasons = []
    if geocoding.kind == Geocoding.Kind.MUNICIPALITY:
        reasons.append("seule la commune a été trouvée")
    elif geocoding.kind in (Geocoding.Kind.STREET, Geocoding.Kind.LOCALITY):
        reasons.append("la rue a été trouvée, pas le numéro")
    declared, found = report.code_insee, geocoding.ban_id[:5]
    if declared and found and found != declared:
        reasons.append("l’adresse trouvée n’est pas dans la commune déclarée")
    if geocoding.score < SURE:
        reasons.append(f"ressemblance {decimal(geocoding.score, 2)} sur 1 avec l’adresse déclarée")
    return reasons or ["la position a été jugée douteuse au géocodage"]
