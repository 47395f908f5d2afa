"""Keep how far a service that is read page by page was read, so that an interrupted reading goes on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0010_uploads"),
    ]

    operations = [
        migrations.CreateModel(
            name="SyncMark",
            fields=[
                (
                    "source",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="source"),
                ),
                (
                    "complete_until",
                    models.DateField(blank=True, null=True, verbose_name="lu en entier jusqu’au"),
                ),
                (
                    "walk_since",
                    models.DateField(blank=True, null=True, verbose_name="lecture en cours : depuis le"),
                ),
                (
                    "walk_began_on",
                    models.DateField(blank=True, null=True, verbose_name="lecture en cours : commencée le"),
                ),
                (
                    "walk_offset",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="lecture en cours : rang atteint"
                    ),
                ),
                ("synced_at", models.DateTimeField(auto_now=True, verbose_name="dernière lecture")),
            ],
            options={
                "verbose_name": "repère de lecture",
                "verbose_name_plural": "repères de lecture",
            },
        ),
    ]
