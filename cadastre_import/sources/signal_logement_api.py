"""Reports as the API of Signal Logement gives them: a JSON array of whole files, from its list or saved from it.

The same rows as the export, under the same reference, with what the export never tells: the identifier, the address
key of the BAN, the building of the RNB, the visits, the partners. Persons, follow-up texts and comments are read
over, as in the export (docs/adr).
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.utils import timezone

from cadastre_import import fields
from cadastre_import.readers.json_array import read_json_array
from cadastre_import.source import Column, Records
from cadastre_import.sources import signal_logement
from cadastre_import.sources.signal_logement_rows import HANGING_WRITTEN, MOVED, ONE_ROW, SAME_REFERENCE
from layers.errors import InvalidRow
from layers.models import Affectation, Signalement, Visit

# What the list does not tell keeps the value that another file gave it
UNTOLD = frozenset(
    {"Dernière MAJ le", "Type occupant", "Dénomination bailleur", "Identifiant parcellaire", "Code IRIS"}
)
TOLD = frozenset({*signal_logement.HEADERS, "Longitude"}) - UNTOLD
# Names of the API, labels of the export: the same motive must read the same, whichever told it
MOTIFS = {
    "ABANDON_DE_PROCEDURE_ABSENCE_DE_REPONSE": "Abandon de procédure / absence de réponse",
    "DEPART_OCCUPANT": "Départ occupant",
    "INSALUBRITE": "Insalubrité",
    "LOGEMENT_DECENT": "Pas d'infraction dans le logement",
    "LOGEMENT_VENDU": "Logement vendu",
    "NON_DECENCE": "Non décence",
    "PERIL": "Mise en sécurité / Péril",
    "REFUS_DE_VISITE": "Refus de visite",
    "REFUS_DE_TRAVAUX": "Refus de travaux",
    "RELOGEMENT_OCCUPANT": "Relogement occupant",
    "RESPONSABILITE_DE_L_OCCUPANT": "Responsabilité de l'occupant / assurantiel",
    "RSD": "RSD",
    "TRAVAUX_FAITS_OU_EN_COURS": "Travaux faits ou en cours",
    "DOUBLON": "Doublon",
    "AUTRE": "Autre",
    "LOGEMENT_MIS_EN_CONFORMITE": "Logement mis en conformité",
    "DEMANDE_FERMETURE_ABANDON_OCCUPANT": "Demande fermeture / abandon occupant",
    "ABSENCE_DE_REPONSE_OCCUPANT": "Absence de réponse occupant",
    "GESTION_DU_DOSSIER_EXTERNE": "Gestion du dossier externe",
    "HORS_PERIMETRE_LHI": "Hors périmètre LHI",
}
AFFECTED = {"WAIT": "NOUVEAU", "ACCEPTED": "EN_COURS", "REFUSED": "REFUSE", "CLOSED": "FERME"}
VISITED = {
    "DONE": Visit.Status.TERMINEE,
    "NOT_DONE": Visit.Status.NON_EFFECTUEE,
    "CANCELED": Visit.Status.ANNULEE,
}
RNB_ID = re.compile(r"[0-9A-Z]{12}")


def read_api(path: Path) -> Records:
    """Read an answer of the API that was saved as a file."""
    return Records(read_json_array(path).rows, columns=TOLD)


def parse(record: Any) -> list[Any]:
    """Read a report by the export's parser, then its identifiers, its visits and its partners."""
    report = fields.mapping(record, "signalement")
    address = fields.mapping(report.get("adresse") or {}, "adresse")
    visits = [_visit(one) for one in _list(report, "visites")]
    affected = report.get("affectations") or [report.get("affectation")]
    affectations = [_affectation(one) for one in _list({"affectations": affected}, "affectations") if one]
    values = signal_logement.parse(_as_export(report, address, visits))
    labels = (
        fields.text(fields.mapping(one, "désordre").get("libelle"), "désordre")
        for one in _list(report, "desordres")
    )
    values[DESORDRES] = list(dict.fromkeys(label for label in labels if label))
    rnb_id = _scalar(address, "rnbId", 60).replace("-", "").upper()
    key = _scalar(address, "cleBanAdresse", 60)
    return [
        *values,
        _uuid(report, "uuid"),
        "" if key == "0" else key,
        rnb_id if RNB_ID.fullmatch(rnb_id) else "",
        orjson.dumps(visits).decode(),
        orjson.dumps(affectations).decode(),
    ]


