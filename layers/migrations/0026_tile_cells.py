"""Count reports, parcelles and buildings by cell of the tiles' grid, as they are written: seen from far, a map has
milliseconds, and a count of the rows themselves takes as long as they are many.

Triggers and not the imports' own code, as for the outlines. Statements are counted whole where many rows come at
once; the update of a report, which anchoring does without moving it, one row at a time and only if it changed cell.
"""

from django.db import migrations, models

# Rows that came and rows that went, in the cells of the deepest level; the others are found by halving
COORDINATES = """
CREATE FUNCTION layers_cell_column(longitude double precision, level integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least(greatest(floor((longitude + 180) / 360 * (1 << level)), 0), (1 << level) - 1)::integer
$$;
CREATE FUNCTION layers_cell_line(latitude double precision, level integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least(greatest(floor(
        (0.5 - asinh(tan(radians(least(greatest(latitude, -85.06), 85.06)))) / (2 * pi())) * (1 << level)
    ), 0), (1 << level) - 1)::integer
$$;
"""
REPORT_LINES = """
    INSERT INTO layers_reportcell
        (level, x, y, commune, arrondissement, status, n, longitudes_e7, latitudes_e7, ids)
    SELECT level, layers_cell_column(ST_X(r.geom), 14) >> shift, layers_cell_line(ST_Y(r.geom), 14) >> shift,
           coalesce(r.commune_id, ''), r.arrondissement, r.status, {sign} * count(*),
           {sign} * sum(round(ST_X(r.geom) * 1e7)::bigint), {sign} * sum(round(ST_Y(r.geom) * 1e7)::bigint),
           {sign} * sum(r.id)
    FROM {rows} r, (VALUES (14, 0), (10, 4), (6, 8)) AS levels (level, shift)
    WHERE r.geom IS NOT NULL AND r.merged_into_id IS NULL
    GROUP BY 1, 2, 3, 4, 5, 6;
"""
REPORTS = """
CREATE FUNCTION layers_reports_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {arrived}
    ELSE
        {gone}
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION layers_report_recounted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {old}
    {new}
    RETURN NULL;
END $$;
CREATE TRIGGER signalement_count_arrived AFTER INSERT ON layers_signalement
REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION layers_reports_counted();
CREATE TRIGGER signalement_count_gone AFTER DELETE ON layers_signalement
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION layers_reports_counted();
CREATE TRIGGER signalement_count_moved
AFTER UPDATE OF geom, commune_id, arrondissement, status, merged_into_id ON layers_signalement
FOR EACH ROW WHEN (
    (OLD.geom, OLD.commune_id, OLD.arrondissement, OLD.status, OLD.merged_into_id)
    IS DISTINCT FROM (NEW.geom, NEW.commune_id, NEW.arrondissement, NEW.status, NEW.merged_into_id)
) EXECUTE FUNCTION layers_report_recounted();
{everything}
""".format(
    arrived=REPORT_LINES.format(sign="1", rows="arrived"),
    gone=REPORT_LINES.format(sign="-1", rows="gone"),
    old=REPORT_LINES.format(sign="-1", rows="(SELECT OLD.*)"),
    new=REPORT_LINES.format(sign="1", rows="(SELECT NEW.*)"),
    everything=REPORT_LINES.format(sign="1", rows="layers_signalement"),
)

