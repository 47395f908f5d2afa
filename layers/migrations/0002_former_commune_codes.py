"""Keep, with each commune, the codes of those merged into it: older files name them.

The database gives the empty list itself, so that sources that know nothing of mergers need not write it.
"""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("layers", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="commune",
            name="anciens_codes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=5),
                blank=True,
                db_default=[],
                size=None,
                verbose_name="codes des communes fusionnées",
            ),
        ),
    ]
