"""The acts on buildings in danger as the city of Marseille publishes them: one row an act and an address.

Titles are free text. A mainlevée, an abrogation or a réintégration is an act of its own in the file: it is written
on the orders that it lifts, those taken before it at the same address and of the kind that its title names.
Orders of before 2021 bear the names of the procedures of then: the ordonnance of 16 September 2020 made the
« péril » the « mise en sécurité », ordinary or urgent. The file names no parcelle: ``geocode_arretes`` places them.
"""

import re
from functools import partial
from typing import Any

from cadastre_import import fields
from cadastre_import.geocoding.normalisation import fold
from cadastre_import.readers.delimited import read_csv
from cadastre_import.source import Check, Column, Correction, Source
from layers.errors import InvalidRow
from layers.models import Arrete

COMMUNE = "13055"
Type = Arrete.Type
ORDINARY, URGENT = Type.MISE_EN_SECURITE, Type.MISE_EN_SECURITE_PROCEDURE_URGENTE
SAFETY = (ORDINARY, URGENT, Type.MISE_EN_SECURITE_MODIFICATIF)
GENERAL = (Type.INTERDICTION_D_OCCUPER, Type.PERIMETRE_DE_SECURITE, Type.DECONSTRUCTION, Type.POLICE_GENERALE)

ORDERS = {
    "arretes de peril grave et imminent": URGENT,
    "arretes de peril imminent": URGENT,
    "arretes de mise en securite urgente": URGENT,
    "arretes d'insecurite imminente des equipements communs": URGENT,
    "arretes de mise en securite": ORDINARY,
    "arretes de peril ordinaire": ORDINARY,
    "arretes de peril simple": ORDINARY,
    "arretes de peril non imminent": ORDINARY,
    "arretes modificatifs": Type.MISE_EN_SECURITE_MODIFICATIF,
    "arretes d'interdiction d'occuper": Type.INTERDICTION_D_OCCUPER,
    "arretes d'evacuation": Type.INTERDICTION_D_OCCUPER,
    "arretes de perimetres de securite sur voie publique": Type.PERIMETRE_DE_SECURITE,
    "arretes de deconstruction": Type.DECONSTRUCTION,
    "arretes de police generale": Type.POLICE_GENERALE,
    "arretes d'astreinte administrative": Type.ASTREINTE,
    "arretes de derogation a la prorogation des delais": Type.AUTRE,
    "ordonnances du tribunal administratif": Type.AUTRE,
}
# Class of an act that lifts: what it does, and what it lifts when its title names nothing
LIFTS = {
    "arretes de mainlevee": ("levee", (*SAFETY, *GENERAL)),
    "arretes de mainlevee partielle": ("partielle", (*SAFETY, *GENERAL)),
    "abrogations": ("levee", GENERAL),
    # the occupants come back, the works that were ordered stay due
    "arretes de reintegration": ("partielle", (*SAFETY, Type.INTERDICTION_D_OCCUPER)),
    "arretes de reintegration partielle": ("partielle", (*SAFETY, Type.INTERDICTION_D_OCCUPER)),
}
# What the title of an act that lifts says it lifts; the first that is found
NAMED = (
    (r"\bnon imminent|\bordinaire\b|\bpo\b|\bperil simple", (ORDINARY, Type.MISE_EN_SECURITE_MODIFICATIF)),
    (r"\bimminent|\burgen", (URGENT, Type.MISE_EN_SECURITE_MODIFICATIF)),
    (r"\bmise en securite|\bperil", SAFETY),
    (r"\boccup|\bevacuation", (Type.INTERDICTION_D_OCCUPER,)),
    (r"\bperimetre", (Type.PERIMETRE_DE_SECURITE, Type.INTERDICTION_D_OCCUPER)),
    (r"\bdeconstruction", (Type.DECONSTRUCTION,)),
)
NUMBER = re.compile(r"(20[012]\d)(?:[_ -]|%20)+(\d{5})(?!\d)")
POSTCODE_OF_MARSEILLE = re.compile(r"130(0[1-9]|1[0-6])")
REQUIRED = ("classe", "nom_doc", "adresse", "code_postal", "date_link")


