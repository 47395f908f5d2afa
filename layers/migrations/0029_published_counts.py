"""Keep which releases are published, and show their counts, and nothing else, by a view.

The role that reads it for the public is given this view by ``layers.public_role`` after each migrate: the name of the
role belongs to the deployment. The view runs with the rights of its owner, so that the role needs none on its tables.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE VIEW layers_public_count WITH (security_barrier) AS
SELECT r.id, r.unit_kind, r.unit_code AS code, r.label AS nom,
    (r.figures ->> 'dwellings')::double precision AS dwellings,
    (r.figures ->> 'total')::double precision::integer AS total,
    (r.figures ->> 'year_0')::double precision::integer AS year_0,
    (r.figures ->> 'year_1')::double precision::integer AS year_1,
    (r.figures ->> 'year_2')::double precision::integer AS year_2,
    p.years, p.published_at::date AS published_on,
    CASE r.unit_kind
        WHEN 'commune' THEN (SELECT c.geom FROM layers_commune c WHERE c.code = r.unit_code)
        WHEN 'iris' THEN (SELECT i.geom FROM layers_iris i WHERE i.code = r.unit_code)
    END AS geom
FROM layers_publication p
JOIN layers_analysisrun a ON a.id = p.run_id
JOIN layers_analysisresult r ON r.run_id = a.id
WHERE p.withdrawn_at IS NULL
    -- told again here: whatever writes a publication, only what was protected for the public is shown
    AND a.method = 'diffusion' AND a.everything AND a.parameters ->> 'audience' = 'public';
"""
UNDO = "DROP VIEW layers_public_count;"


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0028_communes_perimeters_sections_followed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Publication",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                ("years", models.CharField(max_length=60, verbose_name="années")),
                ("published_at", models.DateTimeField(auto_now_add=True, verbose_name="publiée le")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="retirée le")),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="publiée par",
                    ),
                ),
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="publication",
                        to="layers.analysisrun",
                        verbose_name="analyse",
                    ),
                ),
            ],
            options={
                "verbose_name": "publication",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("unit_kind",),
                        name="publication_current_once",
                    )
                ],
            },
        ),
        migrations.RunSQL(FORWARD, UNDO),
    ]
