"""Groups of buildings of the Base de données nationale des bâtiments (BDNB), as a département is exported.

A group has a row in each table: the rows are staged side by side and folded into that of ``batiment_groupe``. What
a model estimated (« simulations ») has its own column, never that of the diagnoses. The relations say the parcelles,
the addresses and the RNB buildings; the identifier says nothing, although its first form began with a parcelle.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson

from cadastre_import import fields
from cadastre_import.readers.bdnb import read_bdnb
from cadastre_import.source import Column, Correction, Source
from layers.errors import InvalidRow

ID = "batiment_groupe_id"
GROUPS = "batiment_groupe"
STATISTICS = "batiment_groupe_dpe_statistique_logement"
CONSTRUCTION = "batiment_construction_id"
CLASSES = "ABCDEFG"
GROUP_ID = re.compile(r"[0-9A-Za-z_-]{8,40}")


def _class(value: Any, name: str) -> str:
    """Give a class from A to G, empty for the « N » of a diagnosis without any."""
    letter = fields.text(value, name).upper()
    return letter if letter and letter in CLASSES else ""


def _yes(value: Any, name: str) -> bool:
    return fields.text(value, name).casefold() in ("t", "true", "1", "oui")


def _text(longest: int) -> Callable[[Any, str], str]:
    return partial(fields.text, longest=longest)


# Table: what it tells of a group, as (its column, ours, how it is read)
FACTS: dict[str, tuple[tuple[str, Column, Callable[[Any, str], Any]], ...]] = {
    "batiment_groupe_ffo_bat": (
        ("annee_construction", Column("annee_construction", "int"), fields.year),
        ("nb_log", Column("dwellings", "int"), fields.whole_number),
        ("nb_niveau", Column("niveaux", "int"), partial(fields.whole_number, high=1_000)),
        ("usage_niveau_1_txt", Column("usage"), _text(80)),
        ("mat_mur_txt", Column("mat_mur"), _text(120)),
        ("mat_toit_txt", Column("mat_toit"), _text(120)),
    ),
    "batiment_groupe_dpe_representatif_logement": (
        ("classe_bilan_dpe", Column("classe_dpe"), _class),
        ("classe_emission_ges", Column("classe_ges"), _class),
        ("date_etablissement_dpe", Column("dpe_on", "date"), fields.iso_date),
    ),
    "batiment_groupe_simulations_dpe": (("etiquette_dpe_initial_map", Column("classe_modelisee"), _class),),
    "batiment_groupe_rnc": (("numero_immat_principal", Column("copropriete"), _text(12)),),
    "batiment_groupe_qpv": (("nom_quartier", Column("qpv"), _text(200)),),
    "batiment_groupe_argiles": (("alea", Column("alea_argiles"), _text(40)),),
    "batiment_groupe_radon": (("alea", Column("alea_radon"), _text(40)),),
    "batiment_groupe_merimee": (("perimetre_bat_historique", Column("is_near_monument", "boolean"), _yes),),
}
RELATIONS: dict[str, tuple[str, Callable[[Any, str], str | None]]] = {
    "rel_batiment_groupe_parcelle": ("parcelle_id", partial(fields.code, pattern=fields.IDU)),
    "rel_batiment_groupe_adresse": ("cle_interop_adr", partial(fields.required, longest=60)),
    "batiment_construction": ("rnb_id", _text(12)),
    "rel_batiment_construction_rnb": ("rnb_id", _text(12)),
}
FACT_COLUMNS = tuple(column for facts in FACTS.values() for _, column, _ in facts)
TABLES = {
    GROUPS: (ID, "code_commune_insee"),
    **{table: (ID, *(name for name, _, _ in facts)) for table, facts in FACTS.items()},
    STATISTICS: (ID, *(f"nb_classe_bilan_dpe_{letter.lower()}" for letter in CLASSES)),
    "rel_batiment_groupe_parcelle": (ID, "parcelle_id"),
    "rel_batiment_groupe_adresse": (ID, "cle_interop_adr"),
    "batiment_construction": (ID, CONSTRUCTION, "rnb_id"),
    "rel_batiment_construction_rnb": (CONSTRUCTION, "rnb_id"),
}


def parse(row: Any) -> list[Any]:
    """Read a row of one table: its group, what it relates to, and the facts that this table tells."""
    if row is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    table = row["table"]
    told = {column.name: read(row[name], name) for name, column, read in FACTS.get(table, ())}
    related = None
    if table in RELATIONS:
        name, read = RELATIONS[table]
        related = read(row[name], name=name) or None
    return [
        table,
        fields.code(row[ID], GROUP_ID, ID) if ID in row else None,
        fields.commune_code(row["code_commune_insee"], "code_commune_insee") if table == GROUPS else None,
        fields.text(row.get(CONSTRUCTION), CONSTRUCTION, longest=60) or None,
        related,
        _counts(row) if table == STATISTICS else None,
        *(told.get(column.name) for column in FACT_COLUMNS),
        *[None] * len(RELATED),
    ]


def _counts(row: Mapping[str, Any]) -> str:
    """Give the number of diagnoses of each class as a JSON object, zeros left out."""
    names = {letter: f"nb_classe_bilan_dpe_{letter.lower()}" for letter in CLASSES}
    counts = {letter: fields.whole_number(row[name], name) for letter, name in names.items()}
    return orjson.dumps({letter: number for letter, number in counts.items() if number}).decode()


RELATED = (Column("idus", "text[]"), Column("ban_ids", "text[]"), Column("rnb_ids", "text[]"))
CONSTRUCTIONS = """
UPDATE staging r SET code = c.code
FROM staging c
WHERE r.part = 'rel_batiment_construction_rnb' AND c.part = 'batiment_construction'
  AND c.construction = r.construction AND c.reason IS NULL
