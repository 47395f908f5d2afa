"""Refuse to change a run or a row of it: a figure shown to a committee must be found again, whoever writes.

The author is left out: an account that is deleted empties it.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION layers_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'author_id' IS DISTINCT FROM to_jsonb(OLD) - 'author_id' THEN
        RAISE EXCEPTION '% is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER analysisrun_written_once BEFORE UPDATE ON layers_analysisrun
FOR EACH ROW EXECUTE FUNCTION layers_written_once();
CREATE TRIGGER analysisresult_written_once BEFORE UPDATE ON layers_analysisresult
FOR EACH ROW EXECUTE FUNCTION layers_written_once();
CREATE TRIGGER analysissurface_written_once BEFORE UPDATE ON layers_analysissurface
FOR EACH ROW EXECUTE FUNCTION layers_written_once();
"""
FORGET = """
DROP TRIGGER analysissurface_written_once ON layers_analysissurface;
DROP TRIGGER analysisresult_written_once ON layers_analysisresult;
DROP TRIGGER analysisrun_written_once ON layers_analysisrun;
DROP FUNCTION layers_written_once();
"""


class Migration(migrations.Migration):
    """Three triggers, one function."""

    dependencies = [("layers", "0017_analysis_results")]
    operations = [migrations.RunSQL(REFUSE, FORGET)]
