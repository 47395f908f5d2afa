-- The reports to anchor, with what the cascade needs of each. A report is precise when its point is that of a
-- house number or was declared; a report known to its street only keeps the street.
CREATE TEMP TABLE anchoring_report ON COMMIT DROP AS
SELECT s.id, s.geom, s.precision, s.code_insee, s.commune_id,
       s.precision IN ('numero', 'declaree') AND s.geom IS NOT NULL AS is_precise,
       CASE WHEN s.precision = 'numero' AND g.kind = 'housenumber' THEN g.ban_id END AS ban_id,
       CASE WHEN s.precision = 'voie' THEN coalesce(a.voie_id, g.ban_id) END AS voie_id,
       coalesce(g.score, 0) AS score,
       -- degrees in one metre, never too few: boxes around a point, which the index reads
       1 / 110000.0 AS north_per_m, 1 / (110000.0 * cos(radians(ST_Y(s.geom)))) AS east_per_m,
       0.98 * cos(radians(ST_Y(s.geom))) AS squeeze
FROM layers_signalement s
LEFT JOIN layers_geocoding g ON g.signalement_id = s.id
LEFT JOIN layers_address a ON a.ban_id = g.ban_id
WHERE %(only)s::bigint[] IS NULL OR s.id = ANY(%(only)s);

ALTER TABLE anchoring_report ADD PRIMARY KEY (id);
ANALYZE anchoring_report;

-- What is found, step by step
CREATE TEMP TABLE anchoring_link (
    signalement_id bigint, kind text, place_code text, method text, score float8, distance_m float8
) ON COMMIT DROP;
CREATE INDEX ON anchoring_link (signalement_id, kind);

-- The house numbers of the streets that reports are known by: a street is where its numbers are
CREATE TEMP TABLE anchoring_street ON COMMIT DROP AS
SELECT a.voie_id, ST_Collect(a.geom) AS extent
FROM layers_address a
WHERE a.closed_on IS NULL AND a.voie_id IN (SELECT voie_id FROM anchoring_report)
GROUP BY a.voie_id;
