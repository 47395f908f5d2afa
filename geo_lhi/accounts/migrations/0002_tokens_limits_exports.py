"""Add access tokens, the counts behind rate limits, and the record of exports.

The counts are UNLOGGED and half-filled pages let a row be rewritten in place: counting a request costs neither
write-ahead log nor index. An export is written once: an update is refused whoever writes; only the purge deletes.
"""

import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

CHEAP_COUNTS = """
ALTER TABLE accounts_requestcount SET UNLOGGED;
ALTER TABLE accounts_requestcount SET (fillfactor = 50);
"""
WRITTEN_ONCE = """
CREATE FUNCTION accounts_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER export_written_once BEFORE UPDATE ON accounts_export
FOR EACH ROW EXECUTE FUNCTION accounts_written_once();
"""
REWRITABLE = """
DROP TRIGGER export_written_once ON accounts_export;
DROP FUNCTION accounts_written_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="RequestCount",
            fields=[
                ("key", models.UUIDField(primary_key=True, serialize=False, verbose_name="clef")),
                ("started_at", models.DateTimeField(verbose_name="depuis")),
                ("count", models.PositiveIntegerField(verbose_name="requêtes")),
            ],
            options={
                "verbose_name": "compte de requêtes",
                "verbose_name_plural": "comptes de requêtes",
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(db_index=True, default=django.utils.timezone.now, verbose_name="le"),
                ),
                ("account", models.CharField(max_length=150, verbose_name="identifiant")),
                (
                    "token",
                    models.CharField(
                        blank=True, help_text="vide : par le site", max_length=100, verbose_name="jeton"
                    ),
                ),
                ("what", models.CharField(max_length=60, verbose_name="fichier")),
                (
                    "source",
                    models.CharField(
                        blank=True, help_text="analyse, import ou couche", max_length=100, verbose_name="de"
                    ),
                ),
                ("filters", models.JSONField(blank=True, default=dict, verbose_name="filtres")),
                ("rows", models.PositiveIntegerField(null=True, verbose_name="lignes")),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="utilisateur",
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="nom")),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("wfs", "WFS"),
                                ("ogc", "OGC API et GeoJSON"),
                                ("tiles", "tuiles vectorielles"),
                                ("export", "fichiers à télécharger"),
                            ],
                            max_length=10,
                        ),
                        size=None,
                        verbose_name="services",
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="empreinte")),
                (
                    "created_on",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="créé le"),
                ),
                ("expires_on", models.DateField(verbose_name="valable jusqu’au")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="révoqué le")),
                ("last_used_on", models.DateField(blank=True, null=True, verbose_name="dernier usage")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tokens",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="utilisateur",
                    ),
                ),
            ],
            options={
                "verbose_name": "jeton d’accès",
                "verbose_name_plural": "jetons d’accès",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "expires_on__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("created_on"), "+", models.Value(datetime.timedelta(days=366))
                                ),
                            )
                        ),
                        name="apitoken_expires_within_a_year",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("scopes", []), _negated=True), name="apitoken_has_a_scope"
                    ),
                ],
            },
        ),
        migrations.RunSQL(CHEAP_COUNTS, migrations.RunSQL.noop),
        migrations.RunSQL(WRITTEN_ONCE, REWRITABLE),
    ]
