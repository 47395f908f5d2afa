"""Index the codes of the registers of dwellings for equality only.

``db_index`` on a text adds an index for LIKE, which nobody asks for and each imported row pays.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0013_duplicate_proposals"),
    ]

    operations = [
        migrations.AlterField(
            model_name="copropriete",
            name="ban_id",
            field=models.CharField(blank=True, max_length=60, null=True, verbose_name="adresse"),
        ),
        migrations.AlterField(
            model_name="copropriete",
            name="code_insee",
            field=models.CharField(blank=True, max_length=5, verbose_name="code Insee"),
        ),
        migrations.AlterField(
            model_name="dpe",
            name="ban_id",
            field=models.CharField(blank=True, max_length=60, null=True, verbose_name="adresse"),
        ),
        migrations.AlterField(
            model_name="dpe",
            name="code_insee",
            field=models.CharField(blank=True, max_length=5, verbose_name="code Insee"),
        ),
        migrations.AlterField(
            model_name="dpe",
            name="rnb_id",
            field=models.CharField(blank=True, max_length=12, null=True, verbose_name="identifiant RNB"),
        ),
        migrations.AlterField(
            model_name="groupebatiment",
            name="code_insee",
            field=models.CharField(max_length=5, verbose_name="code Insee"),
        ),
        migrations.AlterField(
            model_name="logementsocial",
            name="ban_id",
            field=models.CharField(blank=True, max_length=60, null=True, verbose_name="adresse"),
        ),
        migrations.AlterField(
            model_name="logementsocial",
            name="idu",
            field=models.CharField(blank=True, max_length=14, null=True, verbose_name="parcelle"),
        ),
        migrations.AlterField(
            model_name="mutationparcelle",
            name="ban_id",
            field=models.CharField(blank=True, max_length=60, null=True, verbose_name="adresse"),
        ),
        migrations.AlterField(
            model_name="mutationparcelle",
            name="idu",
            field=models.CharField(max_length=14, verbose_name="parcelle"),
        ),
        migrations.AddIndex(
            model_name="copropriete",
            index=models.Index(fields=["code_insee"], name="copropriete_code_insee"),
        ),
        migrations.AddIndex(
            model_name="copropriete",
            index=models.Index(fields=["ban_id"], name="copropriete_ban_id"),
        ),
        migrations.AddIndex(
            model_name="dpe",
            index=models.Index(fields=["code_insee"], name="dpe_code_insee"),
        ),
        migrations.AddIndex(
            model_name="dpe",
            index=models.Index(fields=["ban_id"], name="dpe_ban_id"),
        ),
        migrations.AddIndex(
            model_name="dpe",
            index=models.Index(fields=["rnb_id"], name="dpe_rnb_id"),
        ),
        migrations.AddIndex(
            model_name="groupebatiment",
            index=models.Index(fields=["code_insee"], name="groupe_code_insee"),
        ),
        migrations.AddIndex(
            model_name="logementsocial",
            index=models.Index(fields=["ban_id"], name="logementsocial_ban_id"),
        ),
        migrations.AddIndex(
            model_name="logementsocial",
            index=models.Index(fields=["idu"], name="logementsocial_idu"),
        ),
        migrations.AddIndex(
            model_name="mutationparcelle",
            index=models.Index(fields=["idu"], name="mutationparcelle_idu"),
        ),
        migrations.AddIndex(
            model_name="mutationparcelle",
            index=models.Index(fields=["ban_id"], name="mutationparcelle_ban_id"),
        ),
    ]
