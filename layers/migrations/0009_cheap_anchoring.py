"""Let the day of the anchoring be written in place: no index holds it, and pages keep room for it (HOT updates)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0008_place_choices"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="signalement",
            name="signalement_to_anchor",
        ),
        migrations.AlterField(
            model_name="anchor",
            name="signalement",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="anchors",
                to="layers.signalement",
                verbose_name="signalement",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE layers_signalement SET (fillfactor = 75)",
            "ALTER TABLE layers_signalement RESET (fillfactor)",
        ),
    ]
