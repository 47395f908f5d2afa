-- The places written since the last anchoring, and the reports to anchor again because of them. A report that moved
-- says so itself (anchored_at IS NULL). Distances are rough and never too small here: the cascade measures.
CREATE TEMP TABLE anchoring_changed ON COMMIT DROP AS
SELECT 'parcelle' AS kind, idu AS code, commune_id, %(parcelle_m)s::float8 AS radius_m, geom
FROM layers_parcelle WHERE NOT %(all)s AND written_at >= %(since)s
UNION ALL
SELECT 'batiment', b.code, b.commune_id, 0, b.geom
FROM layers_batiment b
WHERE NOT %(all)s AND (
    b.written_at >= %(since)s
    OR b.code IN (SELECT batiment_id FROM layers_batimentparcelle WHERE written_at >= %(since)s)
    OR b.code IN (SELECT batiment_id FROM layers_batimentaddress WHERE written_at >= %(since)s)
)
UNION ALL
SELECT 'address', a.ban_id, a.commune_id, %(address_m)s, a.geom
FROM layers_address a
WHERE NOT %(all)s AND (
    a.written_at >= %(since)s
    OR a.ban_id IN (SELECT address_id FROM layers_addressparcelle WHERE written_at >= %(since)s)
)
UNION ALL
-- An address is what the plan tells of it, too
SELECT 'address', a.ban_id, a.commune_id, %(address_m)s, a.geom
FROM layers_numerocadastral n
CROSS JOIN LATERAL (
    SELECT c.ban_id, c.commune_id, c.numero, c.geom
    FROM layers_address c
    WHERE c.closed_on IS NULL AND ST_DWithin(
        c.geom, n.geom, %(numero_m)s / (110000 * cos(radians(least(abs(ST_Y(n.geom)), 80)))))
    OFFSET 0
) a
WHERE NOT %(all)s AND n.written_at >= %(since)s AND a.numero = n.numero
UNION ALL
SELECT 'iris', code, commune_id, %(iris_m)s, geom FROM layers_iris WHERE NOT %(all)s AND written_at >= %(since)s
UNION ALL
SELECT 'commune', code, code, 0, geom FROM layers_commune WHERE NOT %(all)s AND written_at >= %(since)s
UNION ALL
SELECT 'zone', code, NULL, 0, geom FROM layers_zone WHERE NOT %(all)s AND written_at >= %(since)s;
CREATE INDEX ON anchoring_changed (kind, code);
ANALYZE anchoring_changed;

CREATE TEMP TABLE anchoring_moved ON COMMIT DROP AS
SELECT id FROM layers_signalement WHERE id = ANY(%(only)s)
UNION
SELECT id FROM layers_signalement WHERE %(only)s::bigint[] IS NULL AND (%(all)s OR anchored_at IS NULL)
UNION
-- Near a place that changed
SELECT s.id
FROM anchoring_changed c
JOIN layers_signalement s
    ON ST_DWithin(c.geom, s.geom, c.radius_m / (110000 * cos(radians(least(abs(ST_YMax(c.geom)), 80)))))
UNION
-- Linked to it
SELECT l.signalement_id
FROM anchoring_changed c JOIN layers_anchor l ON l.kind = c.kind AND l.place_code = c.code
UNION
SELECT l.signalement_id
FROM layers_numerocadastral n JOIN layers_anchor l ON l.kind = 'parcelle' AND l.place_code = n.idu
WHERE NOT %(all)s AND n.written_at >= %(since)s AND l.method = 'numero_cadastral'
UNION
-- Naming it
SELECT id FROM layers_signalement
WHERE declared_idu <> '' AND declared_idu IN (SELECT code FROM anchoring_changed WHERE kind = 'parcelle')
   OR declared_iris <> '' AND declared_iris IN (SELECT code FROM anchoring_changed WHERE kind = 'iris')
   OR code_insee IN (SELECT code FROM anchoring_changed WHERE kind = 'commune')
   OR precision NOT IN ('numero', 'declaree', 'manuelle')
      AND commune_id IN (SELECT commune_id FROM anchoring_changed WHERE kind = 'iris')
UNION
SELECT signalement_id FROM layers_geocoding
WHERE ban_id IN (SELECT code FROM anchoring_changed WHERE kind = 'address')
UNION
SELECT signalement_id FROM layers_placechoice
WHERE is_current AND (ban_id IN (SELECT code FROM anchoring_changed WHERE kind = 'address')
                      OR idu IN (SELECT code FROM anchoring_changed WHERE kind = 'parcelle'))
UNION
-- Known to a street whose house numbers changed
SELECT s.id
FROM layers_signalement s JOIN layers_geocoding g ON g.signalement_id = s.id
WHERE s.precision = 'voie' AND split_part(g.ban_id, '_', 1) || '_' || split_part(g.ban_id, '_', 2) IN (
    SELECT a.voie_id FROM anchoring_changed c JOIN layers_address a ON a.ban_id = c.code WHERE c.kind = 'address'
)
UNION
-- On a parcelle, or at an address, where a building changed
SELECT l.signalement_id
FROM anchoring_changed c
JOIN layers_parcelle p ON p.closed_on IS NULL AND ST_Intersects(p.geom, c.geom)
JOIN layers_anchor l ON l.kind = 'parcelle' AND l.place_code = p.idu
WHERE c.kind = 'batiment'
UNION
SELECT l.signalement_id
FROM anchoring_changed c
JOIN layers_batimentparcelle d ON d.batiment_id = c.code
JOIN layers_anchor l ON l.kind = 'parcelle' AND l.place_code = d.idu
WHERE c.kind = 'batiment'
UNION
SELECT l.signalement_id
FROM anchoring_changed c
JOIN layers_batimentaddress d ON d.batiment_id = c.code
JOIN layers_anchor l ON l.kind = 'address' AND l.place_code = d.ban_id
WHERE c.kind = 'batiment'
UNION
-- In a perimeter that was deleted
SELECT l.signalement_id FROM layers_anchor l
WHERE %(only)s::bigint[] IS NULL AND NOT %(all)s AND l.kind = 'zone'
       AND NOT EXISTS (SELECT 1 FROM layers_zone z WHERE z.code = l.place_code);
ANALYZE anchoring_moved;
