"""The SQL by which a report of the API finds its row, and by which its visits and its partners are written."""

from cadastre_import.source import Check

# One report under one reference and one identifier: which of two rows is it, nobody can tell
SAME_REFERENCE = Check(
    """NOT EXISTS (SELECT 1 FROM staging o WHERE o.line < s.line AND o.uuid <> s.uuid
        AND o.departement = s.departement AND o.reference = s.reference)""",
    "'reference : ' || s.reference || ' deux fois, sous deux identifiants'",
)
ONE_ROW = Check(
    """NOT EXISTS (
        SELECT 1 FROM layers_signalement r
        WHERE r.departement = s.departement AND r.reference = s.reference AND r.uuid IS DISTINCT FROM s.uuid
          AND (r.uuid IS NOT NULL OR EXISTS (SELECT 1 FROM layers_signalement o WHERE o.uuid = s.uuid))
    )""",
    "'reference : ' || s.reference || ' est déjà celle d’un autre signalement'",
)
# A report whose commune was corrected to another département keeps its row
MOVED = """
UPDATE layers_signalement r SET departement = s.departement, reference = s.reference
FROM staging s
WHERE s.reason IS NULL AND r.uuid = s.uuid AND (r.departement, r.reference) <> (s.departement, s.reference)
"""
HANGING = {
    "layers_visit": (
        "visits",
        "uuid uuid, type text, status text, visited_on date, is_occupant_present boolean, is_owner_present boolean, "
        "conclusions text[], partner text",
    ),
    "layers_affectation": (
        "affectations",
        "uuid uuid, partner text, partner_type text, status text, affected_on date, answered_on date, "
        "motif_cloture text, motif_refus text",
    ),
}


GONE = """
DELETE FROM {table} h USING staging s, layers_signalement r
WHERE s.reason IS NULL AND r.uuid = s.uuid AND h.signalement_id = r.id
  AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(s.{column}) x WHERE (x ->> 'uuid')::uuid = h.uuid)
"""
WRITTEN = """
INSERT INTO {table} AS h (signalement_id, {names})
SELECT DISTINCT ON (x.uuid) r.id, {values}
FROM staging s JOIN layers_signalement r ON r.uuid = s.uuid, jsonb_to_recordset(s.{column}) AS x ({described})
WHERE s.reason IS NULL ORDER BY x.uuid, s.line DESC
ON CONFLICT (uuid) DO UPDATE SET {set} WHERE {differs}
"""


def _hanging(table: str) -> tuple[str, str]:
    """Give the statements that remove what a report no longer has, and write what it has."""
    column, described = HANGING[table]
    names = [part.split()[0] for part in described.split(", ")]
    changed = [name for name in ("signalement_id", *names) if name != "uuid"]
    parts = {
        "names": ", ".join(names),
        "values": ", ".join(f"x.{name}" for name in names),
        "set": ", ".join(f"{name} = excluded.{name}" for name in changed),
        "differs": " OR ".join(f"h.{name} IS DISTINCT FROM excluded.{name}" for name in changed),
    }
    written = WRITTEN.format(table=table, column=column, described=described, **parts)
    return GONE.format(table=table, column=column), written


HANGING_WRITTEN = (*_hanging("layers_visit"), *_hanging("layers_affectation"))
