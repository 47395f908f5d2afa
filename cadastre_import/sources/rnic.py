"""The national register of copropriétés (RNIC), its quarterly CSV: headers in French, or in snake case since.

The register declares up to three parcelles. Its reference address is attached to the BAN where number and street
are the same; the name of a syndic who is a person is not read.
"""

import re
from functools import partial
from typing import Any

from cadastre_import import fields
from cadastre_import.readers.headers import read_spelt
from cadastre_import.source import Column, Source
from cadastre_import.sources.near_commune import far_positions_left_out
from cadastre_import.sources.same_address import COLUMNS, SAME_ADDRESS, as_the_ban_writes
from layers.errors import InvalidRow

REQUIRED = ("numero_d_immatriculation", "nombre_total_de_lots")
SYNDIC = "type_de_syndic_benevole_professionnel_non_connu"
PARCELLES = (1, 2, 3)
WANTED = (
    *REQUIRED,
    SYNDIC,
    "nom_d_usage_de_la_copropriete",
    "adresse_de_reference",
    "numero_et_voie_adresse_de_reference",
    "code_officiel_commune",
    "commune",
    "date_d_immatriculation",
    "date_de_la_derniere_maj",
    "nombre_de_lots_a_usage_d_habitation",
    "periode_de_construction",
    "mandat_en_cours_dans_la_copropriete",
    "copro_aidee",
    "copro_dans_pvd",
    "copro_dans_acv",
    "long",
    "lat",
    *(
        f"{name}_{n}"
        for n in PARCELLES
        for name in ("reference_cadastrale", "code_insee_commune", "prefixe", "section", "numero_parcelle")
    ),
)
NUMERO = re.compile(r"[A-Z]{2}\d{7}")
UNKNOWN = ("", "non connu", "non connue")


def parse(row: Any) -> list[Any]:
    """Read a copropriété: number, name, address, lots, syndic, programmes, parcelles, position."""
    if row is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    street = fields.text(row["numero_et_voie_adresse_de_reference"], "numero_et_voie_adresse_de_reference")
    written = fields.text(row["adresse_de_reference"], "adresse_de_reference") or street
    commune = fields.text(row["code_officiel_commune"] or row["commune"], "code_officiel_commune")
    code_insee = fields.commune_code(commune, "code_officiel_commune") if commune else ""
    syndic = fields.text(row[SYNDIC], SYNDIC).casefold().replace("é", "e")
    return [
        fields.code(row["numero_d_immatriculation"], NUMERO, "numero_d_immatriculation"),
        _known(row["nom_d_usage_de_la_copropriete"], "nom_d_usage", longest=300),
        written,
        code_insee,
        code_insee or None,
        fields.day(row["date_d_immatriculation"], "date_d_immatriculation"),
        fields.day(row["date_de_la_derniere_maj"], "date_de_la_derniere_maj"),
        fields.whole_number(row["nombre_total_de_lots"], "nombre_total_de_lots"),
        fields.whole_number(
            row["nombre_de_lots_a_usage_d_habitation"], "nombre_de_lots_a_usage_d_habitation"
        ),
        _known(row["periode_de_construction"], "periode_de_construction", longest=60),
        syndic if syndic in ("professionnel", "benevole") else "",
        _known(row["mandat_en_cours_dans_la_copropriete"], "mandat_en_cours", longest=60),
        *(_answer(row[name], name) for name in ("copro_aidee", "copro_dans_pvd", "copro_dans_acv")),
        list(dict.fromkeys(idu for n in PARCELLES if (idu := _parcelle(row, n)))),
        *as_the_ban_writes(street or written),
        fields.position(row["long"], row["lat"]),
    ]


def _known(value: Any, name: str, *, longest: int) -> str:
    told = fields.text(value, name, longest=longest)
    return "" if told.casefold() in UNKNOWN else told


def _answer(value: Any, name: str) -> bool | None:
    """Give a yes or a no, None where the register says neither."""
    told = fields.text(value, name).casefold()
    return {"oui": True, "true": True, "1": True, "non": False, "false": False, "0": False}.get(told)


def _parcelle(row: Any, number: int) -> str:
    """Give the identifier of 14 characters from its four parts, or as one; empty if the register has none."""
    parts = {
        name: fields.text(row[f"{name}_{number}"], f"{name}_{number}", longest=20)
        for name in ("code_insee_commune", "prefixe", "section", "numero_parcelle")
    }
    idu = fields.text(row[f"reference_cadastrale_{number}"], "reference_cadastrale", longest=40)
    if parts["code_insee_commune"]:
        section, numero = parts["section"].upper(), parts["numero_parcelle"]
        idu = f"{parts['code_insee_commune']}{parts['prefixe']:0>3}{section:0>2}{numero:0>4}"
    return idu if fields.IDU.fullmatch(idu) else ""


SOURCE = Source(
    name="rnic",
    title="Registre national d’immatriculation des copropriétés (RNIC)",
    producer="Anah",
    licence="Licence Ouverte 2.0",
    url="data.gouv.fr, Registre national d’immatriculation des copropriétés (CSV trimestriel)",
    read=partial(read_spelt, wanted=WANTED, required=REQUIRED),
    parse=parse,
    table="layers_copropriete",
    columns=(
        Column("numero"),
        Column("nom"),
        Column("adresse"),
        Column("code_insee"),
        Column("coverage", into=None),
        Column("registered_on", "date"),
        Column("updated_on", "date"),
        Column("lots", "int"),
        Column("lots_habitation", "int"),
        Column("periode_construction"),
        Column("syndic"),
        Column("mandat"),
        Column("is_aided", "boolean"),
        Column("is_in_pvd", "boolean"),
        Column("is_in_acv", "boolean"),
        Column("idus", "text[]"),
        *COLUMNS,
        Column("geom", "geometry(Point,4326)"),
    ),
    key=("numero",),
    point="geom",
    commune="coverage",
    corrections=(far_positions_left_out("coverage"),),
    derived={"ban_id": SAME_ADDRESS},
)
