"""Keep the outlines of the EPCI and of the départements: their union takes seconds, a tile has milliseconds.

Triggers and not the imports' own code: whoever writes a commune or moves it to another EPCI, the outline follows, in
the same transaction. Only the territories touched are drawn again.
"""

import django.contrib.gis.db.models.fields
from django.contrib.postgres.indexes import GistIndex
from django.db import migrations, models
from django.db.models import F, Q

FORWARD = """
CREATE FUNCTION layers_draw_outlines(epcis text[], departements text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Two imports may each write a part of one territory: the second waits, and sees what the first wrote
    PERFORM pg_advisory_xact_lock(hashtext('layers_outline'));
    DELETE FROM layers_outline
    WHERE kind = 'epci' AND code = ANY (epcis) OR kind = 'departement' AND code = ANY (departements);
    INSERT INTO layers_outline (kind, code, geom)
    SELECT 'epci', epci_id, ST_Multi(ST_CollectionExtract(ST_Union(geom), 3)) FROM layers_commune
    WHERE epci_id = ANY (epcis) AND geom IS NOT NULL GROUP BY epci_id
    UNION ALL
    SELECT 'departement', departement, ST_Multi(ST_CollectionExtract(ST_Union(geom), 3)) FROM layers_commune
    WHERE departement = ANY (departements) AND geom IS NOT NULL GROUP BY departement;
END $$;

CREATE FUNCTION layers_communes_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    epcis text[];
    departements text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT epci_id), array_agg(DISTINCT departement) INTO epcis, departements
        FROM arrived WHERE geom IS NOT NULL;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT epci_id), array_agg(DISTINCT departement) INTO epcis, departements
        FROM gone WHERE geom IS NOT NULL;
    ELSE
        SELECT array_agg(DISTINCT epci) INTO epcis
        FROM gone JOIN arrived USING (code), unnest(ARRAY[gone.epci_id, arrived.epci_id]) AS epci
        WHERE (gone.epci_id, gone.geom) IS DISTINCT FROM (arrived.epci_id, arrived.geom);
        SELECT array_agg(DISTINCT d) INTO departements
        FROM gone JOIN arrived USING (code), unnest(ARRAY[gone.departement, arrived.departement]) AS d
        WHERE (gone.departement, gone.geom) IS DISTINCT FROM (arrived.departement, arrived.geom);
    END IF;
    IF epcis IS NOT NULL OR departements IS NOT NULL THEN
        PERFORM layers_draw_outlines(epcis, departements);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER commune_arrived AFTER INSERT ON layers_commune REFERENCING NEW TABLE AS arrived
FOR EACH STATEMENT EXECUTE FUNCTION layers_communes_moved();
CREATE TRIGGER commune_moved AFTER UPDATE ON layers_commune REFERENCING OLD TABLE AS gone NEW TABLE AS arrived
FOR EACH STATEMENT EXECUTE FUNCTION layers_communes_moved();
CREATE TRIGGER commune_gone AFTER DELETE ON layers_commune REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION layers_communes_moved();

SELECT layers_draw_outlines(array_agg(DISTINCT epci_id), array_agg(DISTINCT departement)) FROM layers_commune;
"""
UNDO = "DROP FUNCTION layers_communes_moved, layers_draw_outlines CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("layers", "0021_no_index_for_like")]

    operations = [
        migrations.CreateModel(
            name="Outline",
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
                        choices=[("epci", "EPCI"), ("departement", "département")],
                        max_length=11,
                        verbose_name="type de territoire",
                    ),
                ),
                ("code", models.CharField(max_length=9, verbose_name="code")),
                (
                    "geom",
                    django.contrib.gis.db.models.fields.MultiPolygonField(
                        spatial_index=False, srid=4326, verbose_name="géométrie"
                    ),
                ),
            ],
            options={
                "verbose_name": "contour",
                "indexes": [GistIndex(F("geom"), name="outline_geom_gist")],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "code"), name="outline_once"),
                    models.CheckConstraint(condition=Q(("geom__isvalid", True)), name="outline_geom_valid"),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, UNDO),
    ]
