"""The export of Signal Logement: 70 columns chosen by the user, so any of them may be absent.

Identities, telephones, e-mails and allowance numbers are read over: they are not needed to act on a place
(docs/adr). What a column that is absent would have said is left as it was.
"""

import re
from datetime import date
from functools import partial
from typing import Any

from cadastre_import import fields
from cadastre_import.readers.workbook import read_table
from cadastre_import.source import Check, Column, Correction, Source
from layers.arrondissements import COMMUNE_OF_ARRONDISSEMENT
from layers.crs import departement_of
from layers.errors import InvalidRow
from layers.models import Signalement

STATUSES = {label: name for name, label in Signalement.Status.choices} | {
    "en attente": Signalement.Status.NEED_VALIDATION,
    "accepté": Signalement.Status.ACTIVE,
}
PARCS = {"oui": Signalement.Parc.PUBLIC, "non": Signalement.Parc.PRIVE}
SAID_NOTHING = ("", "-", "non renseigné", "nsp")
REQUIRED = ("Référence", "Déposé le", "Statut")


def parse(row: Any) -> list[Any]:
    """Read a report: what it says of the dwelling, of its address and of its follow-up."""
    if row is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    label = fields.required(row["Statut"], "Statut")
    status = STATUSES.get(label.casefold())
    if status is None:
        raise InvalidRow(f"Statut : {label[:40]!r} inconnu")
    received_on = fields.french_date(row["Déposé le"], "Déposé le")
    if received_on is None:
        raise InvalidRow("Déposé le : valeur absente")
    closed_on = fields.french_date(row.get("Fermé le"), "Fermé le")
    if closed_on and closed_on < received_on:
        raise InvalidRow("Fermé le : avant le dépôt")
    if received_on > date.today():  # noqa: DTZ011 - a civil day
        raise InvalidRow(f"Déposé le : {received_on:%d/%m/%Y} est dans l’avenir")
    insee = _said(row, "Code INSEE", 10)
    if insee:
        insee = fields.commune_code(insee, "Code INSEE")
    postcode = _said(row, "Code postal", 10)
    return [
        _departement(insee, postcode),
        fields.required(row["Référence"], "Référence", longest=40),
        status,
        received_on,
        fields.french_date(row.get("Dernière MAJ le"), "Dernière MAJ le"),
        closed_on,
        _said(row, "Motif de clôture", 120),
        _said(row, "Description", 20_000),
        _said(row, "Adresse", 300),
        postcode,
        _said(row, "Commune", 200),
        COMMUNE_OF_ARRONDISSEMENT.get(insee, insee),
        insee if insee in COMMUNE_OF_ARRONDISSEMENT else "",
        _said(row, "Étage", 60),
        _said(row, "Escalier", 60),
        _said(row, "Appartement", 60),
        PARCS.get(_said(row, "Logement social", 20).casefold(), Signalement.Parc.NON_RENSEIGNE),
        _said(row, "Nature du logement", 60),
        _said(row, "Type occupant", 60),
        fields.decimal(_said(row, "Superficie", 20), "Superficie"),
        _people(row, "Nb personnes"),
        _people(row, "Nb enfants"),
        fields.decimal(_said(row, "Criticité au dépôt", 20).rstrip(" %"), "Criticité au dépôt"),
        _people(row, "Nombre de visites") or 0,
        fields.french_date(row.get("Date de la dernière visite"), "Date de la dernière visite"),
        _said(row, "Ccl. de la dernière visite", 200),
        _said(row, "Dénomination bailleur", 200),
        _several(row, "Étiquettes", 100),
        _code(row, "Identifiant parcellaire", fields.IDU),
        _code(row, "Code IRIS", fields.IRIS),
        _several(row, "Désordres", 300),
        fields.position(_said(row, "Longitude", 40), _said(row, "Latitude", 40)),
    ]


def _said(row: Any, name: str, longest: int) -> str:
    value = fields.text(row.get(name), name, longest=longest)
    return "" if value.casefold() in SAID_NOTHING else value


def _code(row: Any, name: str, pattern: re.Pattern[str]) -> str:
    """Give a code of a register that the source may add, empty if it says nothing."""
    return fields.code(value, pattern, name) if (value := _said(row, name, 20)) else ""


def _several(row: Any, name: str, longest: int) -> list[str]:
    parts = (part.strip() for part in _said(row, name, 20_000).split("|"))
    return list(dict.fromkeys(fields.text(part, name, longest=longest) for part in parts if part))


def _people(row: Any, name: str) -> int | None:
    """Give a small number of people or visits; « 10+ » is 10."""
    return fields.whole_number(_said(row, name, 20).rstrip("+ "), name, high=1_000)


def _departement(insee: str, postcode: str) -> str:
    if insee:
        return departement_of(insee)
    if postcode.isdigit() and len(postcode) == 5:
        if postcode.startswith("20"):
            return "2A" if postcode < "20200" else "2B"
        return departement_of(postcode)
    raise InvalidRow("Code INSEE ou Code postal : il en faut un pour connaître le territoire")


