"""The memory of choices: a report that declares an address which a person already placed goes there at once."""

from collections.abc import Iterable

from django.db import connection

FAR_M = 200  # a declared point this far from the remembered position tells that it may be another place

# The last choice of each address that stands, for the reports that nobody has ever placed and that wait for it:
# those to be looked at, and those never geocoded. An address without a position does not hide a declared point.
REPEAT = """
WITH remembered AS (
    SELECT DISTINCT ON (c.address_key) c.*
    FROM layers_placechoice c
    WHERE c.kind NOT IN ('undone', 'repeated') AND c.address_key <> ''
      AND NOT EXISTS (SELECT 1 FROM layers_placechoice u WHERE u.undoes_id = c.id)
    ORDER BY c.address_key, c.id DESC
),
repeated AS (
    INSERT INTO layers_placechoice
        (signalement_id, address_key, kind, label, ban_id, idu, reason, point, precision, commune_id, is_current,
         previous_point, previous_precision, previous_needs_review, previous_commune_id, repeats_id, chosen_by_id,
         chosen_at)
    SELECT s.id, s.address_key, 'repeated', c.label, c.ban_id, c.idu, c.reason, c.point, c.precision, c.commune_id,
           true, s.geom, s.precision, s.needs_review, s.commune_id, c.id, c.chosen_by_id, now()
    FROM remembered c
    JOIN layers_signalement s ON s.address_key = c.address_key
    WHERE (%(only)s::bigint[] IS NULL OR s.id = ANY(%(only)s))
      AND (s.needs_review OR NOT EXISTS (SELECT 1 FROM layers_geocoding g WHERE g.signalement_id = s.id))
      AND (c.point IS NOT NULL OR s.declared_geom IS NULL)
      AND NOT EXISTS (SELECT 1 FROM layers_placechoice o WHERE o.signalement_id = s.id)
    ON CONFLICT (signalement_id) WHERE is_current DO NOTHING
    RETURNING signalement_id, point, precision, commune_id
)
UPDATE layers_signalement s
SET geom = r.point, precision = r.precision, commune_id = coalesce(r.commune_id, s.commune_id), anchored_at = NULL,
    needs_review = coalesce(NOT ST_DWithin(r.point::geography, s.declared_geom::geography, %(far_m)s), false)
FROM repeated r
WHERE s.id = r.signalement_id
"""


def repeat_choices(only: Iterable[int] | None = None) -> int:
    """Place the reports whose declared address was placed before, and give how many they are.

    ``only`` restricts to these report ids. A report on which a person has acted, be it to undo, is left alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(REPEAT, {"only": None if only is None else list(only), "far_m": FAR_M})
        return int(cursor.rowcount)
