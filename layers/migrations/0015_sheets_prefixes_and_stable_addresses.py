"""Sheets of the plan, prefixes that name absorbed communes, and the identifier of an address that outlives its key."""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0014_lookups_by_code_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="address",
            name="ban_uuid",
            field=models.UUIDField(
                blank=True, db_index=True, null=True, verbose_name="identifiant stable de la BAN"
            ),
        ),
        migrations.CreateModel(
            name="Feuille",
            fields=[
                ("millesime", models.DateField(verbose_name="millésime")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="sorti du registre le")),
                (
                    "code",
                    models.CharField(
                        max_length=12, primary_key=True, serialize=False, verbose_name="identifiant"
                    ),
                ),
                ("echelle", models.CharField(blank=True, max_length=20, verbose_name="échelle")),
                ("qualite", models.CharField(blank=True, max_length=100, verbose_name="qualité du plan")),
                (
                    "geom",
                    django.contrib.gis.db.models.fields.MultiPolygonField(
                        spatial_index=False, srid=4326, verbose_name="géométrie"
                    ),
                ),
                (
                    "commune",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        to="layers.commune",
                        verbose_name="commune",
                    ),
                ),
            ],
            options={
                "verbose_name": "feuille cadastrale",
                "verbose_name_plural": "feuilles cadastrales",
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(models.F("geom"), name="feuille_geom_gist")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("geom__isvalid", True)), name="feuille_geom_valid"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PrefixeSection",
            fields=[
                ("millesime", models.DateField(verbose_name="millésime")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="sorti du registre le")),
                (
                    "code",
                    models.CharField(
                        max_length=8, primary_key=True, serialize=False, verbose_name="identifiant"
                    ),
                ),
                (
                    "ancienne",
                    models.CharField(blank=True, max_length=5, verbose_name="code de la commune absorbée"),
                ),
                (
                    "nom",
                    models.CharField(blank=True, max_length=200, verbose_name="nom de la commune absorbée"),
                ),
                (
                    "geom",
                    django.contrib.gis.db.models.fields.MultiPolygonField(
                        spatial_index=False, srid=4326, verbose_name="géométrie"
                    ),
                ),
                (
                    "commune",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prefixes",
                        to="layers.commune",
                        verbose_name="commune",
                    ),
                ),
            ],
            options={
                "verbose_name": "préfixe de sections",
                "verbose_name_plural": "préfixes de sections",
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(
                        models.F("geom"), name="prefixe_section_geom_gist"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("geom__isvalid", True)), name="prefixe_section_geom_valid"
                    )
                ],
            },
        ),
    ]
