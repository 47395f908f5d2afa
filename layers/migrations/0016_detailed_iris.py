"""Say of an IRIS whether its outline is the detailed one: a simplified one does not take its place."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0015_sheets_prefixes_and_stable_addresses"),
    ]

    operations = [
        migrations.AddField(
            model_name="iris",
            name="is_detailed",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="contour détaillé (IRIS-GE)"
            ),
        ),
    ]
