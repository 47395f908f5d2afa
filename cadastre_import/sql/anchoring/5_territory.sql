-- IRIS: the one that the report names
INSERT INTO anchoring_link
SELECT r.id, 'iris', i.code, 'declared', 1,
       CASE WHEN r.is_placed AND ST_Intersects(i.geom, r.geom) THEN 0
            WHEN r.is_placed THEN ST_Distance(r.here, ST_Scale(i.geom, r.east_m, r.north_m)) END, i.millesime
FROM anchoring_report r JOIN layers_iris i ON i.code = r.declared_iris AND i.closed_on IS NULL
WHERE r.declared_iris <> '';
ANALYZE anchoring_link (signalement_id, kind, method, place_code);

-- Else the one that contains the point
INSERT INTO anchoring_link
SELECT r.id, 'iris', i.code, 'contains', 1.0 / count(*) OVER (PARTITION BY r.id), 0, i.millesime
FROM anchoring_report r JOIN layers_iris i ON i.closed_on IS NULL AND ST_Intersects(i.geom, r.geom)
WHERE r.is_placed
  AND NOT EXISTS (SELECT 1 FROM anchoring_link l WHERE l.signalement_id = r.id AND l.kind = 'iris');
ANALYZE anchoring_link (signalement_id, kind, method, place_code);

-- Else the nearest, since most published contours are generalised
INSERT INTO anchoring_link
SELECT r.id, 'iris', n.place_code, 'nearest', 0.8 / count(*) OVER (PARTITION BY r.id), n.distance_m, n.millesime
FROM anchoring_report r
CROSS JOIN LATERAL (
    SELECT c.*, min(c.distance_m) OVER () AS least_m
    FROM (
        SELECT i.code AS place_code, i.millesime,
               ST_Distance(r.here, ST_Scale(i.geom, r.east_m, r.north_m)) AS distance_m
        FROM layers_iris i
        WHERE i.closed_on IS NULL
          AND i.geom && ST_Expand(r.geom, %(iris_m)s / r.east_m, %(iris_m)s / r.north_m)
        OFFSET 0
    ) c
    WHERE c.distance_m <= %(iris_m)s
) n
WHERE r.is_placed AND n.distance_m <= n.least_m + %(tie_m)s
  AND NOT EXISTS (SELECT 1 FROM anchoring_link l WHERE l.signalement_id = r.id AND l.kind = 'iris');

-- A street has an IRIS when all its house numbers are in it
INSERT INTO anchoring_link
SELECT r.id, 'iris', s.code, 'contains', r.score, 0, s.millesime
FROM anchoring_report r
JOIN (
    SELECT t.voie_id, min(i.code) AS code, min(i.millesime) AS millesime
    FROM anchoring_street t JOIN layers_iris i ON i.closed_on IS NULL AND ST_Intersects(i.geom, t.extent)
    GROUP BY t.voie_id HAVING count(*) = 1
) s ON s.voie_id = r.voie_id
WHERE NOT EXISTS (SELECT 1 FROM anchoring_link l WHERE l.signalement_id = r.id AND l.kind = 'iris');

-- A commune that is not divided is its own IRIS, whatever the precision
INSERT INTO anchoring_link
SELECT r.id, 'iris', c.code, 'contains', 0.9, NULL, c.millesime
FROM anchoring_report r
JOIN (
    SELECT commune_id, min(code) AS code, min(millesime) AS millesime FROM layers_iris WHERE closed_on IS NULL
    GROUP BY commune_id HAVING count(*) = 1
) c ON c.commune_id = r.commune_id
WHERE NOT EXISTS (SELECT 1 FROM anchoring_link l WHERE l.signalement_id = r.id AND l.kind = 'iris');

-- Commune: the declared code is believed before the geometry. Its edition is that of the last import that wrote it.
CREATE TEMP TABLE anchoring_commune ON COMMIT DROP AS
SELECT c.code, c.geom, (
    SELECT max(i.millesime) FROM layers_importrun i
    WHERE i.source = ANY(%(commune_sources)s) AND i.status = 'done'
      AND (i.coverage = '{}' OR c.code = ANY(i.coverage))
) AS millesime
FROM layers_commune c
WHERE c.code IN (SELECT code_insee FROM anchoring_report) OR c.code IN (SELECT commune_id FROM anchoring_report)
   OR EXISTS (SELECT 1 FROM anchoring_report r WHERE ST_Intersects(c.geom, r.geom));
ANALYZE anchoring_commune;

INSERT INTO anchoring_link
SELECT r.id, 'commune', c.code, 'declared', 1,
       CASE WHEN ST_Intersects(c.geom, r.geom) THEN 0
            ELSE ST_Distance(r.geom::geography, c.geom::geography) END, c.millesime
FROM anchoring_report r JOIN anchoring_commune c ON c.code = r.code_insee
WHERE NOT r.is_chosen OR r.geom IS NULL;
ANALYZE anchoring_link (signalement_id, kind, method, place_code);

INSERT INTO anchoring_link
SELECT r.id, 'commune', c.code, 'contains', 0.95 / count(*) OVER (PARTITION BY r.id), 0, c.millesime
FROM anchoring_report r JOIN anchoring_commune c ON ST_Intersects(c.geom, r.geom)
WHERE NOT EXISTS (SELECT 1 FROM anchoring_link l WHERE l.signalement_id = r.id AND l.kind = 'commune');

INSERT INTO anchoring_link
SELECT r.id, 'commune', r.commune_id, 'geocoder', r.score, NULL, c.millesime
FROM anchoring_report r JOIN anchoring_commune c ON c.code = r.commune_id
WHERE NOT EXISTS (SELECT 1 FROM anchoring_link l WHERE l.signalement_id = r.id AND l.kind = 'commune');

-- Perimeters: all those that hold the point, or every house number of the street; their dates are the reader's
INSERT INTO anchoring_link
SELECT r.id, 'zone', z.code, 'contains', 1, 0, NULL
FROM anchoring_report r JOIN layers_zone z ON ST_Intersects(z.geom, r.geom)
WHERE r.is_placed;

INSERT INTO anchoring_link
SELECT r.id, 'zone', z.code, 'contains', r.score, 0, NULL
FROM anchoring_report r
JOIN anchoring_street t ON t.voie_id = r.voie_id
JOIN layers_zone z ON ST_Covers(z.geom, t.extent)
WHERE NOT r.is_placed;
