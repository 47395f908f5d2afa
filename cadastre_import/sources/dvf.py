"""Sales of property: the geolocated DVF of Etalab (40 columns), or the raw file of the DGFiP (« | », commas).

A file has one row per premises, per kind of land and per disposition: the rows of a mutation on a parcelle are folded
into one. Where a parcelle has several kinds of land, the file repeats each of them for every premises and the other
way round: areas are divided by the repetitions.

The number of a mutation changes from one edition to the next, so ours is made of what does not: its lowest parcelle,
its day, and a rank. An edition replaces what stood for its communes in its years.
"""

from typing import Any

from cadastre_import import fields
from cadastre_import.readers.dvf import LOTS, read_dvf
from cadastre_import.source import Column, Correction, Source
from cadastre_import.sources.near_commune import far_positions_left_out
from layers.errors import InvalidRow

MOST_EUROS = 1e11
BAN_SUFFIXES = {"b": "bis", "t": "ter", "q": "quater"}


def parse(row: Any) -> list[Any]:
    """Read a row: mutation, day, price, parcelle, address, premises, lots, areas, position."""
    if row is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    mutated_on = fields.iso_date(row["date_mutation"], "date_mutation")
    if mutated_on is None:
        raise InvalidRow("date_mutation : valeur absente")
    commune = fields.commune_code(row["code_commune"], "code_commune")
    price = fields.measure(row["valeur_fonciere"], "valeur_fonciere", high=MOST_EUROS)
    carrez = [fields.measure(row.get(f"lot{n}_surface_carrez"), f"lot{n}_surface_carrez") for n in LOTS]
    lots = [fields.text(row.get(f"lot{n}_numero"), f"lot{n}_numero", longest=20) for n in LOTS]
    culture = (row.get("code_nature_culture"), row.get("code_nature_culture_speciale"))
    adresse, ban_id = _address(row, commune)
    return [
        fields.required(row["id_mutation"], "id_mutation", longest=40),
        mutated_on,
        fields.required(row["nature_mutation"], "nature_mutation", longest=60),
        price,
        commune,
        fields.code(row["id_parcelle"], fields.IDU, "id_parcelle"),
        adresse,
        ban_id,
        fields.text(row["type_local"], "type_local", longest=60),
        [lot for lot in lots if lot],
        sum(filter(None, carrez)) or None,
        fields.measure(row.get("surface_reelle_bati"), "surface_reelle_bati"),
        fields.whole_number(row.get("nombre_pieces_principales"), "nombre_pieces_principales", high=10_000),
        "/".join(fields.text(part, "nature_culture", longest=20) for part in culture),
        fields.measure(row.get("surface_terrain"), "surface_terrain"),
        *[None] * len(FOLDED),
        fields.position(row.get("longitude"), row.get("latitude")),
    ]


def _address(row: Any, commune: str) -> tuple[str, str | None]:
    """Give the address as text, and the key that the BAN would give it: the codes of streets are the same."""
    number = fields.whole_number(row.get("adresse_numero"), "adresse_numero", high=99_999)
    suffix = fields.text(row.get("adresse_suffixe"), "adresse_suffixe", longest=10)
    street = fields.text(row.get("adresse_nom_voie"), "adresse_nom_voie", longest=200)
    street_code = fields.text(row.get("adresse_code_voie"), "adresse_code_voie", longest=6).lower()
    written = " ".join(part for part in (f"{number or ''}{suffix}", street) if part)
    if not (number and street_code):
        return written, None
    key = f"{commune}_{street_code}_{number:05d}"
    return written, f"{key}_{BAN_SUFFIXES.get(suffix.lower(), suffix.lower())}" if suffix else key


