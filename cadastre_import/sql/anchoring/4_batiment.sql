-- The buildings that the RNB links to the address
INSERT INTO anchoring_link
SELECT r.id, 'batiment', b.code, 'rnb', 0.95, ST_Distance(r.geom::geography, b.geom::geography)
FROM anchoring_report r
JOIN anchoring_link l ON l.signalement_id = r.id AND l.kind = 'address' AND l.method = 'geocoder'
JOIN layers_batimentaddress d ON d.ban_id = l.place_code
JOIN layers_batiment b ON b.code = d.batiment_id AND b.closed_on IS NULL;

-- Else the building that the point stands in: declared points are often those of buildings
INSERT INTO anchoring_link
SELECT r.id, 'batiment', b.code, 'contains', 0.9 / count(*) OVER (PARTITION BY r.id), 0
FROM anchoring_report r
JOIN layers_batiment b ON b.closed_on IS NULL AND ST_Intersects(b.geom, r.geom)
WHERE r.is_precise
  AND NOT EXISTS (SELECT 1 FROM anchoring_link l WHERE l.signalement_id = r.id AND l.kind = 'batiment');

-- Else the buildings that the RNB links to the parcelles
INSERT INTO anchoring_link
SELECT r.id, 'batiment', b.code, 'rnb',
       max(l.score * coalesce(d.cover_ratio, 0.5) * CASE b.type WHEN '02' THEN 0.5 ELSE 1 END),
       min(ST_Distance(r.geom::geography, b.geom::geography))
FROM anchoring_report r
JOIN anchoring_link l ON l.signalement_id = r.id AND l.kind = 'parcelle'
JOIN layers_batimentparcelle d ON d.idu = l.place_code
JOIN layers_batiment b ON b.code = d.batiment_id AND b.closed_on IS NULL
WHERE coalesce(d.cover_ratio, 1) >= %(share)s
  AND NOT EXISTS (SELECT 1 FROM anchoring_link k WHERE k.signalement_id = r.id AND k.kind = 'batiment')
GROUP BY r.id, b.code;

-- Else the buildings drawn on the parcelles, by the share of each that stands there; one parcelle serves many
-- reports, so its buildings are measured once. A share is a ratio of two areas side by side: degrees do for it.
INSERT INTO anchoring_link
WITH lacking AS MATERIALIZED (
    SELECT r.id, r.geom, l.place_code AS idu, l.score
    FROM anchoring_report r
    JOIN anchoring_link l ON l.signalement_id = r.id AND l.kind = 'parcelle'
    WHERE NOT EXISTS (SELECT 1 FROM anchoring_link k WHERE k.signalement_id = r.id AND k.kind = 'batiment')
),
standing AS MATERIALIZED (
    SELECT p.idu, b.code, b.type, b.geom,
           ST_Area(ST_Intersection(b.geom, p.geom)) / nullif(ST_Area(b.geom), 0) AS share
    FROM (SELECT DISTINCT idu FROM lacking) needed
    JOIN layers_parcelle p ON p.idu = needed.idu
    JOIN layers_batiment b ON b.closed_on IS NULL AND ST_Intersects(b.geom, p.geom)
)
SELECT k.id, 'batiment', s.code, 'overlap', max(k.score * s.share * CASE s.type WHEN '02' THEN 0.5 ELSE 1 END),
       min(ST_Distance(k.geom::geography, s.geom::geography))
FROM lacking k JOIN standing s ON s.idu = k.idu
WHERE s.share >= %(share)s
GROUP BY k.id, s.code;
