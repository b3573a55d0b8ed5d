"""Triggers, with those of the next migrations all of the project's: what the database refuses or does.

A row that is a record is added, and never rewritten.
"""

from django.db import migrations

# The audit record is append-only. The retention alone deletes: it names, for its own transaction,
# the days it keeps, and nothing younger goes; never anything younger than 30 days, whatever it
# names.
AUDIT = """
CREATE FUNCTION audit_keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    keep_days integer := nullif(current_setting('audit.keep_days', true), '');
BEGIN
    IF TG_OP = 'DELETE' AND keep_days >= 30 THEN
        IF OLD.at < now() - make_interval(days => keep_days) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit record is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_keep_rows BEFORE UPDATE OR DELETE ON audit_record
FOR EACH ROW EXECUTE FUNCTION audit_keep();
CREATE TRIGGER audit_keep_all BEFORE TRUNCATE ON audit_record
FOR EACH STATEMENT EXECUTE FUNCTION audit_keep();
"""
# Transitions go with their application, decided requests for another kana with their patron;
# decisions on an application stay.
RECORDS = """
CREATE FUNCTION refuse_change_of_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER registration_transition_append_only
BEFORE UPDATE ON registration_applicationtransition
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_record();
CREATE TRIGGER registration_decision_append_only
BEFORE UPDATE OR DELETE ON registration_reviewdecision
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_record();
CREATE TRIGGER mylibrary_kana_request_append_only
BEFORE UPDATE ON mylibrary_kanarequest
FOR EACH ROW WHEN (OLD.state <> 'requested') EXECUTE FUNCTION refuse_change_of_record();
"""
# A change is later than the export before it, whichever machine's clock stamped it: otherwise the
# library system would not hear of it.
EXPORT = """
CREATE FUNCTION patrons_change_follows_export() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := NEW.exported_at + interval '1 microsecond';
    RETURN NEW;
END
$$;
CREATE TRIGGER patrons_change_follows_export BEFORE UPDATE ON patrons_patron
    FOR EACH ROW
    WHEN (
        NEW.updated_at IS DISTINCT FROM OLD.updated_at
        AND NEW.exported_at IS NOT DISTINCT FROM OLD.exported_at
        AND NEW.updated_at <= NEW.exported_at
    )
    EXECUTE FUNCTION patrons_change_follows_export();
"""
DROP_FUNCTIONS = """
DROP FUNCTION audit_keep CASCADE;
DROP FUNCTION refuse_change_of_record CASCADE;
DROP FUNCTION patrons_change_follows_export CASCADE;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("audit", "0001_initial"),
        ("mylibrary", "0001_initial"),
        ("patrons", "0001_initial"),
        ("registration", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(AUDIT + RECORDS + EXPORT, DROP_FUNCTIONS),
    ]