def _as_export(
    report: Mapping[str, Any], address: Mapping[str, Any], visits: list[dict[str, Any]]
) -> dict[str, str]:
    status = _scalar(report, "statut", 40)
    if status not in Signalement.Status.names:
        raise InvalidRow(f"statut : {status!r} inconnu")
    motif = _scalar(report, "motifCloture", 120)
    done = [visit for visit in visits if visit["status"] == Visit.Status.TERMINEE]
    last = max(done, key=lambda visit: visit["visited_on"] or "", default=None)
    return {
        "Référence": _scalar(report, "reference", 40),
        "Déposé le": _french(_day(report, "dateCreation")),
        "Statut": Signalement.Status[status].label,
        "Fermé le": _french(_day(report, "dateCloture")),
        "Motif de clôture": MOTIFS.get(motif, motif),
        "Description": _scalar(report, "description", 20_000),
        "Adresse": _scalar(address, "adresse", 300),
        "Code postal": _scalar(address, "codePostal", 10),
        "Commune": _scalar(address, "ville", 200),
        "Code INSEE": _scalar(address, "codeInsee", 10),
        "Étage": _scalar(address, "etage", 60),
        "Escalier": _scalar(address, "escalier", 60),
        "Appartement": _scalar(address, "numAppart", 60),
        "Logement social": {"True": "oui", "False": "non"}.get(_scalar(report, "logementSocial", 20), ""),
        "Nature du logement": _scalar(report, "natureLogement", 60),
        "Superficie": _scalar(report, "superficie", 20),
        "Nb personnes": _scalar(report, "nbOccupantsLogement", 20),
        "Nb enfants": _scalar(report, "nbEnfantsDansLogement", 20),
        "Criticité au dépôt": _scalar(report, "score", 20),
        "Nombre de visites": str(len(visits)),
        "Date de la dernière visite": _french(
            last and last["visited_on"] and date.fromisoformat(last["visited_on"])
        ),
        "Ccl. de la dernière visite": ", ".join(Visit.Conclusion(c).label for c in last["conclusions"])
        if last
        else "",
        "Étiquettes": "|".join(fields.text(tag, "tags", longest=100) for tag in _list(report, "tags")),
        "Longitude": _scalar(address, "longitude", 40),
        "Latitude": _scalar(address, "latitude", 40),
    }


def _visit(one: Any) -> dict[str, Any]:
    visit = fields.mapping(one, "visite")
    day, status = _day(visit, "dateIntervention"), _scalar(visit, "statut", 40)
    if status == "PLANNED":
        is_past = day is not None and day < timezone.localdate()
        known = Visit.Status.CONCLUSION_A_RENSEIGNER if is_past else Visit.Status.PLANIFIEE
    elif status in VISITED:
        known = VISITED[status]
    else:
        raise InvalidRow(f"visite : statut {status!r} inconnu")
    kind = _scalar(visit, "type", 40)
    partner = visit.get("partner")
    conclusions = (fields.text(name, "conclusions", longest=60) for name in _list(visit, "conclusions"))
    return {
        "uuid": _uuid(visit, "uuid"),
        "type": kind if kind in Visit.Type.names else Visit.Type.VISITE,
        "status": known,
        "visited_on": day and day.isoformat(),
        "is_occupant_present": _yes_no(visit.get("occupantPresent")),
        "is_owner_present": _yes_no(visit.get("proprietairePresent")),
        "conclusions": list(
            dict.fromkeys(name if name in Visit.Conclusion.names else "AUTRE" for name in conclusions if name)
        ),
        "partner": _scalar(partner, "nom", 200) if isinstance(partner, Mapping) else "",
    }


