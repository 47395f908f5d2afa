-- The parcelle that the report names or that a person pointed at, if the cadastre still has it
INSERT INTO anchoring_link
SELECT r.id, 'parcelle', p.idu, CASE WHEN r.is_chosen THEN 'chosen' ELSE 'declared' END, 1,
       CASE WHEN ST_Intersects(p.geom, r.geom) THEN 0
            ELSE ST_Distance(r.here, ST_Scale(p.geom, r.east_m, r.north_m)) END, p.millesime
FROM anchoring_report r JOIN layers_parcelle p ON p.idu = r.declared_idu;

-- Else those that the BAN declares for the address that the geocoder named
INSERT INTO anchoring_link
SELECT r.id, 'parcelle', p.idu, 'cad_parcelles', 0.95,
       CASE WHEN ST_Intersects(p.geom, r.geom) THEN 0
            ELSE ST_Distance(r.here, ST_Scale(p.geom, r.east_m, r.north_m)) END, p.millesime
FROM anchoring_report r
JOIN anchoring_link l ON l.signalement_id = r.id AND l.kind = 'address' AND l.method IN ('geocoder', 'chosen')
JOIN layers_addressparcelle d ON d.address_id = l.place_code
JOIN layers_parcelle p ON p.idu = d.idu AND p.closed_on IS NULL
WHERE r.declared_idu IS NULL;
ANALYZE anchoring_link (signalement_id, kind, method, place_code);

-- Else the parcelle under the point (to a millimetre), else the nearest one; all those at the same distance
INSERT INTO anchoring_link
SELECT r.id, 'parcelle', n.place_code, CASE WHEN n.distance_m < 0.001 THEN 'contains' ELSE 'nearest' END,
       CASE WHEN n.distance_m < 0.001 THEN 0.9 ELSE 0.85 - 0.45 * n.distance_m / %(parcelle_m)s END
           / count(*) OVER (PARTITION BY r.id),
       n.distance_m, n.millesime
FROM anchoring_report r
CROSS JOIN LATERAL (
    SELECT c.*, min(c.distance_m) OVER () AS least_m
    FROM (
        SELECT p.idu AS place_code, p.millesime,
               ST_Distance(r.here, ST_Scale(p.geom, r.east_m, r.north_m)) AS distance_m
        FROM layers_parcelle p
        WHERE p.closed_on IS NULL
          AND p.geom && ST_Expand(r.geom, %(parcelle_m)s / r.east_m, %(parcelle_m)s / r.north_m)
        OFFSET 0
    ) c
    WHERE c.distance_m <= %(parcelle_m)s
) n
WHERE r.is_precise
  AND n.distance_m <= CASE WHEN n.least_m < 0.001 THEN 0.001 ELSE n.least_m + %(tie_m)s END
  AND NOT EXISTS (SELECT 1 FROM anchoring_link l WHERE l.signalement_id = r.id AND l.kind = 'parcelle');
ANALYZE anchoring_link (signalement_id, kind, method, place_code);
