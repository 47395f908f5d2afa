"""Keep when reports and orders were last written, and from where those that went away could be read.

Triggers, as for the places: whoever writes, moves, merges or deletes, a copy of the layer can follow. Only what is
published stamps a row: anchoring, which writes every report, is no news to anyone.
"""

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

PUBLISHED = {
    "signalement": (
        "reference, status, received_on, closed_on, commune_id, arrondissement, precision, needs_review, criticite, "
        "geom, merged_into_id"
    ),
    "arrete": "type, taken_on, mainlevee_on, idu, commune_id, geom",
}
# Table, layer, the columns of its place, the arrondissement it was in, what makes it hidden from all
LEAVING = (
    (
        "signalement",
        "signalements",
        "geom, commune_id, arrondissement, merged_into_id",
        "OLD.arrondissement",
        "merged_into_id IS NULL",
    ),
    ("arrete", "arretes", "geom, commune_id", "''", "geom IS NOT NULL"),
)

ZONES = """
CREATE FUNCTION layers_zones_at(place geometry) RETURNS integer[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM layers_zone WHERE ST_Intersects(geom, place)
$$;
"""
STAMPED = """
CREATE TRIGGER {table}_stamp_written BEFORE UPDATE OF {columns} ON layers_{table}
FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION layers_stamp_written();
"""
LEFT = """
CREATE FUNCTION layers_{table}_left() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was integer[] := layers_zones_at(OLD.geom);
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.geom IS NOT NULL AND NEW.{shown} AND ({old_place}) IS NOT DISTINCT FROM ({new_place})
            AND layers_zones_at(NEW.geom) = was
        THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO layers_departure (layer, row_id, commune, arrondissement, zones, left_at)
    VALUES ('{layer}', OLD.id, coalesce(OLD.commune_id, ''), {arrondissement}, was, now());
    RETURN NULL;
END $$;
CREATE TRIGGER {table}_left AFTER DELETE ON layers_{table}
FOR EACH ROW WHEN (OLD.geom IS NOT NULL AND OLD.{shown}) EXECUTE FUNCTION layers_{table}_left();
CREATE TRIGGER {table}_moved AFTER UPDATE OF {columns} ON layers_{table}
FOR EACH ROW WHEN (OLD.geom IS NOT NULL AND OLD.{shown} AND ({old}) IS DISTINCT FROM ({new}))
EXECUTE FUNCTION layers_{table}_left();
"""
UNDO = """
DROP FUNCTION layers_signalement_left, layers_arrete_left CASCADE;
DROP FUNCTION layers_zones_at;
DROP TRIGGER signalement_stamp_written ON layers_signalement;
DROP TRIGGER arrete_stamp_written ON layers_arrete;
"""


def of(row: str, columns: str) -> str:
    """Write columns of the old or of the new row."""
    return ", ".join(f"{row}.{column}" for column in columns.split(", "))


def _left(table: str, layer: str, columns: str, arrondissement: str, shown: str) -> str:
    place = ", ".join(name for name in columns.split(", ") if name in ("commune_id", "arrondissement"))
    return LEFT.format(
        table=table,
        layer=layer,
        columns=columns,
        arrondissement=arrondissement,
        shown=shown,
        old=of("OLD", columns),
        new=of("NEW", columns),
        old_place=of("OLD", place),
        new_place=of("NEW", place),
    )


FORWARD = "".join(
    [
        ZONES,
        *(
            STAMPED.format(table=table, columns=columns, old=of("OLD", columns), new=of("NEW", columns))
            for table, columns in PUBLISHED.items()
        ),
        *(_left(*leaving) for leaving in LEAVING),
    ]
)


class Migration(migrations.Migration):
    """Two stamps, one table, three functions and their triggers."""

    dependencies = [("layers", "0025_export_requests")]

    operations = [
        migrations.AddField(
            model_name="arrete",
            name="written_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="écrit le"
            ),
        ),
        migrations.AddField(
            model_name="signalement",
            name="written_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="écrit le"
            ),
        ),
        migrations.CreateModel(
            name="Departure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("layer", models.CharField(max_length=20, verbose_name="couche")),
                ("row_id", models.BigIntegerField(verbose_name="identifiant de l’objet")),
                ("commune", models.CharField(blank=True, max_length=5, verbose_name="commune quittée")),
                (
                    "arrondissement",
                    models.CharField(blank=True, max_length=5, verbose_name="arrondissement quitté"),
                ),
                (
                    "zones",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(),
                        db_default=[],
                        size=None,
                        verbose_name="périmètres quittés",
                    ),
                ),
                (
                    "left_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="parti le",
                    ),
                ),
            ],
            options={
                "verbose_name": "départ",
                "indexes": [models.Index(fields=["layer", "left_at"], name="departure_layer_left")],
            },
        ),
        migrations.RunSQL(FORWARD, UNDO),
    ]
