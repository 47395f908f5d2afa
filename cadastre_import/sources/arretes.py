"""Orders in Signal Logement's import template: a first line of hints, then the header."""

from dataclasses import replace
from functools import partial
from typing import Any

from cadastre_import import fields
from cadastre_import.readers.workbook import read_table
from cadastre_import.source import Column, Source
from layers.errors import InvalidRow
from layers.models import Arrete

REQUIRED = (
    "date arrêté",
    "classification arrêté",
    "date arrêté main levée",
    "numéro de voie",
    "nom de la voie",
    "code postal",
    "commune",
    "identifiant parcellaire",
)
SYNDIC = "dénomination syndic"
NUMBER = "numéro arrêté"  # in a register of our own, never in the template


def _spelling(label: str) -> str:
    return label.casefold().replace("’", "'").replace("arrêté ", "").replace(" ", "")


# « Arrêté L.511-11 - Impropre » is also written « Impropre »
TYPES = {_spelling(label): name for name, label in Arrete.Type.choices} | {
    _spelling(label.split(" - ")[-1]): name for name, label in Arrete.Type.choices
}


def parse(row: Any) -> list[Any]:
    """Read an order: type, dates, address, parcelle."""
    if row is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    label = fields.required(row["classification arrêté"], "classification arrêté")
    kind = TYPES.get(_spelling(label))
    if kind is None:
        raise InvalidRow(f"classification arrêté : {label[:80]!r} inconnue")
    taken_on = fields.french_date(row["date arrêté"], "date arrêté")
    if taken_on is None:
        raise InvalidRow("date arrêté : valeur absente")
    lifted_on = fields.french_date(row["date arrêté main levée"], "date arrêté main levée")
    if lifted_on and lifted_on < taken_on:
        raise InvalidRow("date arrêté main levée : avant la date de l’arrêté")
    street = fields.text(row["nom de la voie"], "nom de la voie", longest=250)
    number = fields.text(row["numéro de voie"], "numéro de voie", longest=20)
    return [
        kind,
        taken_on,
        lifted_on,
        f"{number} {street}".strip(),
        fields.text(row["code postal"], "code postal", longest=5),
        fields.text(row["commune"], "commune", longest=200),
        fields.text(row.get(SYNDIC), SYNDIC, longest=200),
        fields.code(row["identifiant parcellaire"], fields.IDU, "identifiant parcellaire"),
    ]


# An order stands where its parcelle is, current or closed; an unknown parcelle leaves it off the map, kept.
PLACE = """
UPDATE layers_arrete a SET geom = placed.geom, commune_id = placed.commune_id
FROM (
    SELECT s.idu, ST_PointOnSurface(p.geom) AS geom, c.code AS commune_id
    FROM (SELECT DISTINCT idu FROM staging WHERE reason IS NULL AND idu <> '') s
    LEFT JOIN layers_parcelle p ON p.idu = s.idu
    LEFT JOIN layers_commune c ON c.code = left(s.idu, 5)
) placed
WHERE a.idu = placed.idu AND (a.geom, a.commune_id) IS DISTINCT FROM (placed.geom, placed.commune_id)
"""

SOURCE = Source(
    name="arretes",
    title="Arrêtés (modèle d’import de Signal Logement)",
    producer="Communes, préfecture, ARS",
    licence="données des partenaires",
    url="fichier du partenaire",
    read=partial(
        read_table, required=REQUIRED, skip_lines=1, dates=("date arrêté", "date arrêté main levée")
    ),
    parse=parse,
    table="layers_arrete",
    columns=(
        Column("type"),
        Column("taken_on", "date"),
        Column("mainlevee_on", "date"),
        Column("adresse"),
        Column("code_postal"),
        Column("ville"),
        Column("syndic"),
        Column("idu"),
    ),
    key=("lieu", "type", "taken_on", "numero"),
    identity=("idu", "type", "taken_on"),
    after=(PLACE,),
)


def parse_at_an_address(row: Any) -> list[Any]:
    """Read an order of a register that may name no parcelle: its number, then what the template says."""
    parcelle = fields.text(row["identifiant parcellaire"], "identifiant parcellaire")
    values = parse({**row, "identifiant parcellaire": parcelle or NO_PARCELLE})
    if not parcelle:
        values[-1] = ""
        fields.required(row["nom de la voie"], "nom de la voie")
    return [fields.text(row.get(NUMBER), NUMBER, longest=60), *values]


NO_PARCELLE = "01001000AA0001"  # has the form of one; never written
# Until its address is found, an order without a parcelle is of the only commune of that name in the département
NAMED_COMMUNE = """
UPDATE layers_arrete a SET commune_id = named.code
FROM (
    SELECT s.ville, left(s.code_postal, 2) AS departement, min(c.code) AS code
    FROM staging s JOIN layers_commune c
        ON lower(c.nom) = lower(s.ville) AND left(c.code, 2) = left(s.code_postal, 2)
    WHERE s.reason IS NULL AND s.idu = '' GROUP BY 1, 2 HAVING count(DISTINCT c.code) = 1
) named
WHERE a.idu = '' AND a.commune_id IS NULL AND a.ville = named.ville AND left(a.code_postal, 2) = named.departement
"""
AT_AN_ADDRESS = replace(
    SOURCE,
    parse=parse_at_an_address,
    columns=(Column("numero"), *SOURCE.columns),
    identity=("idu", "adresse", "code_postal", "type", "taken_on", "numero"),
    after=(*SOURCE.after, NAMED_COMMUNE),
)
