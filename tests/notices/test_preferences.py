"""Mails that a patron may decline, and those that always come."""

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from notices.enums import ALWAYS, NOT_TO_PATRONS, OPTIONAL, NoticeKind
from notices.models import MailPreference, Notice
from notices.services import choose_mails, wanted_mails
from patrons.models import Patron

pytestmark = pytest.mark.django_db
REMINDER = NoticeKind.FIRST_LOGIN_REMINDER


def test_every_kind_is_in_one_table():
    always = [kind for mails in ALWAYS for kind in mails.kinds]
    assert sorted([*OPTIONAL, *always, *NOT_TO_PATRONS]) == sorted(NoticeKind)


def test_security_and_what_a_procedure_waits_for_always_come():
    needed = {
        NoticeKind.SECURITY,
        NoticeKind.REGISTRATION_RECEIVED,
        NoticeKind.PASSWORD_RESET,
        NoticeKind.EMAIL_CONFIRMATION,
        NoticeKind.ERASURE,
    }
    assert not needed & set(OPTIONAL)


def test_every_mail_comes_until_it_is_declined(make_notice, patron):
    assert wanted_mails(patron=patron) == dict.fromkeys(OPTIONAL, True)
    assert make_notice(kind=REMINDER).recipient == patron.email


def test_a_declined_mail_s_message_is_in_the_inbox_all_the_same(make_notice, patron):
    choose_mails(patron=patron, wanted={REMINDER: False})
    notice = make_notice(kind=REMINDER)
    assert notice in Notice.objects.inbox_of(patron)
    assert (notice.recipient, notice.mail_state.label) == ("", "メールなし")
    assert not ProcrastinateJob.objects.exists()


def test_only_the_kind_that_was_declined_stays_away(make_notice, patron):
    choose_mails(patron=patron, wanted={REMINDER: False})
    assert make_notice(kind=NoticeKind.KANA_DECIDED).recipient == patron.email
    assert make_notice(kind=NoticeKind.SECURITY).recipient == patron.email


def test_nobody_else_s_mails_stay_away(make_notice, patron):
    choose_mails(patron=patron, wanted={REMINDER: False})
    sibling = Patron.objects.get()
    sibling.pk, sibling.number, sibling.namesake_no = None, "8000036", 1
    sibling.save(force_insert=True)
    assert make_notice(patron=sibling, kind=REMINDER).recipient == patron.email
    assert make_notice(patron=None, kind=REMINDER).recipient == patron.email


def test_a_mail_can_be_wanted_again(make_notice, patron):
    for wanted in (False, True, False, True):
        choose_mails(patron=patron, wanted={REMINDER: wanted})
        assert wanted_mails(patron=patron)[REMINDER] is wanted
    assert MailPreference.objects.count() == 1
    assert make_notice(kind=REMINDER).recipient == patron.email


@pytest.mark.parametrize("kind", sorted(set(NoticeKind) - set(OPTIONAL)))
def test_the_others_cannot_be_declined(make_notice, patron, kind):
    with pytest.raises(ValueError, match="always come"):
        choose_mails(patron=patron, wanted={kind: False})
    # Not even by a row of the time when the kind could be.
    MailPreference.objects.create(patron=patron, kind=kind, wanted=False)
    assert make_notice(kind=kind).recipient == patron.email


def test_kinds_that_always_come_cost_no_query(make_notice):
    with connection.execute_wrapper(_no_preferences):
        make_notice()


def test_a_new_kind_needs_no_migration():
    assert Notice._meta.get_field("kind").deconstruct()[3]["choices"].__name__ == "kind_choices"
    assert MailPreference._meta.get_field("kind").choices is None


def _no_preferences(execute, sql, params, many, context):
    assert "mailpreference" not in sql
    return execute(sql, params, many, context)