def parse(row: Any) -> list[Any]:
    """Read an act: what it does, its kind, its day, its number, its address, the kinds that it lifts."""
    if row is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    classe = fields.required(row["classe"], "classe", longest=200)
    known = _plain(classe)
    title = fields.text(row["nom_doc"], "nom_doc", longest=1_000)
    role, lifts = LIFTS.get(known, ("acte", ()))
    if role == "acte" and known not in ORDERS:
        raise InvalidRow(f"classe : {classe[:60]!r} n’est pas une classe d’actes connue")
    day = fields.french_date(row["date_link"], "date_link")
    if day is None:
        raise InvalidRow(f"date_link : valeur absente (« {title[:80]} »)")
    document = fields.text(row.get("url"), "url", longest=500)
    number = NUMBER.search(document)
    named = next((kinds for words, kinds in NAMED if re.search(words, _plain(title))), None)
    return [
        role,
        ORDERS.get(known, ""),
        classe,
        f"{number[1]}_{number[2]}" if number else "",
        document if document.startswith(("https://", "http://")) else "",
        day,
        fields.required(row["adresse"], "adresse"),
        fields.code(row["code_postal"], POSTCODE_OF_MARSEILLE, "code_postal"),
        "Marseille",
        [str(kind) for kind in (named or lifts)] if lifts else [],
        "",
    ]


def _plain(text: str) -> str:
    return " ".join(fold(text).replace("’", "'").split())


PLACE = Correction("UPDATE staging SET lieu = code_postal || ' ' || lower(adresse)")
LIFTS_SOMETHING = Check(
    """s.role = 'acte' OR EXISTS (
        SELECT 1 FROM staging o WHERE o.role = 'acte' AND o.reason IS NULL AND o.lieu = s.lieu
          AND o.type = ANY(s.lifts) AND o.taken_on < s.taken_on
    )""",
    "'aucun arrêté antérieur de la nature levée n’est à cette adresse dans le fichier'",
)
LIFTED = """
UPDATE layers_arrete a SET mainlevee_on = said.levee, mainlevee_partielle_on = said.partielle
FROM (
    SELECT o.id, min(s.taken_on) FILTER (WHERE s.role = 'levee') AS levee,
           min(s.taken_on) FILTER (WHERE s.role = 'partielle') AS partielle
    FROM layers_arrete o
    LEFT JOIN staging s ON s.reason IS NULL AND s.role <> 'acte' AND s.lieu = o.lieu
        AND o.type = ANY(s.lifts) AND s.taken_on > o.taken_on
    WHERE EXISTS (SELECT 1 FROM staging f WHERE f.lieu = o.lieu)
    GROUP BY o.id
) said
WHERE said.id = a.id
  AND (a.mainlevee_on, a.mainlevee_partielle_on) IS DISTINCT FROM (said.levee, said.partielle)
"""
IN_MARSEILLE = f"""
UPDATE layers_arrete a SET commune_id = c.code FROM layers_commune c
WHERE c.code = '{COMMUNE}' AND a.commune_id IS DISTINCT FROM c.code
  AND EXISTS (SELECT 1 FROM staging s WHERE s.lieu = a.lieu)
"""  # noqa: S608 - a code of ours

SOURCE = Source(
    name="arretes-marseille",
    title="Arrêtés de péril et de mise en sécurité de la Ville de Marseille",
    producer="Ville de Marseille",
    licence="à vérifier auprès de la Ville",
    url="page des arrêtés de péril de la Ville, mise en table (processed_mrs-arretes-de-peril-{date}.csv)",
    read=partial(read_csv, required=REQUIRED, known=("url",)),
    parse=parse,
    table="layers_arrete",
    columns=(
        Column("role", into=None),
        Column("type"),
        Column("nature"),
        Column("numero"),
        Column("document"),
        Column("taken_on", "date"),
        Column("adresse"),
        Column("code_postal"),
        Column("ville"),
        Column("lifts", "text[]", into=None),
        Column("lieu", into=None),
    ),
    key=("lieu", "type", "taken_on", "numero"),
    identity=("lieu", "role", "type", "taken_on", "numero"),
    constants={"syndic": "''"},
    only="s.role = 'acte'",
    corrections=(PLACE,),
    checks=(LIFTS_SOMETHING,),
    after=(LIFTED, IN_MARSEILLE),
)
