-- One link is retained per report and kind; every perimeter is. Rounded, so that two runs agree.
CREATE TEMP TABLE anchoring_result ON COMMIT DROP AS
SELECT signalement_id, kind, place_code, method, score, distance_m, millesime,
       kind = 'zone' OR row_number() OVER (
           PARTITION BY signalement_id, kind COLLATE "C"
           ORDER BY score DESC, distance_m NULLS LAST, place_code COLLATE "C"
       ) = 1 AS is_best
FROM (
    SELECT signalement_id, kind, place_code, method, round(least(score, 1)::numeric, 3)::float8 AS score,
           round(distance_m::numeric, 2)::float8 AS distance_m, millesime
    FROM anchoring_link
) l;
ANALYZE anchoring_result (signalement_id, kind, place_code);

-- Only what differs is written
CREATE TEMP TABLE anchoring_count ON COMMIT DROP AS
WITH removed AS (
    DELETE FROM layers_anchor a USING anchoring_report r
    WHERE a.signalement_id = r.id AND NOT EXISTS (
        SELECT 1 FROM anchoring_result n
        WHERE (n.signalement_id, n.kind, n.place_code) = (a.signalement_id, a.kind, a.place_code)
    )
    RETURNING a.id
),
differing AS MATERIALIZED (
    SELECT n.*, a.id AS anchor_id
    FROM anchoring_result n
    LEFT JOIN layers_anchor a USING (signalement_id, kind, place_code)
    WHERE a.id IS NULL OR (a.method, a.score, a.distance_m, a.is_best, a.millesime)
        IS DISTINCT FROM (n.method, n.score, n.distance_m, n.is_best, n.millesime)
),
rewritten AS (
    UPDATE layers_anchor a
    SET method = d.method, score = d.score, distance_m = d.distance_m, is_best = d.is_best, millesime = d.millesime
    FROM differing d WHERE a.id = d.anchor_id
    RETURNING a.id
),
added AS (
    INSERT INTO layers_anchor (signalement_id, kind, place_code, method, score, distance_m, is_best, millesime)
    SELECT signalement_id, kind, place_code, method, score, distance_m, is_best, millesime
    FROM differing WHERE anchor_id IS NULL
    RETURNING id
)
SELECT (SELECT count(*) FROM removed) AS removed,
       (SELECT count(*) FROM rewritten) + (SELECT count(*) FROM added) AS written;

-- A report that was moved or geocoded again meanwhile is still to be anchored
UPDATE layers_signalement s SET anchored_at = %(as_of)s
FROM anchoring_report r
LEFT JOIN layers_geocoding g ON g.signalement_id = r.id
LEFT JOIN layers_placechoice c ON c.signalement_id = r.id AND c.is_current
WHERE s.id = r.id AND coalesce(g.ban_id, '') = r.read_ban_id AND coalesce(c.id, 0) = r.read_choice
  AND (s.geom, s.precision, s.code_insee, s.commune_id) IS NOT DISTINCT FROM
      (r.read_geom, r.precision, r.code_insee, r.commune_id);
