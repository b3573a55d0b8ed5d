"""What no wanted title may become, and what is a record of a decision, whoever writes.

A title moves as `mylibrary.requests.lifecycle` says; a test compares both. A closed one and what
staff decided are never rewritten.
"""

from django.db import migrations

MOVES = """
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
RECORDS = """
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
"""


class Migration(migrations.Migration):
    dependencies = [
        ("mylibrary", "0004_requests"),
        ("oita_library", "0002_circulation_triggers"),
    ]

    operations = [
        migrations.RunSQL(MOVES + RECORDS, DROP),
    ]
