-- The reports to anchor, with what the cascade needs of each. A report is precise when its point is that of a
-- house number, was declared or was put there by a person; a report known to its street only keeps the street. A
-- declared parcelle places it whatever its point is worth. What a person chose is believed before all the rest.
--
-- ``east_m`` and ``north_m`` are the metres in one degree of the ellipsoid at its latitude: around a point, shapes
-- scaled by them are in metres, to a hundred-thousandth at 50 m and at a tenth of the cost of geography.
CREATE TEMP TABLE anchoring_report ON COMMIT DROP AS
SELECT r.*, m.*, ST_Scale(r.geom, m.east_m, m.north_m) AS here
FROM (
    SELECT s.id, s.precision, s.code_insee, s.commune_id,
           CASE WHEN c.id IS NULL THEN s.declared_iris ELSE '' END AS declared_iris, p.idu AS declared_idu,
           s.geom AS read_geom, coalesce(g.ban_id, '') AS read_ban_id, coalesce(c.id, 0) AS read_choice,
           c.id IS NOT NULL AS is_chosen,
           CASE WHEN s.precision IN ('numero', 'declaree', 'manuelle') OR p.idu IS NULL THEN s.geom
                ELSE ST_PointOnSurface(p.geom) END AS geom,
           s.precision IN ('numero', 'declaree', 'manuelle') AND s.geom IS NOT NULL AS is_precise,
           p.idu IS NOT NULL OR s.precision IN ('numero', 'declaree', 'manuelle') AND s.geom IS NOT NULL AS is_placed,
           CASE WHEN s.precision = 'manuelle' THEN nullif(c.ban_id, '')
                WHEN s.precision = 'numero' AND g.kind = 'housenumber' THEN g.ban_id END AS ban_id,
           CASE WHEN s.precision = 'voie' THEN coalesce(a.voie_id, nullif(c.ban_id, ''), g.ban_id) END AS voie_id,
           CASE WHEN c.id IS NULL THEN coalesce(g.score, 0) ELSE 1 END AS score
    FROM anchoring_moved m
    JOIN layers_signalement s ON s.id = m.id
    LEFT JOIN layers_geocoding g ON g.signalement_id = s.id
    LEFT JOIN layers_placechoice c ON c.signalement_id = s.id AND c.is_current
    LEFT JOIN layers_address a ON a.ban_id = CASE WHEN c.id IS NULL THEN g.ban_id ELSE c.ban_id END
    LEFT JOIN layers_parcelle p ON p.closed_on IS NULL
        AND p.idu = nullif(CASE WHEN c.id IS NULL THEN s.declared_idu ELSE c.idu END, '')
) r
CROSS JOIN LATERAL (SELECT radians(ST_Y(r.geom)) AS y OFFSET 0) latitude
CROSS JOIN LATERAL (
    SELECT 111412.84 * cos(y) - 93.5 * cos(3 * y) + 0.118 * cos(5 * y) AS east_m,
           111132.954 - 559.822 * cos(2 * y) + 1.175 * cos(4 * y) AS north_m
    OFFSET 0
) m;
ALTER TABLE anchoring_report ADD PRIMARY KEY (id);
ANALYZE anchoring_report (id, ban_id, voie_id, code_insee, commune_id, declared_idu, declared_iris, is_precise, is_placed);

-- What is found, step by step
CREATE TEMP TABLE anchoring_link (
    signalement_id bigint, kind text, place_code text, method text, score float8, distance_m float8, millesime date
) ON COMMIT DROP;

-- The house numbers of the streets that reports are known by: a street is where its numbers are
CREATE TEMP TABLE anchoring_street ON COMMIT DROP AS
SELECT a.voie_id, ST_Collect(a.geom) AS extent
FROM layers_address a
WHERE a.closed_on IS NULL AND a.voie_id IN (SELECT voie_id FROM anchoring_report)
GROUP BY a.voie_id;