FOLDED = (
    Column("mutation_id"),
    Column("parcelles_count", "int", into=None),
    Column("types_local", "text[]"),
    Column("all_lots", "text[]", into="lots"),
    Column("surface_bati_m2", "float8"),
    Column("surface_carrez_m2", "float8"),
    Column("surface_terrain_m2", "float8"),
    Column("all_pieces", "int", into="pieces"),
)
# Windows and no join between groups: PostgreSQL knows nothing of their number, and would plan a loop in a loop
FOLD = """
WITH mutations AS (
    SELECT *, min(line) OVER (PARTITION BY number, idu) AS first,
           min(idu) OVER of_mutation AS lowest, min(mutated_on) OVER of_mutation AS day,
           max(price) OVER of_mutation AS paid,
           row_number() OVER (PARTITION BY number, idu, row_lots, carrez ORDER BY line) AS lots_told
    FROM staging WHERE reason IS NULL WINDOW of_mutation AS (PARTITION BY number)
), named AS (
    SELECT *, count(*) FILTER (WHERE line = first) OVER (PARTITION BY number) AS parcelles,
           lowest || to_char(day, '-YYYYMMDD-')
           || dense_rank() OVER (PARTITION BY lowest, day ORDER BY paid, number) AS code
    FROM mutations
), sold AS (
    SELECT first, min(code) AS code, min(parcelles) AS parcelles, count(*) AS rows,
           count(DISTINCT (culture, terrain)) AS lands,
           array_agg(DISTINCT type_local) FILTER (WHERE type_local <> '') AS types,
           string_agg(array_to_string(row_lots, '|'), '|') FILTER (WHERE row_lots <> '{}') AS lots,
           sum(carrez) FILTER (WHERE lots_told = 1) AS carrez,
           sum(bati) AS bati, sum(terrain) AS terrain, sum(pieces) AS pieces
    FROM named GROUP BY first
)
UPDATE staging s SET
    mutation_id = sold.code,
    parcelles_count = sold.parcelles,
    types_local = coalesce(sold.types, '{}'),
    all_lots = ARRAY(SELECT DISTINCT lot FROM unnest(string_to_array(sold.lots, '|')) AS lot ORDER BY lot),
    surface_bati_m2 = nullif(sold.bati, 0) / sold.lands,
    surface_terrain_m2 = nullif(sold.terrain, 0) * sold.lands / sold.rows,
    surface_carrez_m2 = sold.carrez,
    all_pieces = nullif(sold.pieces, 0) / sold.lands
FROM sold
WHERE s.line = sold.first
"""
FOLDED_ROWS = "DELETE FROM staging WHERE reason IS NULL AND mutation_id IS NULL"
MUTATIONS = """
INSERT INTO layers_mutation AS m (code, mutated_on, nature, valeur_fonciere, parcelles_count)
SELECT mutation_id, min(mutated_on), min(nature), max(price), min(parcelles_count)
FROM staging WHERE reason IS NULL GROUP BY mutation_id
ON CONFLICT (code) DO UPDATE SET mutated_on = excluded.mutated_on, nature = excluded.nature,
    valeur_fonciere = excluded.valeur_fonciere, parcelles_count = excluded.parcelles_count
WHERE (m.mutated_on, m.nature, m.valeur_fonciere, m.parcelles_count)
    IS DISTINCT FROM (excluded.mutated_on, excluded.nature, excluded.valeur_fonciere, excluded.parcelles_count)
"""
# What the file no longer sells in its communes and years, and the mutations that have nothing left
REPLACED = """
WITH gone AS (
    DELETE FROM layers_mutationparcelle p
    USING (SELECT DISTINCT commune, extract(year FROM mutated_on) AS year FROM staging WHERE reason IS NULL) c,
          layers_mutation m
    WHERE p.idu BETWEEN c.commune AND c.commune || 'ZZZZZZZZZ'
      AND m.code = p.mutation_id AND extract(year FROM m.mutated_on) = c.year
      AND NOT EXISTS (
          SELECT FROM staging s WHERE s.reason IS NULL AND s.mutation_id = p.mutation_id AND s.idu = p.idu)
    RETURNING p.id, p.mutation_id
)
DELETE FROM layers_mutation m
WHERE m.code IN (SELECT mutation_id FROM gone)
  AND NOT EXISTS (
      SELECT FROM layers_mutationparcelle p
      WHERE p.mutation_id = m.code AND p.id NOT IN (SELECT id FROM gone))
"""

SOURCE = Source(
    name="dvf",
    title="Demandes de valeurs foncières (DVF)",
    producer="DGFiP, géolocalisation Etalab",
    licence="Licence Ouverte 2.0",
    url="data.gouv.fr, DVF géolocalisées ({année}/departements/{departement}.csv.gz) ou ValeursFoncieres-{année}.txt",
    read=read_dvf,
    parse=parse,
    table="layers_mutationparcelle",
    columns=(
        Column("number", into=None),
        Column("mutated_on", "date", into=None),
        Column("nature", into=None),
        Column("price", "numeric(14,2)", into=None),
        Column("commune", into=None),
        Column("idu"),
        Column("adresse"),
        Column("ban_id"),
        Column("type_local", into=None),
        Column("row_lots", "text[]", into=None),
        Column("carrez", "float8", into=None),
        Column("bati", "float8", into=None),
        Column("pieces", "int", into=None),
        Column("culture", into=None),
        Column("terrain", "float8", into=None),
        *FOLDED,
        Column("geom", "geometry(Point,4326)"),
    ),
    key=("mutation_id", "idu"),
    point="geom",
    commune="commune",
    corrections=(far_positions_left_out("commune"), Correction(FOLD), Correction(FOLDED_ROWS)),
    also_writes=("layers_mutation",),
    before=(MUTATIONS,),
    after=(REPLACED,),
    rejects_need_original=True,
)
