-- Pairs of standing reports of one place, of near days, that do not name two different doors, with what they have in
-- common. ``text`` and ``desordres`` are NULL when one of the two says nothing: what is unknown is no difference.
CREATE TEMP TABLE duplicate_report ON COMMIT DROP AS
SELECT s.id, s.received_on, s.commune_id, lower(trim(s.etage)) AS etage, lower(trim(s.escalier)) AS escalier,
       lower(trim(s.appartement)) AS appartement, left(s.description, 1000) AS description, b.place_code AS batiment,
       p.place_code AS parcelle, a.place_code AS address, coalesce(d.labels, '{}') AS labels
FROM layers_signalement s
LEFT JOIN layers_anchor b ON b.signalement_id = s.id AND b.kind = 'batiment' AND b.is_best
LEFT JOIN layers_anchor p ON p.signalement_id = s.id AND p.kind = 'parcelle' AND p.is_best
LEFT JOIN layers_anchor a ON a.signalement_id = s.id AND a.kind = 'address' AND a.is_best
LEFT JOIN (
    SELECT signalement_id, array_agg(label) AS labels FROM layers_desordre GROUP BY signalement_id
) d ON d.signalement_id = s.id
WHERE s.merged_into_id IS NULL AND NOT s.status = ANY(%(invalid)s)
  AND (b.place_code IS NOT NULL OR p.place_code IS NOT NULL);
CREATE INDEX ON duplicate_report (batiment, received_on);
CREATE INDEX ON duplicate_report (parcelle, received_on);
ANALYZE duplicate_report;

CREATE TEMP TABLE duplicate_pair ON COMMIT DROP AS
WITH near AS MATERIALIZED (
    SELECT a.id AS first_id, b.id AS second_id, 'batiment' AS kind, a.batiment AS place_code
    FROM duplicate_report a JOIN duplicate_report b
        ON b.batiment = a.batiment AND b.received_on BETWEEN a.received_on - %(days)s AND a.received_on + %(days)s
    WHERE a.id < b.id
    UNION ALL
    SELECT a.id, b.id, 'parcelle', a.parcelle
    FROM duplicate_report a JOIN duplicate_report b
        ON b.parcelle = a.parcelle AND b.received_on BETWEEN a.received_on - %(days)s AND a.received_on + %(days)s
    WHERE a.id < b.id AND (a.batiment IS NULL OR b.batiment IS NULL)
),
compared AS MATERIALIZED (
    SELECT n.*, abs(a.received_on - b.received_on) AS days_apart,
           cardinality(ARRAY(SELECT unnest(a.labels) INTERSECT SELECT unnest(b.labels))) AS shared,
           cardinality(ARRAY(SELECT unnest(a.labels) UNION SELECT unnest(b.labels))) AS told,
           a.labels <> '{}' AND b.labels <> '{}' AS both_tell,
           coalesce(a.address <> b.address, false) AS other_entrance,
           a.appartement <> '' AND a.appartement = b.appartement AS same_door,
           a.etage <> '' AND a.etage = b.etage AS same_floor,
           a.description AS description_a, b.description AS description_b
    FROM near n JOIN duplicate_report a ON a.id = n.first_id JOIN duplicate_report b ON b.id = n.second_id
    WHERE a.commune_id IS NOT DISTINCT FROM b.commune_id
      AND (a.appartement = '' OR b.appartement = '' OR a.appartement = b.appartement)
      AND (a.etage = '' OR b.etage = '' OR a.etage = b.etage)
      AND (a.escalier = '' OR b.escalier = '' OR a.escalier = b.escalier)
),
measured AS MATERIALIZED (
    SELECT *, CASE WHEN both_tell THEN shared::float8 / told END AS overlap,
           CASE WHEN length(description_a) >= 20 AND length(description_b) >= 20
                THEN similarity(description_a, description_b)::float8 END AS text
    FROM compared
    -- What shares no defect and no door is not read: two texts of one building resemble each other too easily
    WHERE shared > 0 OR same_door OR NOT both_tell
)
SELECT first_id, second_id, kind, place_code, days_apart, shared, told, text, same_door, same_floor,
       round(((
           0.15 * CASE WHEN other_entrance THEN 0 WHEN kind = 'batiment' THEN 1 ELSE 0.5 END
           + 0.25 * (1 - days_apart::float8 / %(days)s)
           + 0.30 * coalesce(overlap, 0) + 0.15 * coalesce(text, 0)
           + CASE WHEN same_door THEN 0.15 WHEN same_floor THEN 0.08 ELSE 0 END
       ) / (0.15 + 0.25 + CASE WHEN overlap IS NULL THEN 0 ELSE 0.30 END + CASE WHEN text IS NULL THEN 0 ELSE 0.15 END
            + CASE WHEN same_door OR same_floor THEN 0.15 ELSE 0.05 END))::numeric, 3)::float8 AS score
FROM measured
WHERE overlap >= 0.3 OR text >= 0.4 OR same_door;
