"""Tables of the open registers of dwellings and buildings (DPE, DVF, RNIC, RPLS by address, BDNB).

A perimeter also takes its generation (QPV of 2015 or 2024), a square of the grid its reason of secrecy, and figures
may be those of an EPCI (LOVAC).
"""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0006_what_moved_triggers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mutation",
            fields=[
                (
                    "code",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="identifiant"
                    ),
                ),
                ("mutated_on", models.DateField(verbose_name="date de la mutation")),
                ("nature", models.CharField(max_length=60, verbose_name="nature")),
                (
                    "valeur_fonciere",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=14,
                        null=True,
                        verbose_name="valeur foncière (€)",
                    ),
                ),
                ("parcelles_count", models.PositiveIntegerField(verbose_name="nombre de parcelles")),
            ],
            options={
                "verbose_name": "mutation",
            },
        ),
        migrations.AddField(
            model_name="carreau",
            name="secret",
            field=models.CharField(blank=True, db_default="", max_length=40, verbose_name="motif du secret"),
        ),
        migrations.AddField(
            model_name="zone",
            name="generation",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="génération (QPV)"),
        ),
        migrations.AlterField(
            model_name="indicator",
            name="territoire",
            field=models.CharField(
                choices=[
                    ("iris", "IRIS"),
                    ("commune", "commune"),
                    ("epci", "EPCI"),
                    ("carreau", "carreau de 200 m"),
                    ("zone", "périmètre"),
                ],
                max_length=10,
                verbose_name="type de territoire",
            ),
        ),
        migrations.CreateModel(
            name="Copropriete",
            fields=[
                (
                    "numero",
                    models.CharField(
                        max_length=12,
                        primary_key=True,
                        serialize=False,
                        verbose_name="numéro d’immatriculation",
                    ),
                ),
                ("nom", models.CharField(blank=True, max_length=300, verbose_name="nom d’usage")),
                (
                    "adresse",
                    models.CharField(blank=True, max_length=300, verbose_name="adresse de référence"),
                ),
                (
                    "code_insee",
                    models.CharField(blank=True, db_index=True, max_length=5, verbose_name="code Insee"),
                ),
                ("registered_on", models.DateField(blank=True, null=True, verbose_name="immatriculée le")),
                ("updated_on", models.DateField(blank=True, null=True, verbose_name="dernière mise à jour")),
                ("lots", models.PositiveIntegerField(blank=True, null=True, verbose_name="nombre de lots")),
                (
                    "lots_habitation",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="nombre de lots d’habitation"
                    ),
                ),
                (
                    "periode_construction",
                    models.CharField(blank=True, max_length=60, verbose_name="période de construction"),
                ),
                (
                    "syndic",
                    models.CharField(
                        blank=True,
                        choices=[("professionnel", "syndic professionnel"), ("benevole", "syndic bénévole")],
                        max_length=15,
                        verbose_name="type de syndic",
                    ),
                ),
                ("mandat", models.CharField(blank=True, max_length=60, verbose_name="mandat du syndic")),
                ("is_aided", models.BooleanField(blank=True, null=True, verbose_name="copropriété aidée")),
                (
                    "is_in_pvd",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="commune Petites villes de demain"
                    ),
                ),
                (
                    "is_in_acv",
                    models.BooleanField(blank=True, null=True, verbose_name="commune Action cœur de ville"),
                ),
                (
                    "idus",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=14),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="parcelles",
                    ),
                ),
                (
                    "ban_id",
                    models.CharField(
                        blank=True, db_index=True, max_length=60, null=True, verbose_name="adresse"
                    ),
                ),
                (
                    "geom",
                    django.contrib.gis.db.models.fields.PointField(
                        blank=True, null=True, spatial_index=False, srid=4326, verbose_name="géométrie"
                    ),
                ),
            ],
            options={
                "verbose_name": "copropriété",
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(models.F("geom"), name="copropriete_geom_gist"),
                    django.contrib.postgres.indexes.GinIndex(fields=["idus"], name="copropriete_idus_gin"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Dpe",
            fields=[
                (
                    "numero",
                    models.CharField(
                        max_length=20, primary_key=True, serialize=False, verbose_name="numéro de DPE"
                    ),
                ),
                (
                    "replaces",
                    models.CharField(blank=True, max_length=20, verbose_name="numéro du DPE remplacé"),
                ),
                ("established_on", models.DateField(verbose_name="date d’établissement")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="fin de validité")),
                ("classe_energie", models.CharField(max_length=1, verbose_name="classe énergie")),
                ("classe_ges", models.CharField(blank=True, max_length=1, verbose_name="classe GES")),
                (
                    "type",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("maison", "maison"),
                            ("appartement", "appartement"),
                            ("immeuble", "immeuble"),
                        ],
                        max_length=12,
                        verbose_name="type de bien",
                    ),
                ),
                (
                    "annee_construction",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="année de construction"
                    ),
                ),
                (
                    "periode_construction",
                    models.CharField(blank=True, max_length=40, verbose_name="période de construction"),
                ),
                (
                    "surface_m2",
                    models.FloatField(blank=True, null=True, verbose_name="surface habitable (m²)"),
                ),
                ("adresse", models.CharField(blank=True, max_length=300, verbose_name="adresse")),
                (
                    "code_insee",
                    models.CharField(blank=True, db_index=True, max_length=5, verbose_name="code Insee"),
                ),
                (
                    "identifiant_ban",
                    models.CharField(blank=True, max_length=60, verbose_name="adresse trouvée par l’Ademe"),
                ),
                (
                    "score_geocodage",
                    models.FloatField(blank=True, null=True, verbose_name="score de géocodage"),
                ),
                (
                    "ban_id",
                    models.CharField(
                        blank=True, db_index=True, max_length=60, null=True, verbose_name="adresse"
                    ),
                ),
                (
                    "rnb_id",
                    models.CharField(
                        blank=True, db_index=True, max_length=12, null=True, verbose_name="identifiant RNB"
                    ),
                ),
            ],
            options={
                "verbose_name": "diagnostic de performance énergétique",
                "verbose_name_plural": "diagnostics de performance énergétique",
                "indexes": [
                    models.Index(
                        condition=models.Q(("replaces", ""), _negated=True),
                        fields=["replaces"],
                        name="dpe_replaces",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupeBatiment",
            fields=[
                (
                    "code",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="identifiant BDNB"
                    ),
                ),
                ("code_insee", models.CharField(db_index=True, max_length=5, verbose_name="code Insee")),
                (
                    "annee_construction",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="année de construction"
                    ),
                ),
                (
                    "dwellings",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="nombre de logements"),
                ),
                (
                    "niveaux",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="nombre de niveaux"),
                ),
                ("usage", models.CharField(blank=True, max_length=80, verbose_name="usage principal")),
                ("mat_mur", models.CharField(blank=True, max_length=120, verbose_name="matériau des murs")),
                ("mat_toit", models.CharField(blank=True, max_length=120, verbose_name="matériau du toit")),
                (
                    "classe_dpe",
                    models.CharField(
                        blank=True, max_length=1, verbose_name="classe énergie du DPE représentatif"
                    ),
                ),
                (
                    "classe_ges",
                    models.CharField(
                        blank=True, max_length=1, verbose_name="classe GES du DPE représentatif"
                    ),
                ),
                ("dpe_on", models.DateField(blank=True, null=True, verbose_name="date du DPE représentatif")),
                (
                    "classes_dpe",
                    models.JSONField(
                        blank=True, default=dict, verbose_name="nombre de DPE par classe énergie"
                    ),
                ),
                (
                    "classe_modelisee",
                    models.CharField(
                        blank=True, max_length=1, verbose_name="classe énergie estimée par modèle"
                    ),
                ),
                (
                    "copropriete",
                    models.CharField(blank=True, max_length=12, verbose_name="copropriété principale"),
                ),
                (
                    "alea_argiles",
                    models.CharField(
                        blank=True, max_length=40, verbose_name="aléa retrait-gonflement des argiles"
                    ),
                ),
                ("alea_radon", models.CharField(blank=True, max_length=40, verbose_name="aléa radon")),
                ("qpv", models.CharField(blank=True, max_length=200, verbose_name="quartier prioritaire")),
                (
                    "is_near_monument",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="aux abords d’un monument historique"
                    ),
                ),
                (
                    "idus",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=14),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="parcelles",
                    ),
                ),
                (
                    "ban_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="adresses",
                    ),
                ),
                (
                    "rnb_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="identifiants RNB",
                    ),
                ),
            ],
            options={
                "verbose_name": "groupe de bâtiments (BDNB)",
                "verbose_name_plural": "groupes de bâtiments (BDNB)",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["idus"], name="groupe_idus_gin"),
                    django.contrib.postgres.indexes.GinIndex(fields=["ban_ids"], name="groupe_ban_ids_gin"),
                    django.contrib.postgres.indexes.GinIndex(fields=["rnb_ids"], name="groupe_rnb_ids_gin"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LogementSocial",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code_insee", models.CharField(max_length=5, verbose_name="code Insee")),
                ("millesime", models.PositiveSmallIntegerField(verbose_name="édition")),
                ("numero", models.CharField(blank=True, max_length=20, verbose_name="numéro")),
                ("rep", models.CharField(blank=True, max_length=10, verbose_name="indice de répétition")),
                ("voie", models.CharField(max_length=300, verbose_name="voie")),
                ("dwellings", models.PositiveIntegerField(verbose_name="nombre de logements sociaux")),
                (
                    "first_built",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="plus ancienne construction"
                    ),
                ),
                (
                    "last_built",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="plus récente construction"
                    ),
                ),
                (
                    "classes_dpe",
                    models.JSONField(
                        blank=True, default=dict, verbose_name="nombre de logements par classe énergie"
                    ),
                ),
                ("qpv", models.CharField(blank=True, max_length=8, verbose_name="quartier prioritaire")),
                (
                    "qualite_xy",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="qualité de la position"
                    ),
                ),
                (
                    "ban_id",
                    models.CharField(
                        blank=True, db_index=True, max_length=60, null=True, verbose_name="adresse"
                    ),
                ),
                (
                    "idu",
                    models.CharField(
                        blank=True, db_index=True, max_length=14, null=True, verbose_name="parcelle"
                    ),
                ),
                (
                    "geom",
                    django.contrib.gis.db.models.fields.PointField(
                        blank=True, null=True, spatial_index=False, srid=4326, verbose_name="géométrie"
                    ),
                ),
            ],
            options={
                "verbose_name": "logements sociaux d’une adresse",
                "verbose_name_plural": "logements sociaux par adresse",
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(
                        models.F("geom"), name="logementsocial_geom_gist"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("code_insee", "voie", "numero", "rep"), name="logement_social_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MutationParcelle",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("idu", models.CharField(db_index=True, max_length=14, verbose_name="parcelle")),
                ("adresse", models.CharField(blank=True, max_length=300, verbose_name="adresse")),
                (
                    "ban_id",
                    models.CharField(
                        blank=True, db_index=True, max_length=60, null=True, verbose_name="adresse"
                    ),
                ),
                (
                    "types_local",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="types de local",
                    ),
                ),
                (
                    "lots",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="numéros de lot",
                    ),
                ),
                (
                    "surface_bati_m2",
                    models.FloatField(blank=True, null=True, verbose_name="surface bâtie (m²)"),
                ),
                (
                    "surface_carrez_m2",
                    models.FloatField(blank=True, null=True, verbose_name="surface Carrez (m²)"),
                ),
                (
                    "surface_terrain_m2",
                    models.FloatField(blank=True, null=True, verbose_name="surface de terrain (m²)"),
                ),
                (
                    "pieces",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="pièces principales"),
                ),
                (
                    "geom",
                    django.contrib.gis.db.models.fields.PointField(
                        blank=True, null=True, spatial_index=False, srid=4326, verbose_name="géométrie"
                    ),
                ),
                (
                    "mutation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parcelles",
                        to="layers.mutation",
                        verbose_name="mutation",
                    ),
                ),
            ],
            options={
                "verbose_name": "parcelle d’une mutation",
                "verbose_name_plural": "parcelles des mutations",
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(
                        models.F("geom"), name="mutationparcelle_geom_gist"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("mutation", "idu"), name="mutation_parcelle_once")
                ],
            },
        ),
    ]
