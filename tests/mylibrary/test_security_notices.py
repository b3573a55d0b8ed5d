"""What a patron is told of, and where."""

import pytest

from mylibrary.security_notices import SecurityChange, tell_of_change
from notices.models import Notice
from patrons.models import Patron
from tests.mylibrary.conftest import CHOOSE, PASSWORD

FORMER = "former@example.jp"


def recipients() -> list[str]:
    return list(Notice.objects.filter(kind="security").values_list("recipient", flat=True))


def test_a_new_password_is_told_by_mail_and_in_the_inbox(at_home, member):
    fields = {"password": PASSWORD, "new_password": "another-long-one"}
    at_home.post(CHOOSE, fields | {"new_password_again": "another-long-one"})
    (notice,) = Notice.objects.filter(kind="security")
    assert (notice.patron, notice.recipient) == (member, member.email)
    assert notice.subject == "【大分市民図書館】パスワードが変更されました"
    for personal in (member.name, member.number, member.birth_date, "another-long-one"):
        assert personal not in notice.body


def test_a_refused_password_tells_nobody(at_home):
    at_home.post(CHOOSE, {"password": "wrong", "new_password": "x", "new_password_again": "x"})
    assert recipients() == []


def former(member: Patron, **changes: object) -> Patron:
    """Return the record as it was before the address became the present one."""
    record = Patron.objects.get(pk=member.pk)
    record.email = FORMER
    for name, value in changes.items():
        setattr(record, name, value)
    return record


def test_a_confirmed_former_address_is_told_and_learns_nothing_else(member):
    tell_of_change(
        patron=member, what=SecurityChange.EMAIL, former=former(member, confirmed_email=FORMER)
    )
    told = Notice.objects.get(recipient=FORMER)
    assert (told.patron, told.addressee) == (None, member)
    assert told.subject == "【大分市民図書館】E-mailが変更されました"
    assert opens_or_names_nobody(told, member)
    assert "マイナンバーカードでMyライブラリにログインするか、窓口で" in told.body


def test_a_former_address_that_was_never_confirmed_hears_at_most_that_something_changed(member):
    tell_of_change(patron=member, what=SecurityChange.EMAIL, former=former(member))
    told = Notice.objects.get(recipient=FORMER)
    assert told.subject == "【大分市民図書館】登録内容に変更がありました"
    assert opens_or_names_nobody(told, member)
    for hint in ("E-mail", "アドレス", "Myライブラリで、"):
        assert hint not in told.subject + told.body


@pytest.mark.parametrize(
    "changes", [{"email": ""}, {"bounced_email": FORMER}, {"email": "oita@oita.co.jp"}]
)
def test_no_address_one_that_refuses_mails_and_the_same_one_are_not_written_to(member, changes):
    tell_of_change(patron=member, what=SecurityChange.EMAIL, former=former(member, **changes))
    assert recipients() == [member.email]


def opens_or_names_nobody(notice: Notice, member: Patron) -> bool:
    text = notice.subject + notice.body
    personal = (member.number, member.name, member.email, FORMER, member.phone, member.birth_date)
    return not [word for word in (*personal, "http", "key=", "太郎") if word in text]


@pytest.mark.parametrize("by_staff", [False, True])
@pytest.mark.parametrize("what", SecurityChange)
def test_no_word_of_a_change_has_a_link_a_number_or_a_name(member, what, by_staff):
    tell_of_change(patron=member, what=what, by_staff=by_staff)
    assert opens_or_names_nobody(Notice.objects.get(kind="security"), member)


@pytest.mark.parametrize("what", SecurityChange)
def test_every_change_has_its_own_sentence(member, what):
    tell_of_change(patron=member, what=what)
    notice = Notice.objects.get(kind="security")
    assert str(what.label) in notice.subject
    assert str(what.label) in notice.body
