"""Drop what Django adds to each text key and foreign key: an index for LIKE, which nobody asks of the registers.

Each imported row paid for it: one second in five of the first load of a département's parcelles, after the rows.
"""

from django.db import migrations

DROP = """
DO $$
DECLARE useless record;
BEGIN
    FOR useless IN
        SELECT i.indexrelid::regclass AS name FROM pg_index i
        WHERE i.indrelid = ANY (ARRAY[
            'layers_section', 'layers_parcelle', 'layers_batiment', 'layers_voie', 'layers_address',
            'layers_addressparcelle', 'layers_batimentparcelle', 'layers_batimentaddress', 'layers_anchor'
          ]::regclass[])
          AND i.indexrelid::regclass::text LIKE '%\\_like' AND NOT i.indisunique
    LOOP
        EXECUTE format('DROP INDEX %s', useless.name);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("layers", "0018_runs_are_written_once")]

    operations = [migrations.RunSQL(DROP, migrations.RunSQL.noop)]