DESORDRES_GONE = """
DELETE FROM layers_desordre d USING layers_signalement r, staging s
WHERE d.signalement_id = r.id AND r.departement = s.departement AND r.reference = s.reference
  AND s.reason IS NULL AND NOT d.label = ANY(s.desordres) AND cardinality(s.desordres) > 0
"""
DESORDRES_NEW = """
INSERT INTO layers_desordre (signalement_id, label)
SELECT r.id, label
FROM staging s JOIN layers_signalement r USING (departement, reference), unnest(s.desordres) AS label
WHERE s.reason IS NULL
ON CONFLICT DO NOTHING
"""

# Column of the table, its SQL type, column of the export
EXPORT = (
    ("departement", "text", ""),
    ("reference", "text", ""),
    ("status", "text", ""),
    ("received_on", "date", ""),
    ("updated_on", "date", "Dernière MAJ le"),
    ("closed_on", "date", "Fermé le"),
    ("motif_cloture", "text", "Motif de clôture"),
    ("description", "text", "Description"),
    ("adresse", "text", "Adresse"),
    ("code_postal", "text", "Code postal"),
    ("ville", "text", "Commune"),
    ("code_insee", "text", "Code INSEE"),
    ("arrondissement", "text", "Code INSEE"),
    ("etage", "text", "Étage"),
    ("escalier", "text", "Escalier"),
    ("appartement", "text", "Appartement"),
    ("parc", "text", "Logement social"),
    ("nature_logement", "text", "Nature du logement"),
    ("type_occupant", "text", "Type occupant"),
    ("superficie_m2", "float8", "Superficie"),
    ("nb_occupants", "int", "Nb personnes"),
    ("nb_enfants", "int", "Nb enfants"),
    ("criticite", "float8", "Criticité au dépôt"),
    ("nb_visites", "int", "Nombre de visites"),
    ("visited_on", "date", "Date de la dernière visite"),
    ("conclusion_visite", "text", "Ccl. de la dernière visite"),
    ("bailleur", "text", "Dénomination bailleur"),
    ("etiquettes", "text[]", "Étiquettes"),
    # Not in the export itself: columns that a partner adds, believed before what geometry finds
    ("declared_idu", "text", "Identifiant parcellaire"),
    ("declared_iris", "text", "Code IRIS"),
)

HEADERS = tuple(dict.fromkeys(header for _, _, header in EXPORT if header))

# A commune merged since the report was written: its code of today, so that the report is counted somewhere
MERGED_COMMUNES = Correction(
    """
    UPDATE staging s SET code_insee = c.code FROM layers_commune c
    WHERE s.code_insee = ANY(c.anciens_codes)
      AND NOT EXISTS (SELECT 1 FROM layers_commune standing WHERE standing.code = s.code_insee)
    """,
    "signalement(s) d’une commune fusionnée, portés au code Insee d’aujourd’hui",
)
KNOWN_CODE = Check(
    "s.code_insee = '' OR NOT EXISTS (SELECT 1 FROM layers_commune)"
    " OR EXISTS (SELECT 1 FROM layers_commune c WHERE c.code IN (s.code_insee, nullif(s.arrondissement, '')))",
    "'Code INSEE : commune ' || s.code_insee || ' inconnue'",
)
FARTHEST_M = (
    500  # from the outline of the commune: outlines are generalised, and a point may stand on the kerb
)
IN_ITS_COMMUNE = Check(
    """s.declared_geom IS NULL OR NOT EXISTS (
        SELECT 1 FROM layers_commune c WHERE c.code = s.code_insee AND NOT ST_Covers(c.geom, s.declared_geom)
          AND NOT ST_DWithin(c.geom::geography, s.declared_geom::geography, 500)
    )""",
    "'position : à plus de 500 m de la commune ' || s.code_insee || ' déclarée'",
)

SOURCE = Source(
    name="signal-logement",
    title="Signalements (export de Signal Logement)",
    producer="Signal Logement, DIHAL",
    licence="données des partenaires",
    url="Signal Logement, liste des signalements, export CSV ou Excel",
    read=partial(
        read_table,
        required=REQUIRED,
        known=(*HEADERS, "Désordres", "Longitude", "Latitude"),
        dates=("Déposé le", "Fermé le", "Dernière MAJ le", "Date de la dernière visite"),
    ),
    parse=parse,
    table="layers_signalement",
    columns=(
        *(Column(name, sql_type) for name, sql_type, _ in EXPORT),
        Column("desordres", "text[]", into=None),
        Column("declared_geom", "geometry(Point,4326)"),
    ),
    optional={name: header for name, _, header in EXPORT if header} | {"declared_geom": "Longitude"},
    key=("departement", "reference"),
    point="declared_geom",
    reject_fields=frozenset((*REQUIRED, *HEADERS, "Désordres", "Longitude", "Latitude")),
    constants={
        "precision": f"'{Signalement.Precision.INCONNUE}'",
        "needs_review": "false",
    },
    corrections=(MERGED_COMMUNES,),
    checks=(KNOWN_CODE, IN_ITS_COMMUNE),
    contradictions=True,
    also_writes=("layers_desordre",),
    after=(DESORDRES_GONE, DESORDRES_NEW),
)
