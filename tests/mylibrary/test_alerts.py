"""What a patron is told of, and where."""

import pytest

from mylibrary.alerts import alert
from mylibrary.enums import Alert
from notices.models import Notice
from tests.mylibrary.conftest import CHOOSE, PASSWORD


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


def test_a_former_address_is_told_too_but_not_twice(member):
    alert(patron=member, what=Alert.EMAIL, also_to="former@example.jp")
    assert set(recipients()) == {member.email, "former@example.jp"}
    alert(patron=member, what=Alert.EMAIL, also_to=member.email)
    assert len(recipients()) == 3


@pytest.mark.parametrize("what", Alert)
def test_every_change_has_its_own_sentence(member, what):
    alert(patron=member, what=what)
    notice = Notice.objects.get(kind="security")
    assert what.label in notice.subject
    assert what.label in notice.body
