"""心当たりのない変更: whoever did not make a change stops new passwords by mail."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from audit.models import Record
from mylibrary import session
from mylibrary.reset.models import ResetRequest, ResetStop
from mylibrary.reset.services import allow_resets, stop_resets
from notices.enclosures import fill
from notices.models import Notice
from patrons.models import Patron
from tests.mylibrary.conftest import MENU, MESSAGES, PASSWORD, PROFILE
from tests.mylibrary.mails import RESET, RESET_LINK, SENT, ask, confirmed, link_in, mails
from tests.mylibrary.mynumber.cards import linked_patron, logged_in_as
from tests.patrons.people import set_own_password
from tests.registration.support import text

pytestmark = pytest.mark.django_db
PAGE = "/mylibrary/profile/unknown-change/"
STOP, ALLOW = {"stop": "1"}, {"allow": "1"}


@pytest.fixture
def holder(identity_service) -> Patron:
    """大分 太郎 with a linked card, an own password and a confirmed address."""
    patron = linked_patron(identity_service)
    set_own_password(patron=patron, password=PASSWORD)
    return confirmed(patron)


@pytest.fixture
def by_card(client, holder, identity_service) -> Client:
    """A browser in which 大分 太郎 has logged in with the card, from the page."""
    fields = {"next": PAGE}
    answer = identity_service.sign_in(client, purpose="login", card="oita-taro", data=fields)
    assert answer.url == PAGE
    return client


def is_stopped() -> bool:
    return ResetStop.objects.exists()


def events(patron: Patron) -> list[tuple[str, str]]:
    found = Record.objects.filter(patron_id=patron.pk, event__startswith="resets_")
    return list(found.order_by("pk").values_list("event", "reason"))


def test_with_the_card_it_is_stopped_and_no_reset_is_mailed(by_card, holder):
    assert by_card.post(PAGE, STOP).url == PAGE
    assert "E-mailでのパスワードの再設定を止めました" in text(by_card.get(PAGE))
    ask(Client(), holder.number, holder.email)
    assert mails("password_reset") == []
    assert not ResetRequest.objects.exclude(number="", email_key="", patron=None).exists()
    assert events(holder) == [("resets_stopped", "card")]


def test_the_public_answer_is_the_one_of_always(by_card, holder):
    seen = []
    for post in (None, STOP):
        if post:
            by_card.post(PAGE, post)
        browser = Client()
        answer = browser.post(RESET, {"number": holder.number, "email": holder.email})
        seen.append((answer.status_code, answer.url, text(browser.get(SENT))))
    assert seen[0] == seen[1]


def test_links_on_their_way_and_delivered_are_dead(by_card, holder):
    ask(Client(), holder.number, holder.email)
    link = link_in(mails("password_reset")[0])
    assert Client().get(link).status_code == 302
    by_card.post(PAGE, STOP)
    assert link.startswith(RESET_LINK)
    assert Client().get(link).status_code == 410
    assert fill(mails("password_reset")[0]) is None


def test_a_wish_that_the_worker_has_not_seen_yet_is_not_fulfilled(by_card, holder):
    Client().post(RESET, {"number": holder.number, "email": holder.email})
    by_card.post(PAGE, STOP)
    ask(Client(), "9999999", holder.email)
    assert mails("password_reset") == []


def test_other_logins_end_and_this_one_stays(by_card, holder, log_in):
    elsewhere = Client()
    log_in(elsewhere, holder.number)
    by_card.post(PAGE, STOP)
    assert logged_in_as(by_card) == holder.number
    assert elsewhere.get(MENU).status_code == 302


def test_it_is_allowed_again_with_the_card_and_not_by_itself(by_card, holder, identity_service):
    by_card.post(PAGE, STOP)
    again = Client()
    identity_service.sign_in(again, purpose="login", card="oita-taro", data={"next": PAGE})
    assert is_stopped()
    assert again.post(PAGE, ALLOW).url == PAGE
    assert not is_stopped()
    ask(Client(), holder.number, holder.email)
    assert len(mails("password_reset")) == 1
    assert events(holder) == [("resets_stopped", "card"), ("resets_allowed", "card")]


@pytest.mark.parametrize(("stopped", "press"), [(False, STOP), (True, ALLOW)])
def test_a_password_alone_neither_stops_nor_allows(client, holder, log_in, stopped, press):
    if stopped:
        stop_resets(patron=holder)
    log_in(client, holder.number)
    page = text(client.get(PAGE))
    assert "マイナンバーカードでログイン" in page
    assert f'name="{next(iter(press))}"' not in page
    client.post(PAGE, press)
    assert is_stopped() is stopped


@pytest.mark.parametrize("ago", [timedelta(minutes=11), timedelta(days=-1)])
def test_a_card_shown_long_ago_or_in_a_day_to_come_is_asked_for_again(by_card, ago):
    kept = by_card.session
    kept[session.MYNUMBER_READ_AT] = (timezone.now() - ago).timestamp()
    kept.save()
    by_card.post(PAGE, STOP)
    assert not is_stopped()


def test_pages_say_so_to_the_patron(by_card, holder):
    assert PAGE in text(by_card.get(PROFILE))
    by_card.post(PAGE, STOP)
    for page in (PROFILE, PAGE):
        assert "E-mailでのパスワードの再設定を止めています" in text(by_card.get(page))
    notice = Notice.objects.get(kind="security", subject__contains="停止されました")
    assert (notice.patron, notice.recipient) == (holder, holder.email)
    assert PAGE in text(by_card.get(f"{MESSAGES}{notice.public_id}/"))
    told = text(by_card.get("/mylibrary/privacy/"))
    assert "E-mailでのパスワード再設定の停止" in told


def test_a_second_press_changes_and_tells_nothing(by_card, holder):
    for _ in range(2):
        by_card.post(PAGE, STOP)
    assert len(mails("security")) == len(events(holder)) == 1
    allow_resets(patron=holder)
    assert not allow_resets(patron=holder)


@pytest.fixture
def clerk(django_user_model):
    """Return `clerk(*permissions)`: a browser of staff who may view patrons, and that."""

    def make(*permissions: str) -> Client:
        user = django_user_model.objects.create_user("clerk", is_staff=True)
        names = ("view_patron", *permissions)
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
        browser = Client()
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return browser

    return make


def tool(patron: Patron) -> str:
    return f"/admin/patrons/patron/{patron.pk}/resets/"


def test_staff_at_the_counter_stop_and_allow(clerk, holder, log_in, client):
    log_in(client, holder.number)
    staff = clerk("decide_resetstop")
    record = f"/admin/patrons/patron/{holder.pk}/change/"
    assert tool(holder) in text(staff.get(record))
    assert "本人確認書類で" in text(staff.get(tool(holder)))
    assert not is_stopped()
    assert "再設定を止めました" in text(staff.post(tool(holder), STOP, follow=True))
    assert "停止中（" in text(staff.get(record))
    assert client.get(MENU).status_code == 302
    ask(Client(), holder.number, holder.email)
    assert mails("password_reset") == []
    assert "図書館の職員が" in mails("security")[0].body
    staff.post(tool(holder), ALLOW)
    assert not is_stopped()
    assert events(holder) == [("resets_stopped", "counter"), ("resets_allowed", "counter")]


def test_staff_without_the_permission_see_the_state_and_no_tool(clerk, holder):
    stop_resets(patron=holder)
    staff = clerk("change_patron")
    page = text(staff.get(f"/admin/patrons/patron/{holder.pk}/change/"))
    assert "停止中（" in page
    assert tool(holder) not in page
    for answer in (staff.get(tool(holder)), staff.post(tool(holder), ALLOW)):
        assert answer.status_code == 403
    assert is_stopped()
