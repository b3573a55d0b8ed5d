"""The e-mail address: replaced at once, or after the link in a mail to the new one."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import LoginBucket
from mylibrary.profile.models import CONFIRMATION_LASTS, EmailConfirmation
from mylibrary.tasks import delete_expired
from notices.models import Notice
from oita_library.logs import JsonFormatter
from patrons.models import Patron
from tests.mylibrary.conftest import BIRTH_DATE, CHOOSE, EDIT, LOGIN, PASSWORD, PROFILE
from tests.mylibrary.mails import (
    CANCEL,
    CONFIRM,
    CONTACT,
    SEND,
    confirmed,
    edit,
    key_of,
    link_in,
    mails,
)
from tests.mylibrary.mynumber.cards import heading
from tests.patrons.people import imported_patron, set_own_password
from tests.registration.support import hidden_fields, text

pytestmark = pytest.mark.django_db
OLD, NEW = "oita@oita.co.jp", "taro@example.jp"


@pytest.fixture
def settled(at_home, member) -> Patron:
    """大分 太郎, logged in, whose address on record is confirmed."""
    return confirmed(member)


@pytest.fixture
def link(at_home, settled) -> str:
    """The link that 大分 太郎 got at a new address."""
    assert edit(at_home, CONTACT | {"email": NEW}).url == PROFILE
    return link_in(mails("email_confirmation")[0])


def address_of(patron: Patron) -> tuple[str, str, bool]:
    patron.refresh_from_db()
    return patron.email, patron.email_key, patron.is_email_confirmed


def test_confirmed_address_stays_until_the_new_one_is_confirmed(at_home, settled, link):
    assert address_of(settled) == (OLD, OLD, True)
    for path in (PROFILE, EDIT):
        page = text(at_home.get(path))
        assert "確認待ち" in page
        assert NEW in page
    (mail,) = Notice.objects.all()
    assert (mail.kind, mail.recipient) == ("email_confirmation", NEW)


def test_a_likely_slip_is_asked_about_and_the_answer_is_taken(at_home, settled):
    slip = CONTACT | {"email": "taro@docomo.co.jp"}
    asked = edit(at_home, slip)
    page = text(asked)
    assert asked.status_code == 422
    assert "<title>利用者情報変更" in page
    assert "「docomo.co.jp」は「docomo.ne.jp」の打ち間違いではありませんか" in page
    assert not EmailConfirmation.objects.exists()
    assert at_home.post(EDIT, slip | hidden_fields(page)).url == PROFILE
    assert EmailConfirmation.objects.get().email == "taro@docomo.co.jp"


def test_the_address_on_record_is_not_asked_about(at_home, member):
    Patron.objects.update(email="taro@docomo.co.jp", email_key="taro@docomo.co.jp")
    changed = CONTACT | {"email": "taro@docomo.co.jp", "phone": "0977000002"}
    assert edit(at_home, changed).url == PROFILE
    assert Patron.objects.get().phone == "0977000002"


def test_link_and_button_make_it_the_address_on_record(at_home, settled, link):
    before = settled.updated_at
    assert NEW in text(at_home.get(link))
    answer = at_home.post(CONFIRM, {"key": key_of(link)})
    assert answer.url == PROFILE
    assert address_of(settled) == (NEW, NEW, True)
    assert settled.updated_at > before
    page = text(at_home.get(PROFILE))
    assert "E-mailを変更しました" in page
    assert "確認待ち" not in page
    assert not EmailConfirmation.objects.exists()


def test_old_and_new_address_are_told_and_the_inbox(at_home, settled, link):
    at_home.post(CONFIRM, {"key": key_of(link)})
    told = mails("security")
    assert {(mail.recipient, mail.patron) for mail in told} == {(NEW, settled), (OLD, None)}
    for mail in told:
        assert mail.subject == "【大分市民図書館】E-mailが変更されました"
        for personal in (settled.number, settled.name, NEW, OLD):
            assert personal not in mail.body


def test_mail_with_the_link_names_nobody_and_is_not_in_the_inbox(settled, link):
    (mail,) = mails("email_confirmation")
    assert mail.patron is None
    for personal in (settled.number, settled.name, "太郎", settled.birth_date, NEW, OLD):
        assert personal not in mail.body


def test_opening_the_link_changes_nothing(at_home, settled, link):
    for browser in (at_home, Client()):
        browser.get(link)
        browser.head(link)
    assert address_of(settled)[0] == OLD
    assert at_home.get(link).status_code == 200
    assert "no-store" in at_home.get(link)["Cache-Control"]


def test_link_in_another_browser_leads_through_the_login(settled, link, log_in):
    browser = Client()
    asked = browser.get(link)
    assert asked.url.startswith(f"{LOGIN}?next=")
    html = text(browser.get(asked.url))
    assert f'name="next" value="{link}"' in html
    assert "ログインすると、E-mailの確認の画面に進みます。" in html
    assert "E-mailの確認の画面" not in text(browser.get(LOGIN))
    assert NEW not in html
    answer = log_in(browser, settled.number, next=link)
    assert answer.url == link
    assert browser.post(CONFIRM, {"key": key_of(link)}).url == PROFILE
    assert address_of(settled)[0] == NEW


def test_first_login_chooses_a_password_and_comes_back_to_the_link(client, patron, log_in):
    waiting = EmailConfirmation.objects.create(patron=patron, email=OLD)
    link = f"{CONFIRM}?key={waiting.pk.hex}"
    log_in(client, patron.number, BIRTH_DATE)
    asked = client.get(link)
    assert asked.url.startswith(f"{CHOOSE}?next=")
    chosen = {"new_password": PASSWORD, "new_password_again": PASSWORD}
    page = text(client.get(asked.url))
    assert f'name="next" value="{link}"' in page
    assert client.post(CHOOSE, chosen | {"next": link}).url == link


def test_without_login_the_button_does_nothing(settled, link):
    assert Client().post(CONFIRM, {"key": key_of(link)}).url.startswith(LOGIN)
    assert address_of(settled)[0] == OLD


def test_link_of_another_member_of_the_family_is_refused(settled, link, log_in):
    sister = imported_patron(email=OLD)
    set_own_password(patron=sister, password=PASSWORD)
    browser = Client()
    log_in(browser, sister.number)
    for answer in (browser.get(link), browser.post(CONFIRM, {"key": key_of(link)})):
        assert answer.status_code == 403
        assert heading(answer) == "別の方のための確認です"
        for secret in (NEW, OLD, settled.number, "太郎"):
            assert secret not in text(answer)
    assert address_of(settled)[0] == OLD
    assert address_of(sister)[0] == OLD


def over(client: Client, link: str) -> bool:
    pages = (client.get(link), client.post(CONFIRM, {"key": key_of(link)}))
    return all(page.status_code == 410 and "このリンクは使えません" in text(page) for page in pages)


def test_link_works_once(at_home, settled, link, log_in):
    at_home.post(CONFIRM, {"key": key_of(link)})
    confirmed(settled)
    elsewhere = Client()
    log_in(elsewhere, settled.number)
    assert over(elsewhere, link)


def test_link_ends_after_a_day(at_home, settled, link):
    assert timedelta(hours=24) == CONFIRMATION_LASTS
    EmailConfirmation.objects.update(expires_at=timezone.now())
    assert over(at_home, link)
    assert "確認待ち" not in text(at_home.get(PROFILE))
    assert address_of(settled)[0] == OLD


def test_cancelled_change_is_gone_and_its_link_dead(at_home, settled, link):
    assert at_home.get(CANCEL).url == PROFILE
    assert at_home.get(link).status_code == 200
    assert at_home.post(CANCEL).url == PROFILE
    page = text(at_home.get(PROFILE))
    assert "E-mailの変更をやめました" in page
    assert "確認待ち" not in page
    assert over(at_home, link)
    assert address_of(settled) == (OLD, OLD, True)


def test_another_new_address_replaces_the_one_that_waits(at_home, settled, link):
    edit(at_home, CONTACT | {"email": "third@example.jp"})
    assert over(at_home, link)
    second = link_in(mails("email_confirmation")[0])
    at_home.post(CONFIRM, {"key": key_of(second)})
    assert address_of(settled)[0] == "third@example.jp"


def test_link_is_dead_after_staff_stored_another_address(at_home, settled, link):
    Patron.objects.update(email="counter@example.jp", email_key="counter@example.jp")
    assert over(at_home, link)


def test_sending_again_keeps_the_first_link_alive(at_home, settled, link):
    EmailConfirmation.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    assert at_home.get(SEND).url == PROFILE
    assert len(mails("email_confirmation")) == 1
    at_home.post(SEND)
    assert "確認メールを送ります" in text(at_home.get(PROFILE))
    again, first = mails("email_confirmation")
    assert again.recipient == first.recipient == NEW
    assert link_in(again) == link_in(first) == link
    assert EmailConfirmation.objects.get().expires_at > timezone.now() + timedelta(hours=23)


def test_sending_is_limited_and_the_wait_told(at_home, settled, link):
    for _ in range(6):
        at_home.post(SEND)
    assert len(mails("email_confirmation")) == 5
    page = text(at_home.get(PROFILE))
    assert "確認メールが続いています。30分ほど待ってから" in page
    assert edit(at_home, CONTACT | {"email": "third@example.jp"}).status_code == 429
    LoginBucket.objects.update(free_at=timezone.now())
    at_home.post(SEND)
    assert len(mails("email_confirmation")) == 6


def test_other_changes_of_the_same_form_take_effect_at_once(at_home, settled):
    edit(at_home, CONTACT | {"email": NEW, "phone": "0977000001"})
    assert address_of(settled)[0] == OLD
    assert settled.phone == "0977000001"
    assert [mail.recipient for mail in mails("security")] == [OLD]


def test_typing_the_waiting_address_again_sends_nothing_more(at_home, settled, link):
    assert edit(at_home, CONTACT | {"email": NEW}).url == PROFILE
    assert len(mails("email_confirmation")) == 1


def test_leaving_the_address_as_it_is_leaves_the_waiting_one(at_home, settled, link):
    edit(at_home, CONTACT | {"phone": "0977000001"})
    assert EmailConfirmation.objects.get().email == NEW


def test_address_of_a_new_patron_can_be_confirmed(at_home, member):
    page = text(at_home.get(PROFILE))
    assert "E-mailの確認がまだです" in page
    assert "確認メールを送る</button>" in page
    at_home.post(SEND)
    assert "E-mailは、確認待ちです" in text(at_home.get(PROFILE))
    (mail,) = mails("email_confirmation")
    assert mail.recipient == OLD
    member.refresh_from_db()
    before = member.updated_at
    at_home.post(CONFIRM, {"key": key_of(link_in(mail))})
    assert address_of(member) == (OLD, OLD, True)
    assert member.updated_at == before, "nothing the library system would want to know"
    assert "E-mailを確認しました" in text(at_home.get(PROFILE))
    assert mails("security") == []


def test_confirmed_address_offers_no_mail(at_home, settled):
    assert "確認メールを送る" not in text(at_home.get(PROFILE))
    at_home.post(SEND)
    assert not Notice.objects.exists()


def test_patron_without_address_is_offered_none(client, log_in, db):
    patron = imported_patron(email="")
    set_own_password(patron=patron, password=PASSWORD)
    log_in(client, patron.number)
    assert "確認メール" not in text(client.get(PROFILE))
    client.post(SEND)
    assert not Notice.objects.exists()


def test_unconfirmed_address_is_replaced_at_once_and_hears_that_something_changed(at_home, member):
    change = CONTACT | {"email": NEW, "phone": "0977000001"}
    edit(at_home, change)
    assert address_of(member) == (NEW, NEW, False)
    (last,) = Notice.objects.filter(recipient=OLD)
    assert last.title == "登録内容に変更がありました"
    assert {mail.recipient for mail in Notice.objects.exclude(recipient="")} == {NEW, OLD}
    told = Notice.objects.get(kind="security", subject__contains="E-mail")
    assert (told.patron, told.recipient) == (member, "")
    link = link_in(mails("email_confirmation")[0])
    at_home.post(CONFIRM, {"key": key_of(link)})
    assert address_of(member) == (NEW, NEW, True)
    assert Notice.objects.filter(recipient=OLD).count() == 1


def test_link_to_a_replaced_unconfirmed_address_is_dead(at_home, member):
    edit(at_home, CONTACT | {"email": NEW})
    link = link_in(mails("email_confirmation")[0])
    edit(at_home, CONTACT | {"email": "third@example.jp"})
    assert over(at_home, link)


def test_going_back_to_an_address_confirmed_before_asks_nothing(at_home, settled):
    Patron.objects.update(email="typo@example.jp", email_key="typo@example.jp")
    at_home.post(SEND)
    Notice.objects.all().delete()
    edit(at_home, CONTACT)
    assert address_of(settled) == (OLD, OLD, True)
    assert mails("email_confirmation") == []
    assert not EmailConfirmation.objects.exists()


def test_confirming_shows_that_mails_arrive_again(at_home, member):
    Patron.objects.update(bounced_email=OLD)
    at_home.post(SEND)
    at_home.post(CONFIRM, {"key": key_of(link_in(mails("email_confirmation")[0]))})
    member.refresh_from_db()
    assert not member.is_email_bounced


def test_no_changed_key_opens_anything(at_home, settled, link):
    key = key_of(link)
    other = "0" if key[-1] != "0" else "1"
    for wrong in (
        "", "x", key[:-1], key + "0", key[:-1] + other, "0" * 64, "あ" * 64, "\x00" * 64,
        "-" * 64, key.upper(), key[:32] + "é" * 32, "9" * 100_000,
    ):  # fmt: skip
        assert over(at_home, f"{CONFIRM}?key={wrong}"), wrong
    assert at_home.get(link).status_code == 200


def test_button_needs_the_pages_token(settled, link, log_in):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(settled.user, backend="patrons.backends.PatronBackend")
    for path in (CONFIRM, SEND, CANCEL):
        assert strict.post(path, {"key": key_of(link)}).status_code == 403
    assert address_of(settled)[0] == OLD


def test_next_behind_the_link_leads_to_no_other_site(link, settled, log_in):
    for elsewhere in ("//evil.example/", "https://evil.example/", f"//evil.example{link}"):
        assert log_in(Client(), settled.number, next=elsewhere).url == "/mylibrary/"


def test_staff_do_not_see_the_link(link, django_user_model):
    staff = Client()
    staff.force_login(
        django_user_model.objects.create_superuser("librarian", PASSWORD),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    notice = mails("email_confirmation")[0]
    page = text(staff.get(f"/admin/notices/notice/{notice.pk}/change/"))
    assert NEW in page
    assert key_of(link) not in page


def test_expired_rows_are_deleted(at_home, settled, link):
    assert delete_expired.func(timestamp=0) == {
        "device_cards": 0,
        "offers": 0,
        "confirmations": 0,
        "resets": 0,
        "first_login_codes": 0,
        "arrivals": 0,
    }
    EmailConfirmation.objects.update(expires_at=timezone.now())
    assert delete_expired.func(timestamp=0)["confirmations"] == 1
    assert not EmailConfirmation.objects.exists()


def test_no_log_has_the_key_or_the_address(at_home, settled, caplog):
    edit(at_home, CONTACT | {"email": NEW})
    link = link_in(mails("email_confirmation")[0])
    at_home.get(link)
    Client().get(link)
    at_home.post(CONFIRM, {"key": key_of(link)})
    at_home.get(link)
    logged = "\n".join(map(JsonFormatter().format, caplog.records))
    for secret in (key_of(link), NEW, OLD):
        assert secret not in logged
