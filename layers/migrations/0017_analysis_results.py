"""Keep the rows of any analysis, its perimeter, and what was asked: until here only the rates by IRIS had a table."""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0020_house_numbers_of_the_plan"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AnalysisRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "everything",
                    models.BooleanField(db_default=True, default=True, verbose_name="sur toute la base"),
                ),
                (
                    "communes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=5),
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="communes",
                    ),
                ),
                (
                    "zones",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(),
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="périmètres",
                    ),
                ),
                (
                    "excluded_zones",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(),
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="périmètres exclus",
                    ),
                ),
                ("method", models.CharField(max_length=80, verbose_name="méthode")),
                ("title", models.CharField(blank=True, default="", max_length=200, verbose_name="titre")),
                ("parameters", models.JSONField(default=dict, verbose_name="paramètres")),
                ("seed", models.BigIntegerField(blank=True, null=True, verbose_name="graine")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "en attente"),
                            ("running", "en cours"),
                            ("done", "terminée"),
                            ("failed", "refusée"),
                            ("cancelled", "annulée"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                (
                    "phase",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("reading", "lecture des données"),
                            ("computing", "calcul"),
                            ("writing", "écriture des résultats"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="étape",
                    ),
                ),
                ("message", models.TextField(blank=True, default="", verbose_name="message")),
                ("job", models.BigIntegerField(blank=True, null=True, verbose_name="numéro de la tâche")),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="demandée le")),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="commencée le")),
                ("beat_at", models.DateTimeField(blank=True, null=True, verbose_name="dernier signe de vie")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="terminée le")),
            ],
            options={
                "verbose_name": "demande d’analyse",
                "verbose_name_plural": "demandes d’analyse",
            },
        ),
        migrations.CreateModel(
            name="AnalysisResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="rang")),
                (
                    "unit_kind",
                    models.CharField(
                        choices=[
                            ("commune", "commune"),
                            ("epci", "EPCI"),
                            ("iris", "IRIS"),
                            ("zone", "périmètre (QPV, OPAH…)"),
                            ("section", "section cadastrale"),
                            ("carreau", "carreau de 200 m"),
                            ("batiment", "bâtiment"),
                            ("parcelle", "parcelle"),
                            ("adresse", "adresse"),
                            ("cluster", "regroupement"),
                            ("drawn", "polygone dessiné"),
                        ],
                        max_length=10,
                        verbose_name="type de territoire",
                    ),
                ),
                ("unit_code", models.CharField(max_length=60, verbose_name="code")),
                ("label", models.CharField(max_length=300, verbose_name="nom")),
                ("category", models.CharField(blank=True, default="", max_length=40, verbose_name="classe")),
                ("figures", models.JSONField(default=dict, verbose_name="chiffres")),
                (
                    "communes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=5),
                        size=None,
                        verbose_name="communes couvertes",
                    ),
                ),
                (
                    "geom",
                    django.contrib.gis.db.models.fields.GeometryField(
                        blank=True, null=True, spatial_index=False, srid=4326, verbose_name="géométrie"
                    ),
                ),
            ],
            options={
                "verbose_name": "résultat d’analyse",
                "verbose_name_plural": "résultats d’analyse",
            },
        ),
        migrations.CreateModel(
            name="AnalysisSurface",
            fields=[
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="surface",
                        serialize=False,
                        to="layers.analysisrun",
                        verbose_name="analyse",
                    ),
                ),
                ("unit", models.CharField(max_length=60, verbose_name="unité")),
                ("geotiff", models.BinaryField(verbose_name="fichier")),
            ],
            options={
                "verbose_name": "surface d’analyse",
                "verbose_name_plural": "surfaces d’analyse",
            },
        ),
        migrations.AddField(
            model_name="analysisrun",
            name="author",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="lancée par",
            ),
        ),
        migrations.AddField(
            model_name="analysisrun",
            name="communes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=5),
                db_default=[],
                default=list,
                size=None,
                verbose_name="communes",
            ),
        ),
        migrations.AddField(
            model_name="analysisrun",
            name="everything",
            field=models.BooleanField(db_default=True, default=True, verbose_name="sur toute la base"),
        ),
        migrations.AddField(
            model_name="analysisrun",
            name="excluded_zones",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.IntegerField(),
                db_default=[],
                default=list,
                size=None,
                verbose_name="périmètres exclus",
            ),
        ),
        migrations.AddField(
            model_name="analysisrun",
            name="identity",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=64, verbose_name="identité"
            ),
        ),
        migrations.AddField(
            model_name="analysisrun",
            name="title",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="titre"),
        ),
        migrations.AddField(
            model_name="analysisrun",
            name="zones",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.IntegerField(),
                db_default=[],
                default=list,
                size=None,
                verbose_name="périmètres",
            ),
        ),
        migrations.AddConstraint(
            model_name="analysisrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("identity", ""), _negated=True),
                fields=("identity",),
                name="analysis_run_once",
            ),
        ),
        migrations.AddField(
            model_name="analysisrequest",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="demandée par",
            ),
        ),
        migrations.AddField(
            model_name="analysisrequest",
            name="partner",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                to="layers.partner",
                verbose_name="partenaire",
            ),
        ),
        migrations.AddField(
            model_name="analysisrequest",
            name="run",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="layers.analysisrun",
                verbose_name="analyse",
            ),
        ),
        migrations.AddField(
            model_name="analysisresult",
            name="run",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="results",
                to="layers.analysisrun",
                verbose_name="analyse",
            ),
        ),
        migrations.AddIndex(
            model_name="analysisresult",
            index=django.contrib.postgres.indexes.GistIndex(
                models.F("geom"), condition=models.Q(("geom__isnull", False)), name="analysisresult_geom_gist"
            ),
        ),
        migrations.AddIndex(
            model_name="analysisresult",
            index=models.Index(fields=["unit_kind", "unit_code"], name="analysis_result_unit"),
        ),
        migrations.AddConstraint(
            model_name="analysisresult",
            constraint=models.UniqueConstraint(fields=("run", "position"), name="analysis_result_once"),
        ),
        migrations.AddConstraint(
            model_name="analysisresult",
            constraint=models.UniqueConstraint(
                fields=("run", "unit_kind", "unit_code"), name="analysis_result_unit_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="analysisresult",
            constraint=models.CheckConstraint(
                condition=models.Q(("communes__len__gt", 0)), name="analysis_result_covers_communes"
            ),
        ),
        migrations.AddConstraint(
            model_name="analysisresult",
            constraint=models.CheckConstraint(
                condition=models.Q(("geom__isnull", True), ("geom__isvalid", True), _connector="OR"),
                name="analysis_result_geom_valid",
            ),
        ),
    ]
