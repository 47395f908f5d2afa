-- One link is retained per report and kind; every perimeter is. Rounded, so that two runs agree.
CREATE TEMP TABLE anchoring_result ON COMMIT DROP AS
SELECT signalement_id, kind, place_code, method, score, distance_m,
       kind = 'zone' OR row_number() OVER (
           PARTITION BY signalement_id, kind ORDER BY score DESC, distance_m NULLS LAST, place_code
       ) = 1 AS is_best
FROM (
    SELECT signalement_id, kind, place_code, method, round(least(score, 1)::numeric, 3)::float8 AS score,
           round(distance_m::numeric, 2)::float8 AS distance_m
    FROM anchoring_link
) l;
CREATE INDEX ON anchoring_result (signalement_id, kind, place_code);
ANALYZE anchoring_result;

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
written AS (
    INSERT INTO layers_anchor AS a (signalement_id, kind, place_code, method, score, distance_m, is_best)
    SELECT signalement_id, kind, place_code, method, score, distance_m, is_best FROM anchoring_result
    ON CONFLICT (signalement_id, kind, place_code) DO UPDATE
    SET method = excluded.method, score = excluded.score, distance_m = excluded.distance_m,
        is_best = excluded.is_best
    WHERE (a.method, a.score, a.distance_m, a.is_best)
        IS DISTINCT FROM (excluded.method, excluded.score, excluded.distance_m, excluded.is_best)
    RETURNING a.id
)
SELECT (SELECT count(*) FROM removed) AS removed, (SELECT count(*) FROM written) AS written;
