"""Read the lists of reports along their order, and count those without a point without reading the index of points.

A page of twenty was chosen by sorting all the reports of the extent, and a GiST index that is asked for what has no
shape is read whole.
"""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    """Two indexes."""

    dependencies = [("layers", "0031_tile_revisions")]

    operations = [
        migrations.AddIndex(
            "signalement", models.Index(F("received_on"), F("id"), name="signalement_newest")
        ),
        migrations.AddIndex(
            "signalement",
            models.Index(F("commune"), name="signalement_unlocated", condition=Q(geom__isnull=True)),
        ),
    ]
