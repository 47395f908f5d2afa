-- The buildings that the RNB links to the address; a declared parcelle is believed before it
INSERT INTO anchoring_link
SELECT r.id, 'batiment', b.code, 'rnb', 0.95,
       ST_Distance(r.here, ST_Scale(b.geom, r.east_m, r.north_m)), b.millesime
FROM anchoring_report r
JOIN anchoring_link l ON l.signalement_id = r.id AND l.kind = 'address' AND l.method IN ('geocoder', 'chosen')
JOIN layers_batimentaddress d ON d.ban_id = l.place_code
JOIN layers_batiment b ON b.code = d.batiment_id AND b.closed_on IS NULL
WHERE r.declared_idu IS NULL;
ANALYZE anchoring_link (signalement_id, kind, method, place_code);

-- Else the building that the point stands in: declared points are often those of buildings
INSERT INTO anchoring_link
SELECT r.id, 'batiment', b.code, 'contains', 0.9 / count(*) OVER (PARTITION BY r.id), 0, b.millesime
FROM anchoring_report r
JOIN layers_batiment b ON b.closed_on IS NULL AND ST_Intersects(b.geom, r.geom)
WHERE r.is_precise AND r.declared_idu IS NULL
  AND NOT EXISTS (SELECT 1 FROM anchoring_link l WHERE l.signalement_id = r.id AND l.kind = 'batiment');

-- Else the buildings that the RNB links to the parcelles
INSERT INTO anchoring_link
SELECT r.id, 'batiment', b.code, 'rnb',
       max(l.score * coalesce(d.cover_ratio, 0.5) * CASE b.type WHEN '02' THEN 0.5 ELSE 1 END),
       min(ST_Distance(r.here, ST_Scale(b.geom, r.east_m, r.north_m))), b.millesime
FROM anchoring_report r
JOIN anchoring_link l ON l.signalement_id = r.id AND l.kind = 'parcelle'
JOIN layers_batimentparcelle d ON d.idu = l.place_code
JOIN layers_batiment b ON b.code = d.batiment_id AND b.closed_on IS NULL
WHERE coalesce(d.cover_ratio, 1) >= %(share)s
  AND NOT EXISTS (SELECT 1 FROM anchoring_link k WHERE k.signalement_id = r.id AND k.kind = 'batiment')
GROUP BY r.id, b.code;
ANALYZE anchoring_link (signalement_id, kind, method, place_code);

-- Else the buildings drawn on the parcelles, by the share of each that stands there; one parcelle serves many
-- reports, so its buildings are measured once. A share is a ratio of two areas side by side: degrees do for it.
INSERT INTO anchoring_link
WITH lacking AS MATERIALIZED (
    SELECT r.id, r.here, r.east_m, r.north_m, l.place_code AS idu, l.score
    FROM anchoring_report r
    JOIN anchoring_link l ON l.signalement_id = r.id AND l.kind = 'parcelle'
    WHERE NOT EXISTS (SELECT 1 FROM anchoring_link k WHERE k.signalement_id = r.id AND k.kind = 'batiment')
),
standing AS MATERIALIZED (
    SELECT p.idu, b.code, b.type, b.millesime, b.geom,
           CASE WHEN ST_Covers(p.geom, b.geom) THEN 1
                ELSE ST_Area(ST_Intersection(b.geom, p.geom)) / nullif(ST_Area(b.geom), 0) END AS share
    FROM (SELECT DISTINCT idu FROM lacking) needed
    JOIN layers_parcelle p ON p.idu = needed.idu
    JOIN layers_batiment b ON b.closed_on IS NULL AND ST_Intersects(b.geom, p.geom)
)
SELECT k.id, 'batiment', s.code, 'overlap', max(k.score * s.share * CASE s.type WHEN '02' THEN 0.5 ELSE 1 END),
       min(ST_Distance(k.here, ST_Scale(s.geom, k.east_m, k.north_m))), s.millesime
FROM lacking k JOIN standing s ON s.idu = k.idu
WHERE s.share >= %(share)s
GROUP BY k.id, s.code, s.millesime;
