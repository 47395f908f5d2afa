"""Keep the pairs of reports that may be one case, with their reasons."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0012_import_projection"),
    ]

    operations = [
        migrations.CreateModel(
            name="DuplicateProposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("batiment", "même bâtiment"), ("parcelle", "même parcelle")],
                        max_length=10,
                        verbose_name="lieu commun",
                    ),
                ),
                ("place_code", models.CharField(max_length=60, verbose_name="lieu")),
                ("score", models.FloatField(verbose_name="score")),
                ("days_apart", models.PositiveSmallIntegerField(verbose_name="jours d’écart")),
                ("desordres_shared", models.PositiveSmallIntegerField(verbose_name="désordres communs")),
                ("desordres_told", models.PositiveSmallIntegerField(verbose_name="désordres déclarés")),
                (
                    "text_similarity",
                    models.FloatField(blank=True, null=True, verbose_name="ressemblance des textes"),
                ),
                ("is_same_door", models.BooleanField(verbose_name="même porte")),
                ("is_same_floor", models.BooleanField(verbose_name="même étage")),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="layers.signalement",
                        verbose_name="premier signalement",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="layers.signalement",
                        verbose_name="second signalement",
                    ),
                ),
            ],
            options={
                "verbose_name": "doublon proposé",
                "verbose_name_plural": "doublons proposés",
                "indexes": [
                    models.Index(
                        models.OrderBy(models.F("score"), descending=True),
                        models.F("id"),
                        name="duplicate_proposal_score",
                    ),
                    models.Index(fields=["kind", "place_code"], name="duplicate_proposal_place"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="duplicate_proposal_once"),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))),
                        name="duplicate_proposal_in_order",
                    ),
                ],
            },
        ),
    ]