# The middle of the rectangle of a shape: near enough for a count of hundreds, and the same when the row goes
GROUND_ROWS = """
            SELECT {sign} AS sign, layers_cell_column((ST_XMin(geom) + ST_XMax(geom)) / 2, 16) AS x,
                   layers_cell_line((ST_YMin(geom) + ST_YMax(geom)) / 2, 16) AS y
            FROM {rows} WHERE closed_on IS NULL
"""
GROUND_LINES = """
        INSERT INTO layers_groundcell (layer, level, x, y, n)
        SELECT {layer}, level, x >> shift, y >> shift, sum(n) FROM (
            SELECT x, y, sum(sign) AS n FROM ({rows}) AS changes GROUP BY x, y HAVING sum(sign) <> 0
        ) AS cells, (VALUES (16, 0), (12, 4), (8, 8)) AS levels (level, shift)
        GROUP BY 2, 3, 4 HAVING sum(n) <> 0;
"""
ARRIVED, GONE = (
    GROUND_ROWS.format(sign=sign, rows=rows) for sign, rows in (("1", "arrived"), ("-1", "gone"))
)
GROUND = """
CREATE FUNCTION layers_ground_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {arrived}
    ELSIF TG_OP = 'DELETE' THEN
        {gone}
    ELSE
        {both}
    END IF;
    RETURN NULL;
END $$;
""".format(
    arrived=GROUND_LINES.format(layer="TG_ARGV[0]", rows=ARRIVED),
    gone=GROUND_LINES.format(layer="TG_ARGV[0]", rows=GONE),
    both=GROUND_LINES.format(layer="TG_ARGV[0]", rows=f"{ARRIVED} UNION ALL {GONE}"),
)
COUNTED = """
CREATE TRIGGER {table}_count_arrived AFTER INSERT ON layers_{table} REFERENCING NEW TABLE AS arrived
FOR EACH STATEMENT EXECUTE FUNCTION layers_ground_counted('{layer}');
CREATE TRIGGER {table}_count_moved AFTER UPDATE ON layers_{table} REFERENCING OLD TABLE AS gone NEW TABLE AS arrived
FOR EACH STATEMENT EXECUTE FUNCTION layers_ground_counted('{layer}');
CREATE TRIGGER {table}_count_gone AFTER DELETE ON layers_{table} REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION layers_ground_counted('{layer}');
"""
FORWARD = (
    COORDINATES
    + REPORTS
    + GROUND
    + "".join(
        COUNTED.format(table=table, layer=layer)
        + GROUND_LINES.format(layer=f"'{layer}'", rows=GROUND_ROWS.format(sign="1", rows=f"layers_{table}"))
        for table, layer in (("parcelle", "parcelles"), ("batiment", "batiments"))
    )
)
UNDO = """
DROP FUNCTION layers_reports_counted, layers_report_recounted, layers_ground_counted CASCADE;
DROP FUNCTION layers_cell_column, layers_cell_line;
"""
CELL = [
    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
    ("level", models.PositiveSmallIntegerField(verbose_name="niveau")),
    ("x", models.PositiveIntegerField(verbose_name="colonne")),
    ("y", models.PositiveIntegerField(verbose_name="ligne")),
    ("n", models.IntegerField(verbose_name="nombre")),
]


class Migration(migrations.Migration):
    """Two tables, and what fills them."""

    dependencies = [("layers", "0022_changes")]

    operations = [
        migrations.CreateModel(
            name="GroundCell",
            fields=[*CELL, ("layer", models.CharField(max_length=10, verbose_name="couche"))],
            options={
                "verbose_name": "décompte du cadastre",
                "verbose_name_plural": "décomptes du cadastre",
                "indexes": [models.Index(fields=["layer", "level", "x", "y"], name="groundcell_place")],
            },
        ),
        migrations.CreateModel(
            name="ReportCell",
            fields=[
                *CELL,
                ("commune", models.CharField(max_length=5, verbose_name="commune")),
                ("arrondissement", models.CharField(max_length=5, verbose_name="arrondissement")),
                ("status", models.CharField(max_length=20, verbose_name="statut")),
                ("longitudes_e7", models.BigIntegerField(verbose_name="somme des longitudes")),
                ("latitudes_e7", models.BigIntegerField(verbose_name="somme des latitudes")),
                ("ids", models.BigIntegerField(verbose_name="somme des identifiants")),
            ],
            options={
                "verbose_name": "décompte de signalements",
                "verbose_name_plural": "décomptes de signalements",
                "indexes": [models.Index(fields=["level", "x", "y"], name="reportcell_place")],
            },
        ),
        migrations.RunSQL(FORWARD, UNDO),
    ]
