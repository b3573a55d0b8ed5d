"""What no loan and no hold may become, whoever writes.

A hold changes its state along the transitions there are; an item is with one patron or kept for one;
a loan never passes from one patron to another.
"""

from django.db import migrations

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
DROP_FUNCTIONS = """
DROP FUNCTION circulation_hold_changes CASCADE;
DROP FUNCTION circulation_hold_keeps_patron CASCADE;
DROP FUNCTION circulation_loan_stays CASCADE;
DROP FUNCTION circulation_loan_not_held CASCADE;
DROP FUNCTION circulation_hold_not_lent CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("oita_library", "0001_triggers"),
        ("circulation", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(HOLDS + LOANS, DROP_FUNCTIONS),
    ]
