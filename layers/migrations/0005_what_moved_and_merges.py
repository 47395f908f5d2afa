"""Say what moved since the last anchoring, and which reports were merged."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0004_visits_and_orders_by_address"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AnchoringRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("as_of", models.DateTimeField(verbose_name="couches lues à l’instant")),
                ("ended_at", models.DateTimeField(auto_now_add=True, verbose_name="terminé le")),
                ("reports", models.PositiveIntegerField(verbose_name="signalements ancrés")),
                ("written", models.PositiveIntegerField(verbose_name="liens écrits")),
                ("removed", models.PositiveIntegerField(verbose_name="liens retirés")),
            ],
            options={
                "verbose_name": "exécution de l’ancrage",
                "verbose_name_plural": "exécutions de l’ancrage",
            },
        ),
        migrations.CreateModel(
            name="DistinctPair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("said_at", models.DateTimeField(auto_now_add=True, verbose_name="dit le")),
            ],
            options={
                "verbose_name": "paire distincte",
                "verbose_name_plural": "paires distinctes",
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="motif")),
                ("merged_at", models.DateTimeField(auto_now_add=True, verbose_name="fusionné le")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="défait le")),
            ],
            options={
                "verbose_name": "fusion",
            },
        ),
        migrations.AddField(
            model_name="address",
            name="written_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="écrit le"
            ),
        ),
        migrations.AddField(
            model_name="addressparcelle",
            name="written_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="écrit le"
            ),
        ),
        migrations.AddField(
            model_name="anchor",
            name="millesime",
            field=models.DateField(blank=True, null=True, verbose_name="millésime"),
        ),
        migrations.AddField(
            model_name="batiment",
            name="written_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="écrit le"
            ),
        ),
        migrations.AddField(
            model_name="batimentaddress",
            name="written_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="écrit le"
            ),
        ),
        migrations.AddField(
            model_name="batimentparcelle",
            name="written_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="écrit le"
            ),
        ),
        migrations.AddField(
            model_name="commune",
            name="written_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="écrit le"
            ),
        ),
        migrations.AddField(
            model_name="iris",
            name="written_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="écrit le"
            ),
        ),
        migrations.AddField(
            model_name="parcelle",
            name="written_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="écrit le"
            ),
        ),
        migrations.AddField(
            model_name="signalement",
            name="anchored_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="ancré le"),
        ),
        migrations.AddField(
            model_name="signalement",
            name="declared_idu",
            field=models.CharField(
                blank=True, db_default="", max_length=14, verbose_name="parcelle déclarée"
            ),
        ),
        migrations.AddField(
            model_name="signalement",
            name="declared_iris",
            field=models.CharField(blank=True, db_default="", max_length=9, verbose_name="IRIS déclaré"),
        ),
        migrations.AddField(
            model_name="signalement",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="absorbed",
                to="layers.signalement",
                verbose_name="fusionné dans",
            ),
        ),
        migrations.AddField(
            model_name="zone",
            name="written_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="écrit le"
            ),
        ),
        migrations.AddIndex(
            model_name="address",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["written_at"], name="address_written_brin"
            ),
        ),
        migrations.AddIndex(
            model_name="batiment",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["written_at"], name="batiment_written_brin"
            ),
        ),
        migrations.AddIndex(
            model_name="parcelle",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["written_at"], name="parcelle_written_brin"
            ),
        ),
        migrations.AddIndex(
            model_name="signalement",
            index=models.Index(
                models.F("id"),
                condition=models.Q(("anchored_at__isnull", True)),
                name="signalement_to_anchor",
            ),
        ),
        migrations.AddField(
            model_name="distinctpair",
            name="first",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="layers.signalement",
                verbose_name="premier signalement",
            ),
        ),
        migrations.AddField(
            model_name="distinctpair",
            name="said_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="dit par",
            ),
        ),
        migrations.AddField(
            model_name="distinctpair",
            name="second",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="layers.signalement",
                verbose_name="second signalement",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="absorbed",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="merges",
                to="layers.signalement",
                verbose_name="signalement absorbé",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="kept",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="absorptions",
                to="layers.signalement",
                verbose_name="signalement gardé",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="merged_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="fusionné par",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="undone_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="défait par",
            ),
        ),
        migrations.AddConstraint(
            model_name="distinctpair",
            constraint=models.UniqueConstraint(fields=("first", "second"), name="distinct_pair_once"),
        ),
        migrations.AddConstraint(
            model_name="distinctpair",
            constraint=models.CheckConstraint(
                condition=models.Q(("first__lt", models.F("second"))), name="distinct_pair_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at__isnull", True)),
                fields=("absorbed",),
                name="merge_standing_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("absorbed", models.F("kept")), _negated=True), name="merge_of_two"
            ),
        ),
    ]
