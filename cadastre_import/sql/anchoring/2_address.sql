-- The address that the geocoder named or that a person chose, if the register still has it
INSERT INTO anchoring_link
SELECT r.id, 'address', a.ban_id, CASE WHEN r.is_chosen THEN 'chosen' ELSE 'geocoder' END, r.score,
       ST_Distance(r.here, ST_Scale(a.geom, r.east_m, r.north_m)), a.millesime
FROM anchoring_report r JOIN layers_address a ON a.ban_id = r.ban_id AND a.closed_on IS NULL
WHERE r.is_precise;
ANALYZE anchoring_link (signalement_id, kind, method, place_code);

-- Else the nearest one
INSERT INTO anchoring_link
SELECT r.id, 'address', n.place_code, 'nearest',
       (0.8 - 0.4 * n.distance_m / %(address_m)s) / count(*) OVER (PARTITION BY r.id), n.distance_m, n.millesime
FROM anchoring_report r
CROSS JOIN LATERAL (
    SELECT c.*, min(c.distance_m) OVER () AS least_m
    FROM (
        SELECT a.ban_id AS place_code, a.millesime,
               ST_Distance(r.here, ST_Scale(a.geom, r.east_m, r.north_m)) AS distance_m
        FROM layers_address a
        WHERE a.closed_on IS NULL
          AND a.geom && ST_Expand(r.geom, %(address_m)s / r.east_m, %(address_m)s / r.north_m)
        OFFSET 0
    ) c
    WHERE c.distance_m <= %(address_m)s
) n
WHERE r.is_precise AND n.distance_m <= n.least_m + %(tie_m)s
  AND NOT EXISTS (SELECT 1 FROM anchoring_link l WHERE l.signalement_id = r.id);
ANALYZE anchoring_link (signalement_id, kind, method, place_code);
