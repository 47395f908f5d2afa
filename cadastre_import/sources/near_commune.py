"""The check that what is drawn of a commune is inside it, give or take 500 m.

Metres are told in degrees of latitude, to which longitudes are shrunk at the commune: 500 m within 3, from Guyane to
Lille. Rows are gathered by squares of 0.005°, and looked at one by one only where those of a square are not well
inside the commune.

The outline of the cadastre is exact. Any other may be generalised, lack a quay or a commune merged since: those of
two producers are 135 m apart at the median and up to 1.8 km on the coast, over 1 500 communes of five départements.
That of the IRIS lacks those that their file has not got: 86 ha of Bondy, with 54 official parcelles at
more than 500 m. Such an outline is held 2 km around, and 500 m around the rectangle that encloses it.
"""

from cadastre_import.source import Check, Correction

METRE = 1 / 111_111  # degree of latitude
NEAR, NEAR_ANY_OUTLINE = 500 * METRE, 2_000 * METRE
SIMPLIFIED, WELL = (
    50 * METRE,
    100 * METRE,
)  # the outline without its details, and how much nearer is well inside
SQUARE = "commune_id, floor(ST_XMin(box) * 200), floor(ST_YMin(box) * 200)"

NEAR_COMMUNE = Check(
    f"""
    s.ctid NOT IN (
        WITH square (code, col, lin, geom) AS MATERIALIZED (
            -- A box, which is a point where there is one; an envelope would be a polygon of no area, inside anything
            SELECT {SQUARE}, ST_SetSRID(ST_MakeBox2D(
                ST_MakePoint(min(ST_XMin(box)), min(ST_YMin(box))), ST_MakePoint(max(ST_XMax(box)), max(ST_YMax(box)))
            )::geometry, 4326)
            -- OFFSET 0: the rectangle of a row is measured once
            FROM (SELECT commune_id, geom::box3d AS box FROM {{rows}} WHERE geom IS NOT NULL OFFSET 0) drawn
            GROUP BY 1, 2, 3
        ), told AS (
            SELECT DISTINCT ON (code) code, r.source
            FROM layers_importrun r CROSS JOIN unnest(r.coverage) AS code
            WHERE r.source IN ('cadastre-communes', 'contours-communes') AND r.status = 'done'
              AND code IN (SELECT code FROM square)
            ORDER BY code, r.id DESC
        ), outline AS MATERIALIZED (
            SELECT code, cosine, ST_Scale(c.geom, cosine, 1) AS geom,
                   CASE told.source WHEN 'cadastre-communes' THEN {NEAR} ELSE {NEAR_ANY_OUTLINE} END AS tolerance
            FROM layers_commune c LEFT JOIN told USING (code)
            CROSS JOIN LATERAL cos(radians((ST_YMin(c.geom) + ST_YMax(c.geom)) / 2)) AS cosine
            WHERE c.geom IS NOT NULL AND code IN (SELECT code FROM square)
        ), well_inside AS MATERIALIZED (
            SELECT code, cosine, ST_Expand(geom::box2d, {NEAR - WELL}) AS rectangle,
                   ST_Buffer(ST_Simplify(geom, {SIMPLIFIED}), tolerance - {WELL}, 'quad_segs=2') AS geom
            FROM outline
        ), doubtful AS MATERIALIZED (
            SELECT code, col, lin
            FROM (SELECT * FROM square ORDER BY code) drawn JOIN well_inside w USING (code)
            CROSS JOIN LATERAL ST_Scale(drawn.geom, cosine, 1) AS flat
            WHERE NOT coalesce(flat @ rectangle AND ST_Covers(w.geom, flat), false)
        ), inside AS MATERIALIZED (
            SELECT code, cosine, ST_Expand(geom::box2d, {NEAR}) AS rectangle, ST_Buffer(geom, tolerance) AS geom
            FROM outline WHERE code IN (SELECT code FROM doubtful)
        )
        -- NOT NOT IN is a look-up; IN would sort all the rows to join them
        SELECT r.ctid FROM {{rows}} r JOIN inside ON inside.code = r.commune_id
        CROSS JOIN LATERAL ST_Scale(r.geom, cosine, 1) AS flat
        WHERE NOT (({SQUARE.replace("box", "r.geom")}) NOT IN (SELECT code, col, lin FROM doubtful))
          AND NOT (flat && rectangle AND ST_Intersects(inside.geom, flat))
    )
    """,  # noqa: S608 - numbers of ours
    "'géométrie : à plus de 500 m de la commune ' || s.commune_id",
)


def far_positions_left_out(commune: str) -> Correction:
    """Take the position off a row whose place is told by a code; ``commune`` is the column of its commune.

    The row stands by its code: what it says is not lost for a point that was badly put.
    """
    near = NEAR_COMMUNE.condition.format(rows="staging").replace("commune_id", commune)
    return Correction(
        f"UPDATE staging s SET geom = NULL WHERE geom IS NOT NULL AND reason IS NULL AND NOT ({near})",  # noqa: S608
        "position(s) ôtée(s), à plus de 500 m de la commune annoncée",
    )
