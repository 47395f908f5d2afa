"""Let copies follow communes, perimeters and sections too, and count addresses as they are written.

Sections are stamped as the other registers are. A commune or a perimeter that is deleted, or changes code, leaves a
departure that keeps its code. Addresses enter the counts by cell, and a table that is emptied at once, which fires no
trigger of its rows, empties its counts.
"""

import django.db.models.functions.datetime
from django.db import migrations, models

STAMPED = """
CREATE TRIGGER section_stamp_written BEFORE UPDATE ON layers_section
FOR EACH ROW EXECUTE FUNCTION layers_stamp_written();
"""
CODE_LEFT = """
CREATE FUNCTION layers_code_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO layers_departure (layer, row_id, code, commune, arrondissement, left_at)
    VALUES (TG_ARGV[0], 0, OLD.code, '', '', now());
    RETURN NULL;
END $$;
"""
LEFT = """
CREATE TRIGGER {table}_left AFTER DELETE ON layers_{table}
FOR EACH ROW EXECUTE FUNCTION layers_code_left('{layer}');
CREATE TRIGGER {table}_renamed AFTER UPDATE OF code ON layers_{table}
FOR EACH ROW WHEN (OLD.code <> NEW.code) EXECUTE FUNCTION layers_code_left('{layer}');
"""
ADDRESSES = """
CREATE TRIGGER address_count_arrived AFTER INSERT ON layers_address REFERENCING NEW TABLE AS arrived
FOR EACH STATEMENT EXECUTE FUNCTION layers_ground_counted('adresses');
CREATE TRIGGER address_count_moved AFTER UPDATE ON layers_address REFERENCING OLD TABLE AS gone NEW TABLE AS arrived
FOR EACH STATEMENT EXECUTE FUNCTION layers_ground_counted('adresses');
CREATE TRIGGER address_count_gone AFTER DELETE ON layers_address REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION layers_ground_counted('adresses');
INSERT INTO layers_groundcell (layer, level, x, y, n)
SELECT 'adresses', level, layers_cell_column(ST_X(geom), 16) >> shift, layers_cell_line(ST_Y(geom), 16) >> shift,
       count(*)
FROM layers_address, (VALUES (16, 0), (12, 4), (8, 8)) AS levels (level, shift)
WHERE closed_on IS NULL
GROUP BY 2, 3, 4;
"""
EMPTIED = """
CREATE FUNCTION layers_ground_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM layers_groundcell WHERE layer = TG_ARGV[0];
    RETURN NULL;
END $$;
CREATE FUNCTION layers_reports_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM layers_reportcell;
    RETURN NULL;
END $$;
CREATE TRIGGER parcelle_count_emptied AFTER TRUNCATE ON layers_parcelle
FOR EACH STATEMENT EXECUTE FUNCTION layers_ground_emptied('parcelles');
CREATE TRIGGER batiment_count_emptied AFTER TRUNCATE ON layers_batiment
FOR EACH STATEMENT EXECUTE FUNCTION layers_ground_emptied('batiments');
CREATE TRIGGER address_count_emptied AFTER TRUNCATE ON layers_address
FOR EACH STATEMENT EXECUTE FUNCTION layers_ground_emptied('adresses');
CREATE TRIGGER signalement_count_emptied AFTER TRUNCATE ON layers_signalement
FOR EACH STATEMENT EXECUTE FUNCTION layers_reports_emptied();
"""
FORWARD = (
    STAMPED
    + CODE_LEFT
    + LEFT.format(table="commune", layer="communes")
    + LEFT.format(table="zone", layer="perimetres")
    + ADDRESSES
    + EMPTIED
)
UNDO = """
DROP TRIGGER section_stamp_written ON layers_section;
DROP FUNCTION layers_code_left, layers_ground_emptied, layers_reports_emptied CASCADE;
DROP TRIGGER address_count_arrived ON layers_address;
DROP TRIGGER address_count_moved ON layers_address;
DROP TRIGGER address_count_gone ON layers_address;
DELETE FROM layers_groundcell WHERE layer = 'adresses';
"""


class Migration(migrations.Migration):
    """Two columns, three functions and their triggers, three more triggers of the counts."""

    dependencies = [("layers", "0026_tile_cells")]

    operations = [
        migrations.AddField(
            model_name="section",
            name="written_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="écrit le"
            ),
        ),
        migrations.AddField(
            model_name="departure",
            name="code",
            field=models.CharField(blank=True, db_default="", max_length=60, verbose_name="code de l’objet"),
        ),
        migrations.RunSQL(FORWARD, UNDO),
    ]
