"""All of the project's triggers: what the database refuses or does, whoever writes.

A row that is a record is added, and never rewritten. A hold changes its state along the transitions
there are; an item is with one patron or kept for one; a loan never passes from one patron to
another. A wanted title moves as `mylibrary.requests.lifecycle` says; a test compares both.
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
# As `circulation.enums.HOLD_TRANSITIONS` has them; a test compares both.
HOLDS = """
CREATE FUNCTION circulation_hold_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (VALUES
        ('waiting', 'secured'), ('waiting', 'ready'), ('secured', 'ready'),
        ('secured', 'waiting'), ('ready', 'waiting'), ('ready', 'secured'),
        ('secured', 'expired'), ('ready', 'expired'))
    THEN
        RAISE EXCEPTION 'no hold goes from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_transition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER circulation_hold_transition BEFORE UPDATE OF state ON circulation_hold
FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.number = '')
EXECUTE FUNCTION circulation_hold_changes();
CREATE FUNCTION circulation_hold_keeps_patron() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a hold never passes to another patron'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_patron';
END $$;
CREATE TRIGGER circulation_hold_patron BEFORE UPDATE OF patron_id ON circulation_hold
FOR EACH ROW WHEN (NEW.patron_id <> OLD.patron_id)
EXECUTE FUNCTION circulation_hold_keeps_patron();
"""
LOANS = """
CREATE FUNCTION circulation_loan_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a loan never passes to another patron or item'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'loan_patron';
END $$;
CREATE TRIGGER circulation_loan_stays BEFORE UPDATE OF patron_id, item_number ON circulation_loan
FOR EACH ROW WHEN ((NEW.patron_id, NEW.item_number) IS DISTINCT FROM (OLD.patron_id, OLD.item_number))
EXECUTE FUNCTION circulation_loan_stays();
CREATE FUNCTION circulation_loan_not_held() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM circulation_hold hold WHERE hold.item_number = NEW.item_number
        AND hold.state IN ('secured', 'ready') AND hold.number = '')
    THEN
        RAISE EXCEPTION 'the item is kept for a hold'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'loan_of_held_item';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER circulation_loan_not_held BEFORE INSERT ON circulation_loan
FOR EACH ROW EXECUTE FUNCTION circulation_loan_not_held();
CREATE FUNCTION circulation_hold_not_lent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM circulation_loan loan WHERE loan.item_number = NEW.item_number) THEN
        RAISE EXCEPTION 'the item is lent'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_of_lent_item';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER circulation_hold_not_lent BEFORE INSERT OR UPDATE ON circulation_hold
FOR EACH ROW WHEN (NEW.state IN ('secured', 'ready') AND NEW.number = '')
EXECUTE FUNCTION circulation_hold_not_lent();
"""
TITLE_MOVES = """
CREATE FUNCTION mylibrary_wanted_title_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (VALUES
        ('received', 'considered'), ('received', 'buying'), ('received', 'borrowing'),
        ('received', 'ready'), ('received', 'declined'), ('received', 'withdrawn'),
        ('considered', 'buying'), ('considered', 'borrowing'), ('considered', 'ready'),
        ('considered', 'declined'), ('considered', 'withdrawn'),
        ('buying', 'borrowing'), ('buying', 'ready'), ('buying', 'declined'),
        ('borrowing', 'buying'), ('borrowing', 'ready'), ('borrowing', 'declined'))
    THEN
        RAISE EXCEPTION 'no wanted title goes from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'wanted_title_move';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER mylibrary_wanted_title_moves BEFORE UPDATE OF state ON mylibrary_wantedtitle
FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION mylibrary_wanted_title_moves();
"""
# Row triggers go by the alphabet: this one before the moves.
TITLE_RECORDS = """
CREATE TRIGGER mylibrary_wanted_title_append_only BEFORE UPDATE ON mylibrary_wantedtitle
FOR EACH ROW WHEN (OLD.state IN ('declined', 'ready', 'withdrawn'))
EXECUTE FUNCTION refuse_change_of_record();
CREATE TRIGGER mylibrary_title_decision_append_only BEFORE UPDATE ON mylibrary_titledecision
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_record();
"""
DROP = """
DROP TRIGGER mylibrary_title_decision_append_only ON mylibrary_titledecision;
DROP TRIGGER mylibrary_wanted_title_append_only ON mylibrary_wantedtitle;
DROP FUNCTION mylibrary_wanted_title_moves CASCADE;
DROP FUNCTION circulation_hold_changes CASCADE;
DROP FUNCTION circulation_hold_keeps_patron CASCADE;
DROP FUNCTION circulation_loan_stays CASCADE;
DROP FUNCTION circulation_loan_not_held CASCADE;
DROP FUNCTION circulation_hold_not_lent CASCADE;
DROP FUNCTION audit_keep CASCADE;
DROP FUNCTION refuse_change_of_record CASCADE;
DROP FUNCTION patrons_change_follows_export CASCADE;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("audit", "0001_initial"),
        ("circulation", "0001_initial"),
        ("mylibrary", "0001_initial"),
        ("patrons", "0001_initial"),
        ("registration", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            AUDIT + RECORDS + EXPORT + HOLDS + LOANS + TITLE_MOVES + TITLE_RECORDS, DROP
        ),
    ]