def _affectation(one: Any) -> dict[str, Any]:
    affectation = fields.mapping(one, "affectation")
    status = _scalar(affectation, "statut", 40)
    status = AFFECTED.get(status, status)
    if status not in Affectation.Status.names:
        raise InvalidRow(f"affectation : statut {status!r} inconnu")
    affected_on, answered_on = _day(affectation, "dateAffectation"), _day(affectation, "dateAcceptation")
    motif = _scalar(affectation, "motifCloture", 120)
    return {
        "uuid": _uuid(affectation, "uuid"),
        "partner": _scalar(affectation, "partenaireNom", 200) or "partenaire non nommé",
        "partner_type": _scalar(affectation, "partenaireType", 40),
        "status": status,
        "affected_on": affected_on and affected_on.isoformat(),
        "answered_on": answered_on and answered_on.isoformat(),
        "motif_cloture": MOTIFS.get(motif, motif),
        "motif_refus": _scalar(affectation, "motifRefus", 120),
    }


def _scalar(values: Mapping[str, Any], name: str, longest: int) -> str:
    value = values.get(name)
    if isinstance(value, Mapping | list):
        raise InvalidRow(f"{name} : une valeur simple est attendue")
    return fields.text(value, name, longest=longest)


def _list(values: Mapping[str, Any], name: str) -> list[Any]:
    value = values.get(name) or []
    # PHP writes a list with gaps in its numbering as an object
    value = list(value.values()) if isinstance(value, Mapping) else value
    if not isinstance(value, list):
        raise InvalidRow(f"{name} : une liste est attendue")
    return value


def _uuid(values: Mapping[str, Any], name: str) -> str:
    written = _scalar(values, name, 60)
    try:
        return str(UUID(written))
    except ValueError:
        raise InvalidRow(f"{name} : identifiant invalide {written[:40]!r}") from None


def _day(values: Mapping[str, Any], name: str) -> date | None:
    """Give the day of an instant, as it is in France: a report of half past midnight is not of the day before."""
    written = _scalar(values, name, 60)
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
        return timezone.localdate(moment) if timezone.is_aware(moment) else moment.date()
    except (ValueError, OverflowError):
        raise InvalidRow(f"{name} : date impossible {written[:40]!r}") from None


def _french(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


def _yes_no(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


BASE = signal_logement.SOURCE
# What the parser reads of a report: the identities that stand beside are kept by no reject
READ = frozenset(
    [
        "uuid",
        "reference",
        "statut",
        "dateCreation",
        "dateCloture",
        "motifCloture",
        "description",
        "adresse",
        "logementSocial",
        "natureLogement",
        "superficie",
        "nbOccupantsLogement",
        "nbEnfantsDansLogement",
        "score",
        "tags",
        "desordres",
        "visites",
        "affectations",
        "affectation",
    ]
)
DESORDRES = next(n for n, column in enumerate(BASE.columns) if column.name == "desordres")
SOURCE = replace(
    BASE,
    name="signal-logement-api",
    title="Signalements (API de Signal Logement)",
    url="{SIGNAL_LOGEMENT_URL}/api/signalements, par manage.py sync_signal_logement",
    read=read_api,
    parse=parse,
    columns=(
        *BASE.columns,
        Column("uuid", "uuid"),
        Column("cle_ban"),
        Column("rnb_id"),
        Column("visits", "jsonb", into=None),
        Column("affectations", "jsonb", into=None),
    ),
    identity=("uuid",),
    reject_fields=READ,
    checks=(*BASE.checks, SAME_REFERENCE, ONE_ROW),
    contradictions=False,
    before=(MOVED,),
    after=(*BASE.after, *HANGING_WRITTEN),
)
