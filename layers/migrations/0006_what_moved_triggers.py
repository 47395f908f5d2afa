"""Let the database tell what moved: the day a place was last written, the reports whose anchoring is out of date.

Triggers and not the imports' own code: whoever writes a place or moves a report, anchoring will know it. A new row
has the default of its column, so that a first import pays nothing; only changed rows go through a trigger.
"""

from django.db import migrations

PLACES = ("parcelle", "batiment", "address", "iris", "commune", "zone")
# Table of links, the place whose links they are, their column
LINKS = (
    ("addressparcelle", "address", "ban_id", "address_id"),
    ("batimentparcelle", "batiment", "code", "batiment_id"),
    ("batimentaddress", "batiment", "code", "batiment_id"),
)

STAMP = """
CREATE FUNCTION layers_stamp_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.written_at := now();
    RETURN NEW;
END $$;
"""
STAMPED = """
CREATE TRIGGER {table}_stamp_written BEFORE UPDATE ON layers_{table}
FOR EACH ROW EXECUTE FUNCTION layers_stamp_written();
"""
# A link that goes leaves no row to stamp: its place is
LINK_GONE = """
CREATE FUNCTION layers_{table}_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE layers_{place} p SET written_at = now() FROM gone WHERE p.{key} = gone.{column};
    RETURN NULL;
END $$;
CREATE TRIGGER {table}_gone AFTER DELETE ON layers_{table}
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION layers_{table}_gone();
"""
MOVED = """
CREATE FUNCTION layers_to_anchor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.anchored_at := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER signalement_to_anchor
BEFORE UPDATE OF geom, precision, code_insee, commune_id, declared_idu, declared_iris ON layers_signalement
FOR EACH ROW WHEN (
    (OLD.geom, OLD.precision, OLD.code_insee, OLD.commune_id, OLD.declared_idu, OLD.declared_iris)
    IS DISTINCT FROM
    (NEW.geom, NEW.precision, NEW.code_insee, NEW.commune_id, NEW.declared_idu, NEW.declared_iris)
) EXECUTE FUNCTION layers_to_anchor();

CREATE FUNCTION layers_geocoded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE layers_signalement SET anchored_at = NULL
    WHERE id = coalesce(NEW.signalement_id, OLD.signalement_id) AND anchored_at IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER geocoding_to_anchor AFTER INSERT OR UPDATE OR DELETE ON layers_geocoding
FOR EACH ROW EXECUTE FUNCTION layers_geocoded();
"""
UNDO = """
DROP FUNCTION layers_stamp_written, layers_addressparcelle_gone, layers_batimentparcelle_gone,
    layers_batimentaddress_gone, layers_to_anchor, layers_geocoded CASCADE;
"""

FORWARD = "".join(
    [
        STAMP,
        *(STAMPED.format(table=table) for table in (*PLACES, *(link[0] for link in LINKS))),
        *(
            LINK_GONE.format(table=table, place=place, key=key, column=column)
            for table, place, key, column in LINKS
        ),
        MOVED,
    ]
)


class Migration(migrations.Migration):
    """Six functions and their triggers."""

    dependencies = [("layers", "0005_what_moved_and_merges")]
    operations = [migrations.RunSQL(FORWARD, UNDO)]