"""
ORPHANS = """
UPDATE staging s SET reason = 'groupe absent de batiment_groupe : ' || coalesce(s.code, s.construction, '')
WHERE s.reason IS NULL AND s.part <> 'batiment_groupe'
  AND NOT EXISTS (SELECT FROM staging g WHERE g.part = 'batiment_groupe' AND g.code = s.code)
"""
# Each fact comes from one table: the maximum over the rows of a group is the only value there is
FOLD = """
UPDATE staging g SET
    counts = coalesce(f.counts, '{}'), annee_construction = f.annee_construction, dwellings = f.dwellings,
    niveaux = f.niveaux, usage = coalesce(f.usage, ''), mat_mur = coalesce(f.mat_mur, ''),
    mat_toit = coalesce(f.mat_toit, ''), classe_dpe = coalesce(f.classe_dpe, ''),
    classe_ges = coalesce(f.classe_ges, ''), dpe_on = f.dpe_on,
    classe_modelisee = coalesce(f.classe_modelisee, ''), copropriete = coalesce(f.copropriete, ''),
    qpv = coalesce(f.qpv, ''), alea_argiles = coalesce(f.alea_argiles, ''),
    alea_radon = coalesce(f.alea_radon, ''), is_near_monument = f.is_near_monument,
    idus = coalesce(f.idus, '{}'), ban_ids = coalesce(f.ban_ids, '{}'), rnb_ids = coalesce(f.rnb_ids, '{}')
FROM (
    SELECT code, max(counts::text)::jsonb AS counts, max(annee_construction) AS annee_construction,
        max(dwellings) AS dwellings, max(niveaux) AS niveaux, max(usage) AS usage, max(mat_mur) AS mat_mur,
        max(mat_toit) AS mat_toit, max(classe_dpe) AS classe_dpe, max(classe_ges) AS classe_ges,
        max(dpe_on) AS dpe_on, max(classe_modelisee) AS classe_modelisee, max(copropriete) AS copropriete,
        max(qpv) AS qpv, max(alea_argiles) AS alea_argiles, max(alea_radon) AS alea_radon,
        bool_or(is_near_monument) AS is_near_monument,
        array_agg(DISTINCT related) FILTER (WHERE part = 'rel_batiment_groupe_parcelle') AS idus,
        array_agg(DISTINCT related) FILTER (WHERE part = 'rel_batiment_groupe_adresse') AS ban_ids,
        array_agg(DISTINCT related) FILTER (
            WHERE part IN ('batiment_construction', 'rel_batiment_construction_rnb') AND related <> '') AS rnb_ids
    FROM staging WHERE reason IS NULL GROUP BY code
) f
WHERE g.part = 'batiment_groupe' AND g.code = f.code AND g.reason IS NULL
"""
REPLACED = """
DELETE FROM layers_groupebatiment b
WHERE b.code_insee IN (SELECT DISTINCT code_insee FROM staging WHERE part = 'batiment_groupe')
  AND NOT EXISTS (SELECT FROM staging s WHERE s.part = 'batiment_groupe' AND s.code = b.code)
"""

SOURCE = Source(
    name="bdnb",
    title="Base de données nationale des bâtiments (BDNB)",
    producer="CSTB",
    licence="Licence Ouverte 2.0",
    url="data.gouv.fr, Base de données nationale des bâtiments, export CSV (zip) ou gpkg d’un département",
    read=partial(read_bdnb, tables=TABLES, required=(GROUPS,)),
    parse=parse,
    table="layers_groupebatiment",
    columns=(
        Column("part", into=None),
        Column("code"),
        Column("code_insee"),
        Column("construction", into=None),
        Column("related", into=None),
        Column("counts", "jsonb", into="classes_dpe"),
        *FACT_COLUMNS,
        *RELATED,
    ),
    key=("code",),
    identity=("part", "code", "construction", "related"),
    commune="code_insee",
    only="s.part = 'batiment_groupe'",
    corrections=(Correction(CONSTRUCTIONS), Correction(ORPHANS), Correction(FOLD)),
    after=(REPLACED,),
    rejects_need_original=True,
)
