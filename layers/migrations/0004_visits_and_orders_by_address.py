"""Visits and affectations of a report; orders whose act names an address and no parcelle; municipal arrondissements.

``lieu`` is written by the database: the parcelle, else the address. An order is one type on one day on one place.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0003_parcelle_lineage"),
    ]

    operations = [
        migrations.CreateModel(
            name="Affectation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(unique=True, verbose_name="identifiant Signal Logement")),
                ("partner", models.CharField(max_length=200, verbose_name="partenaire")),
                (
                    "partner_type",
                    models.CharField(blank=True, max_length=40, verbose_name="type de partenaire"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("NOUVEAU", "nouveau"),
                            ("EN_COURS", "en cours"),
                            ("REFUSE", "refusé"),
                            ("FERME", "fermé"),
                        ],
                        max_length=10,
                        verbose_name="statut",
                    ),
                ),
                ("affected_on", models.DateField(blank=True, null=True, verbose_name="affecté le")),
                ("answered_on", models.DateField(blank=True, null=True, verbose_name="accepté ou refusé le")),
                (
                    "motif_cloture",
                    models.CharField(blank=True, max_length=120, verbose_name="motif de clôture"),
                ),
                ("motif_refus", models.CharField(blank=True, max_length=120, verbose_name="motif de refus")),
            ],
            options={
                "verbose_name": "affectation",
            },
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(unique=True, verbose_name="identifiant Signal Logement")),
                (
                    "type",
                    models.CharField(
                        choices=[("VISITE", "visite"), ("VISITE_CONTROLE", "visite de contrôle")],
                        default="VISITE",
                        max_length=20,
                        verbose_name="type",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("NON_PLANIFIEE", "non planifiée"),
                            ("PLANIFIEE", "planifiée"),
                            ("CONCLUSION_A_RENSEIGNER", "conclusion à renseigner"),
                            ("TERMINEE", "terminée"),
                            ("ANNULEE", "annulée"),
                            ("NON_EFFECTUEE", "non effectuée"),
                        ],
                        max_length=30,
                        verbose_name="statut",
                    ),
                ),
                ("visited_on", models.DateField(blank=True, null=True, verbose_name="date de visite")),
                (
                    "is_occupant_present",
                    models.BooleanField(blank=True, null=True, verbose_name="occupant présent"),
                ),
                (
                    "is_owner_present",
                    models.BooleanField(blank=True, null=True, verbose_name="propriétaire présent"),
                ),
                (
                    "conclusions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("NON_DECENCE", "non décence"),
                                ("RSD", "infraction RSD"),
                                ("INSALUBRITE", "insalubrité"),
                                ("SUSPICION_INSALUBRE", "suspicion d’insalubrité"),
                                ("MISE_EN_SECURITE_PERIL", "mise en sécurité / péril"),
                                ("LOGEMENT_DECENT", "logement décent / pas d’infraction"),
                                (
                                    "RESPONSABILITE_OCCUPANT_ASSURANTIEL",
                                    "responsabilité occupant / assurantiel",
                                ),
                                ("SALETE", "saleté"),
                                ("AUTRE", "autre"),
                            ],
                            max_length=40,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="conclusions",
                    ),
                ),
                ("partner", models.CharField(blank=True, max_length=200, verbose_name="opérateur")),
            ],
            options={
                "verbose_name": "visite",
            },
        ),
        migrations.RemoveConstraint(
            model_name="arrete",
            name="arrete_once",
        ),
        migrations.AddField(
            model_name="arrete",
            name="ban_id",
            field=models.CharField(
                blank=True, db_default="", db_index=True, max_length=60, verbose_name="adresse trouvée"
            ),
        ),
        migrations.AddField(
            model_name="arrete",
            name="document",
            field=models.URLField(blank=True, db_default="", max_length=500, verbose_name="document publié"),
        ),
        migrations.AddField(
            model_name="arrete",
            name="lieu",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(idu__gt="", then=models.F("idu")),
                    default=django.db.models.functions.text.Concat(
                        models.F("code_postal"),
                        models.Value(" "),
                        django.db.models.functions.text.Lower(models.F("adresse")),
                    ),
                ),
                output_field=models.CharField(max_length=310),
                verbose_name="lieu de l’acte",
            ),
        ),
        migrations.AddField(
            model_name="arrete",
            name="mainlevee_partielle_on",
            field=models.DateField(blank=True, null=True, verbose_name="date de mainlevée partielle"),
        ),
        migrations.AddField(
            model_name="arrete",
            name="nature",
            field=models.CharField(
                blank=True, db_default="", max_length=200, verbose_name="classification de la source"
            ),
        ),
        migrations.AddField(
            model_name="arrete",
            name="numero",
            field=models.CharField(blank=True, db_default="", max_length=60, verbose_name="numéro de l’acte"),
        ),
        migrations.AddField(
            model_name="signalement",
            name="arrondissement",
            field=models.CharField(
                blank=True, db_default="", max_length=5, verbose_name="arrondissement municipal"
            ),
        ),
        migrations.AddField(
            model_name="signalement",
            name="cle_ban",
            field=models.CharField(
                blank=True, db_default="", max_length=60, verbose_name="adresse BAN déclarée"
            ),
        ),
        migrations.AddField(
            model_name="signalement",
            name="rnb_id",
            field=models.CharField(
                blank=True, db_default="", max_length=12, verbose_name="bâtiment RNB déclaré"
            ),
        ),
        migrations.AlterField(
            model_name="arrete",
            name="idu",
            field=models.CharField(
                blank=True,
                db_default="",
                db_index=True,
                max_length=14,
                verbose_name="identifiant parcellaire",
            ),
        ),
        migrations.AlterField(
            model_name="arrete",
            name="type",
            field=models.CharField(
                choices=[
                    ("MISE_EN_SECURITE", "Mise en sécurité procédure ordinaire"),
                    ("MISE_EN_SECURITE_PROCEDURE_URGENTE", "Mise en sécurité procédure urgente"),
                    ("MISE_EN_SECURITE_MODIFICATIF", "Mise en sécurité modificatif"),
                    ("ARRETE_L_511_11_IMPROPRE", "Arrêté L.511-11 - Impropre"),
                    ("ARRETE_L_511_11_ORDINAIRE_IRREMEDIABLE", "Arrêté L.511-11 - Ordinaire irrémédiable"),
                    ("ARRETE_L_511_11_ORDINAIRE_REMEDIABLE", "Arrêté L.511-11 - Ordinaire remédiable"),
                    ("ARRETE_L_511_11_SUROCCUPATION", "Arrêté L.511-11 - Suroccupation"),
                    ("ARRETE_L_511_11_USAGE_NON_APPROPRIE", "Arrêté L.511-11 - Usage non approprié"),
                    ("ARRETE_L_511_19_INSALUBRITE", "Arrêté L.511-19 - Insalubrité"),
                    ("ARRETE_L_511_19_INSALUBRITE_SATURNISME", "Arrêté L.511-19 - Insalubrité & Saturnisme"),
                    ("ARRETE_L_511_19_SATURNISME", "Arrêté L.511-19 - Saturnisme"),
                    ("ARRETE_L_1331_26", "Arrêté L1331-26"),
                    ("ARRETE_L_1311_4", "Arrêté L.1311-4"),
                    ("ARRETE_LETCHIMY_ARTICLE_10", "Arrêté Letchimy : article 10"),
                    ("INTERDICTION_D_OCCUPER", "Interdiction d’occuper ou évacuation"),
                    ("PERIMETRE_DE_SECURITE", "Périmètre de sécurité"),
                    ("DECONSTRUCTION", "Déconstruction"),
                    ("POLICE_GENERALE", "Police générale du maire"),
                    ("ASTREINTE", "Astreinte administrative"),
                    ("AUTRE", "Autre acte"),
                ],
                max_length=50,
                verbose_name="classification",
            ),
        ),
        migrations.AlterField(
            model_name="zone",
            name="type",
            field=models.CharField(
                choices=[
                    ("QPV", "quartier prioritaire (QPV)"),
                    ("OPAH", "OPAH"),
                    ("OPAH_RU", "OPAH-RU"),
                    ("RHI", "RHI"),
                    ("ANRU", "ANRU"),
                    ("PIG", "PIG"),
                    ("PERMIS_DE_LOUER", "permis de louer"),
                    ("PERMIS_DE_DIVISER", "permis de diviser"),
                    ("OPAH_CD", "OPAH copropriétés dégradées"),
                    ("ORI", "opération de restauration immobilière (ORI)"),
                    ("ORCOD", "opération de requalification de copropriétés dégradées (ORCOD)"),
                    ("ORT", "opération de revitalisation de territoire (ORT)"),
                    ("PERIMETRE_DE_SECURITE", "périmètre de sécurité"),
                    ("AUTRE", "autre périmètre"),
                ],
                max_length=30,
                verbose_name="type",
            ),
        ),
        migrations.AddConstraint(
            model_name="arrete",
            constraint=models.UniqueConstraint(
                fields=("lieu", "type", "taken_on", "numero"), name="arrete_once"
            ),
        ),
        migrations.AddField(
            model_name="affectation",
            name="signalement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="affectations",
                to="layers.signalement",
                verbose_name="signalement",
            ),
        ),
        migrations.AddField(
            model_name="visit",
            name="signalement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="visits",
                to="layers.signalement",
                verbose_name="signalement",
            ),
        ),
        migrations.AddIndex(
            model_name="affectation",
            index=models.Index(fields=["signalement", "affected_on"], name="affectation_signalement_day"),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(fields=["signalement", "visited_on"], name="visit_signalement_day"),
        ),
    ]
