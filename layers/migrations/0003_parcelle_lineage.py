"""Say which parcelles were drawn on the ground of those that left the cadastre."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("layers", "0002_former_commune_codes")]

    operations = [
        migrations.CreateModel(
            name="ParcelleLineage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("parent", models.CharField(max_length=14, verbose_name="parcelle d’origine")),
                ("child", models.CharField(db_index=True, max_length=14, verbose_name="parcelle issue")),
                ("share", models.FloatField(verbose_name="part de la surface de la parcelle d’origine")),
                ("millesime", models.DateField(verbose_name="millésime")),
            ],
            options={
                "verbose_name": "filiation de parcelle",
                "verbose_name_plural": "filiations de parcelles",
                "constraints": [
                    models.UniqueConstraint(fields=("parent", "child"), name="parcelle_lineage_once"),
                    models.CheckConstraint(
                        condition=models.Q(("share__gt", 0), ("share__lte", 1)), name="parcelle_lineage_share"
                    ),
                ],
            },
        )
    ]
