-- The parcelles that the BAN declares for the address that the geocoder named
INSERT INTO anchoring_link
SELECT r.id, 'parcelle', p.idu, 'cad_parcelles', 0.95,
       CASE WHEN ST_Intersects(p.geom, r.geom) THEN 0
            ELSE ST_Distance(r.geom::geography, p.geom::geography) END
FROM anchoring_report r
JOIN anchoring_link l ON l.signalement_id = r.id AND l.kind = 'address' AND l.method = 'geocoder'
JOIN layers_addressparcelle d ON d.address_id = l.place_code
JOIN layers_parcelle p ON p.idu = d.idu AND p.closed_on IS NULL;

-- Else the parcelle under the point, else the nearest one; all those at the same distance
INSERT INTO anchoring_link
SELECT r.id, 'parcelle', n.place_code, CASE WHEN n.distance_m = 0 THEN 'contains' ELSE 'nearest' END,
       CASE WHEN n.distance_m = 0 THEN 0.9 ELSE 0.85 - 0.45 * n.distance_m / %(parcelle_m)s END
           / count(*) OVER (PARTITION BY r.id),
       n.distance_m
FROM anchoring_report r
CROSS JOIN LATERAL (
    SELECT m.*, min(m.distance_m) OVER () AS least_m
    FROM (
        SELECT c.idu AS place_code,
               CASE WHEN c.degrees = 0 THEN 0
                    ELSE ST_Distance(r.geom::geography, c.geom::geography) END AS distance_m
        FROM (
            SELECT p.idu, p.geom, ST_Distance(p.geom, r.geom) AS degrees,
                   min(ST_Distance(p.geom, r.geom)) OVER () AS least_degrees
            FROM layers_parcelle p
            WHERE p.closed_on IS NULL
              AND p.geom && ST_Expand(r.geom, %(parcelle_m)s * r.east_per_m, %(parcelle_m)s * r.north_per_m)
        ) c
        -- A degree is shorter eastwards, by ``squeeze``: what is further than this in degrees is further in metres
        WHERE c.degrees * r.squeeze <= c.least_degrees + %(tie_m)s * r.north_per_m
    ) m
    WHERE m.distance_m <= %(parcelle_m)s
) n
WHERE r.is_precise
  AND n.distance_m <= CASE WHEN n.least_m = 0 THEN 0 ELSE n.least_m + %(tie_m)s END
  AND NOT EXISTS (SELECT 1 FROM anchoring_link l WHERE l.signalement_id = r.id AND l.kind = 'parcelle');
ANALYZE anchoring_link;
