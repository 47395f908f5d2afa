"""Keep what each person asked to download, while a worker makes the file."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0023_outlines_of_territories"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ExportRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "layers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), size=None, verbose_name="couches"
                    ),
                ),
                ("format", models.CharField(max_length=20, verbose_name="format")),
                ("srid", models.PositiveIntegerField(verbose_name="projection")),
                ("filters", models.JSONField(blank=True, default=dict, verbose_name="filtres")),
                ("rights", models.CharField(blank=True, max_length=16, verbose_name="version des droits")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "en attente"),
                            ("running", "en cours"),
                            ("done", "prêt"),
                            ("failed", "échoué"),
                            ("cancelled", "annulé"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("expected", models.PositiveBigIntegerField(default=0, verbose_name="objets attendus")),
                ("written", models.PositiveBigIntegerField(default=0, verbose_name="objets écrits")),
                ("message", models.TextField(blank=True, verbose_name="message")),
                ("job", models.BigIntegerField(blank=True, null=True, verbose_name="numéro de la tâche")),
                ("folder", models.CharField(blank=True, max_length=64, verbose_name="dossier du fichier")),
                ("file_name", models.CharField(blank=True, max_length=120, verbose_name="fichier")),
                (
                    "size",
                    models.PositiveBigIntegerField(blank=True, null=True, verbose_name="taille en octets"),
                ),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="demandé le")),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="commencé le")),
                ("beat_at", models.DateTimeField(blank=True, null=True, verbose_name="dernier signe de vie")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="terminé le")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="gardé jusqu’au")),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="demandé par",
                    ),
                ),
            ],
            options={
                "verbose_name": "demande d’export",
                "verbose_name_plural": "demandes d’export",
                "indexes": [models.Index(fields=["author", "-id"], name="export_request_author")],
            },
        ),
    ]
