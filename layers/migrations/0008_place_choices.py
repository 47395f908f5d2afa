"""Keep the positions that persons choose, with the key by which the next report of the same address finds them.

The key is a generated column: whoever writes a declared address (an import by COPY, a form), the database folds it.
"""

import django.contrib.gis.db.models.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def folded(text: str) -> str:
    """Give the SQL of a text without case, accent or punctuation."""
    decomposed = f"replace(replace(normalize({text}, NFKD), 'œ', 'oe'), 'Œ', 'oe')"
    unaccented = f"lower(regexp_replace({decomposed}, '[\\u0300-\\u036f]', '', 'g'))"
    return f"btrim(left(regexp_replace({unaccented}, '[^a-z0-9]+', ' ', 'g'), 400))"


STREET = folded("adresse")
TOWN = folded("CASE WHEN code_insee <> '' THEN code_insee ELSE code_postal || ' ' || ville END")
ADDRESS_KEY = f"""
CREATE FUNCTION layers_address_key(adresse text, code_postal text, ville text, code_insee text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN {STREET} <> '' AND {TOWN} <> '' THEN {STREET} || ' / ' || {TOWN} ELSE '' END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0007_registers_of_dwellings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(ADDRESS_KEY, "DROP FUNCTION layers_address_key"),
        migrations.CreateModel(
            name="PlaceChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "address_key",
                    models.TextField(blank=True, verbose_name="adresse déclarée, sans sa graphie"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("candidate", "adresse choisie"),
                            ("point", "point posé sur la carte"),
                            ("confirmed", "position confirmée"),
                            ("rejected", "aucune position possible"),
                            ("repeated", "choix repris d’un signalement de même adresse"),
                            ("undone", "choix annulé"),
                        ],
                        max_length=10,
                        verbose_name="choix",
                    ),
                ),
                ("label", models.CharField(blank=True, max_length=400, verbose_name="adresse")),
                ("ban_id", models.CharField(blank=True, max_length=60, verbose_name="identifiant BAN")),
                ("idu", models.CharField(blank=True, max_length=14, verbose_name="parcelle désignée")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="motif")),
                (
                    "point",
                    django.contrib.gis.db.models.fields.PointField(
                        blank=True, null=True, spatial_index=False, srid=4326, verbose_name="géométrie"
                    ),
                ),
                (
                    "precision",
                    models.CharField(
                        choices=[
                            ("numero", "numéro dans la voie"),
                            ("voie", "voie"),
                            ("commune", "commune"),
                            ("declaree", "position déclarée par la source"),
                            ("manuelle", "placée par une personne"),
                            ("inconnue", "aucune position"),
                        ],
                        max_length=10,
                        verbose_name="précision",
                    ),
                ),
                ("is_current", models.BooleanField(default=True, verbose_name="en vigueur")),
                (
                    "previous_point",
                    django.contrib.gis.db.models.fields.PointField(
                        blank=True, null=True, spatial_index=False, srid=4326, verbose_name="géométrie"
                    ),
                ),
                ("previous_precision", models.CharField(max_length=10, verbose_name="précision d’avant")),
                ("previous_needs_review", models.BooleanField(verbose_name="à vérifier avant")),
                ("chosen_at", models.DateTimeField(auto_now_add=True, verbose_name="choisi le")),
            ],
            options={
                "verbose_name": "choix de position",
                "verbose_name_plural": "choix de position",
            },
        ),
        migrations.AddField(
            model_name="geocoding",
            name="point",
            field=django.contrib.gis.db.models.fields.PointField(
                blank=True, null=True, spatial_index=False, srid=4326, verbose_name="géométrie"
            ),
        ),
        migrations.AddField(
            model_name="signalement",
            name="address_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    "adresse", "code_postal", "ville", "code_insee", function="layers_address_key"
                ),
                output_field=models.TextField(),
                verbose_name="adresse déclarée, sans sa graphie",
            ),
        ),
        migrations.AlterField(
            model_name="anchor",
            name="method",
            field=models.CharField(
                choices=[
                    ("geocoder", "identifiant BAN du géocodeur"),
                    ("cad_parcelles", "parcelles déclarées par la BAN"),
                    ("rnb", "lien du RNB"),
                    ("contains", "point dans l’emprise"),
                    ("overlap", "bâtiment sur la parcelle"),
                    ("nearest", "le plus proche"),
                    ("declared", "code déclaré"),
                    ("chosen", "choisi par une personne"),
                ],
                max_length=15,
                verbose_name="méthode",
            ),
        ),
        migrations.AlterField(
            model_name="signalement",
            name="precision",
            field=models.CharField(
                choices=[
                    ("numero", "numéro dans la voie"),
                    ("voie", "voie"),
                    ("commune", "commune"),
                    ("declaree", "position déclarée par la source"),
                    ("manuelle", "placée par une personne"),
                    ("inconnue", "aucune position"),
                ],
                default="inconnue",
                max_length=10,
                verbose_name="précision",
            ),
        ),
        migrations.AddIndex(
            model_name="signalement",
            index=models.Index(fields=["address_key"], name="signalement_address_key"),
        ),
        migrations.AddField(
            model_name="placechoice",
            name="chosen_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="choisi par",
            ),
        ),
        migrations.AddField(
            model_name="placechoice",
            name="commune",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="layers.commune",
                verbose_name="commune",
            ),
        ),
        migrations.AddField(
            model_name="placechoice",
            name="previous_commune",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="layers.commune",
                verbose_name="commune d’avant",
            ),
        ),
        migrations.AddField(
            model_name="placechoice",
            name="repeats",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="repetitions",
                to="layers.placechoice",
                verbose_name="choix repris",
            ),
        ),
        migrations.AddField(
            model_name="placechoice",
            name="signalement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="place_choices",
                to="layers.signalement",
                verbose_name="signalement",
            ),
        ),
        migrations.AddField(
            model_name="placechoice",
            name="undoes",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="undone_by",
                to="layers.placechoice",
                verbose_name="choix annulé",
            ),
        ),
        migrations.AddIndex(
            model_name="placechoice",
            index=models.Index(fields=["address_key", "-id"], name="place_choice_memory"),
        ),
        migrations.AddConstraint(
            model_name="placechoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_current", True)),
                fields=("signalement",),
                name="place_choice_current_once",
            ),
        ),
    ]
