-- IRIS: the one that contains the point, else the nearest, since most published contours are generalised
INSERT INTO anchoring_link
SELECT r.id, 'iris', n.place_code, CASE WHEN n.distance_m = 0 THEN 'contains' ELSE 'nearest' END,
       CASE WHEN n.distance_m = 0 THEN 1 ELSE 0.8 END / count(*) OVER (PARTITION BY r.id), n.distance_m
FROM anchoring_report r
CROSS JOIN LATERAL (
    SELECT m.*, min(m.distance_m) OVER () AS least_m
    FROM (
        SELECT c.code AS place_code,
               CASE WHEN c.degrees = 0 THEN 0
                    ELSE ST_Distance(r.geom::geography, c.geom::geography) END AS distance_m
        FROM (
            SELECT i.code, i.geom, ST_Distance(i.geom, r.geom) AS degrees,
                   min(ST_Distance(i.geom, r.geom)) OVER () AS least_degrees
            FROM layers_iris i
            WHERE i.closed_on IS NULL
              AND i.geom && ST_Expand(r.geom, %(iris_m)s * r.east_per_m, %(iris_m)s * r.north_per_m)
        ) c
        WHERE c.degrees * r.squeeze <= c.least_degrees + %(tie_m)s * r.north_per_m
    ) m
    WHERE m.distance_m <= %(iris_m)s
) n
WHERE r.is_precise
  AND n.distance_m <= CASE WHEN n.least_m = 0 THEN 0 ELSE n.least_m + %(tie_m)s END;

-- A street has an IRIS when all its house numbers are in it
INSERT INTO anchoring_link
SELECT r.id, 'iris', s.code, 'contains', r.score, 0
FROM anchoring_report r
JOIN (
    SELECT t.voie_id, min(i.code) AS code
    FROM anchoring_street t JOIN layers_iris i ON i.closed_on IS NULL AND ST_Intersects(i.geom, t.extent)
    GROUP BY t.voie_id HAVING count(*) = 1
) s ON s.voie_id = r.voie_id;

-- A commune that is not divided is its own IRIS, whatever the precision
INSERT INTO anchoring_link
SELECT r.id, 'iris', c.code, 'contains', 0.9, NULL
FROM anchoring_report r
JOIN (
    SELECT commune_id, min(code) AS code FROM layers_iris WHERE closed_on IS NULL
    GROUP BY commune_id HAVING count(*) = 1
) c ON c.commune_id = r.commune_id
WHERE NOT EXISTS (SELECT 1 FROM anchoring_link l WHERE l.signalement_id = r.id AND l.kind = 'iris');

-- Commune: the declared code is believed before the geometry
INSERT INTO anchoring_link
SELECT r.id, 'commune', c.code, 'declared', 1,
       CASE WHEN ST_Intersects(c.geom, r.geom) THEN 0
            ELSE ST_Distance(r.geom::geography, c.geom::geography) END
FROM anchoring_report r JOIN layers_commune c ON c.code = r.code_insee;

INSERT INTO anchoring_link
SELECT r.id, 'commune', c.code, 'contains', 0.95 / count(*) OVER (PARTITION BY r.id), 0
FROM anchoring_report r JOIN layers_commune c ON ST_Intersects(c.geom, r.geom)
WHERE NOT EXISTS (SELECT 1 FROM anchoring_link l WHERE l.signalement_id = r.id AND l.kind = 'commune');

INSERT INTO anchoring_link
SELECT r.id, 'commune', r.commune_id, 'geocoder', r.score, NULL
FROM anchoring_report r
WHERE r.commune_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM anchoring_link l WHERE l.signalement_id = r.id AND l.kind = 'commune');

-- Perimeters: all those that hold the point, or every house number of the street; their dates are the reader's
INSERT INTO anchoring_link
SELECT r.id, 'zone', z.code, 'contains', 1, 0
FROM anchoring_report r JOIN layers_zone z ON ST_Intersects(z.geom, r.geom)
WHERE r.is_precise;

INSERT INTO anchoring_link
SELECT r.id, 'zone', z.code, 'contains', r.score, 0
FROM anchoring_report r
JOIN anchoring_street t ON t.voie_id = r.voie_id
JOIN layers_zone z ON ST_Covers(z.geom, t.extent);
