"""Energy diagnoses of dwellings (DPE), as the Ademe publishes them: names in snake case, or those of before 2025.

The Ademe has geocoded each diagnosis: its address is believed where the score says so. A poor one is kept as it was
told and attached to nothing; the RNB building, where it is given, attaches by itself.
"""

import re
from functools import partial
from typing import Any

from cadastre_import import fields
from cadastre_import.readers.headers import read_spelt
from cadastre_import.source import Column, Source
from layers.errors import InvalidRow

REQUIRED = ("numero_dpe", "date_etablissement_dpe", "etiquette_dpe")
WANTED = (
    *REQUIRED,
    "numero_dpe_remplace",
    "date_fin_validite_dpe",
    "etiquette_ges",
    "type_batiment",
    "annee_construction",
    "periode_construction",
    "surface_habitable_logement",
    "surface_habitable_immeuble",
    "adresse_ban",
    "code_insee_ban",
    "identifiant_ban",
    "score_ban",
    "statut_geocodage",
    "id_rnb",
)
ALIASES = {"n_dpe": "numero_dpe", "n_dpe_remplace": "numero_dpe_remplace"}
GOOD_SCORE = 0.5
NUMERO = re.compile(r"[0-9A-Z]{8,20}")
HOUSE_NUMBER = re.compile(r"[0-9A-Z]{5}_[0-9a-z]{4,6}_\d{5}(_[0-9a-z]+)*", re.IGNORECASE)
RNB_ID = re.compile(r"[0-9A-Z]{12}")
CLASSES = frozenset("ABCDEFG")
TYPES = ("maison", "appartement", "immeuble")


def parse(row: Any) -> list[Any]:
    """Read a diagnosis: number, days, classes, what was diagnosed, and where the Ademe places it."""
    if row is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    established_on = fields.day(row["date_etablissement_dpe"], "date_etablissement_dpe")
    if established_on is None:
        raise InvalidRow("date_etablissement_dpe : valeur absente")
    energy = _class(row["etiquette_dpe"], "etiquette_dpe")
    if not energy:
        raise InvalidRow("etiquette_dpe : valeur absente")
    identifiant = fields.text(row["identifiant_ban"], "identifiant_ban", longest=60)
    score = fields.measure(row["score_ban"], "score_ban", high=1)
    commune = fields.text(row["code_insee_ban"], "code_insee_ban")
    code_insee = fields.commune_code(commune, "code_insee_ban") if commune else ""
    surface = row["surface_habitable_logement"] or row["surface_habitable_immeuble"]
    located = (score or 0) >= GOOD_SCORE and "non géocodée" not in row["statut_geocodage"].casefold()
    kind = fields.text(row["type_batiment"], "type_batiment").casefold()
    return [
        fields.code(row["numero_dpe"], NUMERO, "numero_dpe"),
        fields.text(row["numero_dpe_remplace"], "numero_dpe_remplace", longest=20),
        established_on,
        fields.day(row["date_fin_validite_dpe"], "date_fin_validite_dpe"),
        energy,
        _class(row["etiquette_ges"], "etiquette_ges"),
        kind if kind in TYPES else "",
        fields.year(row["annee_construction"], "annee_construction"),
        fields.text(row["periode_construction"], "periode_construction", longest=40),
        fields.measure(surface, "surface_habitable"),
        fields.text(row["adresse_ban"], "adresse_ban"),
        code_insee,
        code_insee or None,
        identifiant,
        score,
        identifiant if located and HOUSE_NUMBER.fullmatch(identifiant) else None,
        _rnb_id(row["id_rnb"]),
    ]


def _class(value: Any, name: str) -> str:
    letter = fields.text(value, name)
    if letter and letter not in CLASSES:
        raise InvalidRow(f"{name} : {letter[:40]!r} n’est pas une classe de A à G")
    return letter


def _rnb_id(value: Any) -> str | None:
    """Give the RNB identifier; a wrong one loses its link, not the diagnosis."""
    written = fields.text(value, "id_rnb").upper().replace("-", "").replace(" ", "")
    return written if RNB_ID.fullmatch(written) else None


SOURCE = Source(
    name="dpe",
    title="Diagnostics de performance énergétique des logements (DPE)",
    producer="Ademe",
    licence="Licence Ouverte 2.0",
    url="data.ademe.fr, jeu dpe03existant (export CSV, filtré par code_departement_ban ou code_insee_ban)",
    read=partial(read_spelt, wanted=WANTED, required=REQUIRED, aliases=ALIASES),
    parse=parse,
    table="layers_dpe",
    columns=(
        Column("numero"),
        Column("replaces"),
        Column("established_on", "date"),
        Column("valid_until", "date"),
        Column("classe_energie"),
        Column("classe_ges"),
        Column("type"),
        Column("annee_construction", "int"),
        Column("periode_construction"),
        Column("surface_m2", "float8"),
        Column("adresse"),
        Column("code_insee"),
        Column("commune", into=None),
        Column("identifiant_ban"),
        Column("score_geocodage", "float8"),
        Column("ban_id"),
        Column("rnb_id"),
    ),
    key=("numero",),
    commune="commune",
)
