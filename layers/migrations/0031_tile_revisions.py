"""Note each statement that writes what the tiles about people are made from, so that they can be kept until the next.

Statements and not rows: a line costs nothing beside what a statement does. Of reports, only what is shown or decides
what is shown counts: anchoring writes each of them without moving it.
"""

from django.db import migrations, models

TABLES = (
    "arrete",
    "zone",
    "analysisrun",
    "analysisresult",
    "irisresult",
    "anchor",  # of reports to an IRIS, one of their filters
    # The outlines of the units of results
    "commune",
    "epci",
    "iris",
    "section",
    "carreau",
    "batiment",
    "parcelle",
    "address",
)
SHOWN = (
    "reference, status, received_on, closed_on, commune_id, arrondissement, precision, needs_review, criticite, geom, "
    "merged_into_id"
)
MARKS = """
CREATE FUNCTION layers_mark_tile_revision() RETURNS void LANGUAGE sql AS $$
    INSERT INTO layers_tilerevision DEFAULT VALUES
$$;
CREATE FUNCTION layers_tiles_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM layers_mark_tile_revision();
    RETURN NULL;
END $$;
"""
MARKED = """
CREATE TRIGGER {table}_tiles_changed AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE {columns} ON layers_{table}
FOR EACH STATEMENT EXECUTE FUNCTION layers_tiles_changed();
"""
FORWARD = (
    MARKS
    + MARKED.format(table="signalement", columns=f"OF {SHOWN}")
    + "".join(MARKED.format(table=table, columns="") for table in TABLES)
)
UNDO = """
DROP FUNCTION layers_tiles_changed CASCADE;
DROP FUNCTION layers_mark_tile_revision;
"""


class Migration(migrations.Migration):
    """One table, and what fills it."""

    dependencies = [("layers", "0030_publications_keep_their_history")]

    operations = [
        migrations.CreateModel(
            name="TileRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
            options={
                "verbose_name": "révision des tuiles",
                "verbose_name_plural": "révisions des tuiles",
            },
        ),
        migrations.RunSQL(FORWARD, UNDO),
    ]
