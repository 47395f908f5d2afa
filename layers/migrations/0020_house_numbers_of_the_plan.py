"""Keep the house numbers of the plan cadastral, with the day each was written, and the links found by them."""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0016_detailed_iris"),
    ]

    operations = [
        migrations.AlterField(
            model_name="anchor",
            name="method",
            field=models.CharField(
                choices=[
                    ("geocoder", "identifiant BAN du géocodeur"),
                    ("cad_parcelles", "parcelles déclarées par la BAN"),
                    ("numero_cadastral", "numéro du plan cadastral"),
                    ("rnb", "lien du RNB"),
                    ("contains", "point dans l’emprise"),
                    ("overlap", "bâtiment sur la parcelle"),
                    ("nearest", "le plus proche"),
                    ("declared", "code déclaré"),
                    ("chosen", "choisi par une personne"),
                ],
                max_length=20,
                verbose_name="méthode",
            ),
        ),
        migrations.CreateModel(
            name="NumeroCadastral",
            fields=[
                ("millesime", models.DateField(verbose_name="millésime")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="sorti du registre le")),
                (
                    "written_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="écrit le",
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="identifiant"
                    ),
                ),
                ("numero", models.PositiveIntegerField(verbose_name="numéro")),
                ("rep", models.CharField(blank=True, max_length=10, verbose_name="indice de répétition")),
                ("idu", models.CharField(db_index=True, max_length=14, verbose_name="parcelle")),
                ("feuille", models.CharField(db_index=True, max_length=12, verbose_name="feuille")),
                (
                    "geom",
                    django.contrib.gis.db.models.fields.PointField(
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
                "verbose_name": "numéro du plan cadastral",
                "verbose_name_plural": "numéros du plan cadastral",
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(
                        models.F("geom"),
                        condition=models.Q(("closed_on__isnull", True)),
                        name="numero_cadastral_geom_gist",
                    ),
                    django.contrib.postgres.indexes.BrinIndex(
                        fields=["written_at"], name="numero_cadastral_written_brin"
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER numerocadastral_stamp_written BEFORE UPDATE ON layers_numerocadastral
            FOR EACH ROW EXECUTE FUNCTION layers_stamp_written()
            """,
            "DROP TRIGGER numerocadastral_stamp_written ON layers_numerocadastral",
        ),
    ]
