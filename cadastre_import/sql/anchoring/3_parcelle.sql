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

-- Else those that the plan cadastral gives to the same number written beside the address. The plan tells no street: at
-- a corner where two numbers are the same and do not serve the same parcelle, it says nothing.
INSERT INTO anchoring_link
WITH named AS MATERIALIZED (
    SELECT r.id, r.east_m, r.north_m, a.geom, a.numero, lower(left(a.rep, 1)) AS rep
    FROM anchoring_report r
    JOIN anchoring_link l ON l.signalement_id = r.id AND l.kind = 'address' AND l.method IN ('geocoder', 'chosen')
    JOIN layers_address a ON a.ban_id = l.place_code
    WHERE r.declared_idu IS NULL AND EXISTS (SELECT FROM layers_numerocadastral)
      AND NOT EXISTS (SELECT FROM anchoring_link d WHERE d.signalement_id = r.id AND d.kind = 'parcelle')
), written AS (
    SELECT a.id, array_agg(n.idu ORDER BY n.idu) AS served
    FROM named a
    CROSS JOIN LATERAL (
        SELECT n.geom, n.idu
        FROM layers_numerocadastral n
        WHERE n.closed_on IS NULL AND n.numero = a.numero AND left(n.rep, 1) = a.rep
          AND n.geom && ST_Expand(a.geom, %(numero_m)s / a.east_m, %(numero_m)s / a.north_m)
          AND ST_Distance(ST_Scale(a.geom, a.east_m, a.north_m), ST_Scale(n.geom, a.east_m, a.north_m)) <= %(numero_m)s
        OFFSET 0
    ) n
    GROUP BY a.id, n.geom
), told AS (
    SELECT id, unnest(min(served)) AS idu FROM written GROUP BY id HAVING count(DISTINCT served) = 1
)
SELECT r.id, 'parcelle', p.idu, 'numero_cadastral', 0.92 / count(*) OVER (PARTITION BY r.id),
       CASE WHEN ST_Intersects(p.geom, r.geom) THEN 0
            ELSE ST_Distance(r.here, ST_Scale(p.geom, r.east_m, r.north_m)) END, p.millesime
FROM told t
JOIN anchoring_report r ON r.id = t.id
JOIN layers_parcelle p ON p.idu = t.idu AND p.closed_on IS NULL;
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
