"""Staff's correction of contact data: nothing is overwritten unseen, and the patron is told."""

import html

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from notices.models import Notice
from patrons.models import Patron
from tests.mylibrary.conftest import EDIT
from tests.mylibrary.mails import CONTACT, confirmed, edit, mails
from tests.registration.support import hidden_fields, text

pytestmark = pytest.mark.django_db
MINE, THEIRS, NEW = "0977000001", "0977000002", "taro@example.jp"
INLINE = {"identity_links-TOTAL_FORMS": "0", "identity_links-INITIAL_FORMS": "0"}


@pytest.fixture
def address(member) -> str:
    return f"/admin/patrons/patron/{member.pk}/change/"


@pytest.fixture
def opened(admin_client, address) -> dict[str, str]:
    """What staff's page sends who has changed nothing in it."""
    return sent_by(text(admin_client.get(address)))


def sent_by(page: str) -> dict[str, str]:
    return CONTACT | INLINE | {"shown": hidden_fields(page)["shown"]}


def stored() -> tuple[str, str]:
    patron = Patron.objects.get()
    return patron.phone, patron.email


def told() -> set[tuple[str, str, bool]]:
    """Return subject, recipient and whether it is in the inbox of every word about a change."""
    return {
        (notice.title, notice.recipient, notice.patron is not None) for notice in mails("security")
    }


def test_what_the_patron_changed_meanwhile_is_shown_and_stays(
    admin_client, address, opened, at_home
):
    edit(at_home, CONTACT | {"phone": THEIRS})
    answer = admin_client.post(address, opened | {"email": NEW})
    assert answer.status_code == 409
    page = html.unescape(text(answer))
    assert "利用者かほかの職員が内容を変えました" in page
    assert f"電話番号</th><td>{THEIRS}</td><td>{CONTACT['phone']}</td>" in page
    assert f"E-mail</th><td>{CONTACT['email']}</td><td>{NEW}</td>" in page
    assert f'value="{NEW}"' in page
    assert stored() == (THEIRS, CONTACT["email"])
    assert not LogEntry.objects.exists()


def test_one_press_more_stores_what_staff_typed(admin_client, address, opened, at_home):
    edit(at_home, CONTACT | {"phone": THEIRS})
    page = text(admin_client.post(address, opened | {"phone": MINE}))
    again = admin_client.post(address, sent_by(page) | {"phone": MINE})
    assert (again.status_code, stored()[0]) == (302, MINE)


def test_an_error_in_between_does_not_hide_the_conflict(admin_client, address, opened, at_home):
    edit(at_home, CONTACT | {"phone": THEIRS})
    answer = admin_client.post(address, opened | {"phone": "12"})
    assert answer.status_code == 409
    assert f"電話番号</th><td>{THEIRS}</td><td>12</td>" in text(answer)
    assert stored()[0] == THEIRS


def test_a_second_press_of_the_same_button_is_no_conflict(admin_client, address, opened):
    change = opened | {"phone": MINE}
    assert [admin_client.post(address, change).status_code for _ in range(2)] == [302, 302]
    assert told() == {("電話番号が変更されました", CONTACT["email"], True)}
    assert Notice.objects.count() == 1


@pytest.mark.parametrize("mark", ["", "0" * 20, "あ", "\x00", "9" * 10_000])
def test_a_page_that_does_not_say_what_it_showed_changes_nothing(
    admin_client, address, opened, mark
):
    answer = admin_client.post(address, opened | {"phone": MINE, "shown": mark})
    assert (answer.status_code, stored()[0]) == (409, CONTACT["phone"])


def test_a_confirmed_address_and_the_new_one_are_told(admin_client, address, opened, member):
    confirmed(member)
    admin_client.post(address, opened | {"email": NEW})
    assert stored()[1] == NEW
    assert told() == {
        ("E-mailが変更されました", NEW, True),
        ("E-mailが変更されました", CONTACT["email"], False),
    }
    former, current = mails("security")
    assert "図書館の職員が" in current.body
    for personal in (member.name, member.number, NEW, CONTACT["email"]):
        assert personal not in former.body + current.body


def test_an_address_that_was_never_confirmed_hears_that_something_changed(
    admin_client, address, opened
):
    admin_client.post(address, opened | {"email": NEW})
    assert told() == {
        ("E-mailが変更されました", NEW, True),
        ("登録内容に変更がありました", CONTACT["email"], False),
    }


def test_the_address_a_patron_waited_with_gives_way(admin_client, address, member, at_home):
    confirmed(member)
    edit(at_home, CONTACT | {"email": "typed@example.jp"})
    admin_client.post(address, sent_by(text(admin_client.get(address))) | {"email": NEW})
    page = text(at_home.get(EDIT))
    assert "typed@example.jp" not in page
    assert f"{NEW} に確認メールを送り" in page


def test_saving_what_is_stored_tells_nobody_and_is_no_news(admin_client, address, opened, member):
    before = Patron.objects.values().get()
    assert admin_client.post(address, opened).status_code == 302
    assert Patron.objects.values().get() == before
    assert not Notice.objects.exists()


def test_staff_who_may_only_look_can(client: Client, address, django_user_model):
    staff = django_user_model.objects.create_user("reader", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_patron"))
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(address).status_code == 200
    assert client.post(address, CONTACT | INLINE).status_code == 403
