"""Points a parcelle that has just left the cadastre to those drawn on its ground, by their geometry alone.

A child holds at least 1 % of its parent, or lies for half in it (a lot of 15 m² carved out of a large estate). Less
than that is the plan redrawn a few centimetres away: on the four editions of Bondy, slivers stop at 0.25 %.
"""

CHILDREN = """
WITH gone AS MATERIALIZED (
    SELECT idu, geom, ST_Area(geom) AS area FROM layers_parcelle WHERE idu = ANY(%(closed)s)
)
INSERT INTO layers_parcellelineage AS l (parent, child, share, millesime)
SELECT gone.idu, child.idu, least(shared.area / gone.area, 1), %(millesime)s
FROM gone
JOIN layers_parcelle child ON child.closed_on IS NULL AND ST_Intersects(child.geom, gone.geom)
CROSS JOIN LATERAL (SELECT ST_Area(ST_Intersection(child.geom, gone.geom)) AS area) shared
WHERE shared.area >= 0.01 * gone.area
   OR shared.area >= 0.5 * ST_Area(child.geom)
ON CONFLICT (parent, child) DO UPDATE SET share = excluded.share, millesime = excluded.millesime
"""

# A parcelle that comes back was never divided: the edition that lost it was mistaken
REOPENED = """
DELETE FROM layers_parcellelineage l USING layers_parcelle p WHERE p.idu = l.parent AND p.closed_on IS NULL
"""
