"""Asking for a new password by mail: who asks learns nothing of anybody."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import LoginBucket
from mylibrary.reset.asking import MAILBOX_LIMIT, NETWORK_LIMITS, PAIR_LIMIT
from mylibrary.reset.models import ResetRequest
from mylibrary.reset.services import answer
from mylibrary.tasks import delete_expired
from notices.models import Notice
from patrons.models import Patron
from tests.accounts.leaking import tries
from tests.mylibrary.mails import CONTACT, RESET, SENT, ask, confirmed, edit, mails
from tests.mylibrary.mynumber.cards import heading
from tests.patrons.people import imported_patron
from tests.registration.support import text

pytestmark = pytest.mark.django_db
MAILBOX = "oita@oita.co.jp"


@pytest.fixture
def forgetful(member) -> Patron:
    """大分 太郎, whose address is confirmed and who has forgotten the password."""
    return confirmed(member)


def cases(forgetful: Patron) -> dict[str, tuple[str, str]]:
    """Return number and address of everybody who might be asked about; the first fits."""
    unconfirmed = imported_patron(name="日田 一", email="hita@example.jp")
    withdrawn = imported_patron(
        name="臼杵 二",
        email="usuki@example.jp",
        confirmed_email="usuki@example.jp",
        withdrawn_at=timezone.now(),
    )
    without = imported_patron(name="竹田 三", email="")
    return {
        "fits": (forgetful.number, MAILBOX),
        "another address": (forgetful.number, "other@example.jp"),
        "no such number": ("9999999", MAILBOX),
        "not a number": ("'; --", MAILBOX),
        "not confirmed": (unconfirmed.number, unconfirmed.email),
        "withdrawn": (withdrawn.number, withdrawn.email),
        "no address": (without.number, MAILBOX),
    }


def test_only_number_and_confirmed_address_together_get_a_mail(forgetful):
    for number, email in cases(forgetful).values():
        LoginBucket.objects.all().delete()
        ask(Client(), number, email)
    assert [mail.recipient for mail in mails("password_reset")] == [MAILBOX]
    assert Notice.objects.count() == 1


def what_is_seen(number: str, email: str) -> tuple[object, ...]:
    """Return all that whoever asks can see of the answer, and the statements it took."""
    browser = Client()
    with CaptureQueriesContext(connection) as queries:
        answered = browser.post(RESET, {"number": number, "email": email})
    statements = [re.sub(r"'(?:[^']|'')*'|[0-9]+", "?", query["sql"]) for query in queries]
    assert not any("patrons_patron" in statement for statement in statements)
    page = text(browser.get(answered.url))
    return answered.status_code, answered.url, sorted(answered.headers), page, statements


def test_answer_and_work_are_the_same_for_everybody(forgetful):
    seen = [what_is_seen(*typed) for typed in cases(forgetful).values()]
    assert len(seen) == 7
    for other in seen[1:]:
        assert other == seen[0]
    jobs = ProcrastinateJob.objects.filter(task_name="mylibrary.tasks.answer_reset_request")
    assert jobs.count() == len(seen)


def test_what_was_typed_is_erased_as_soon_as_the_worker_has_looked(forgetful):
    for number, email in cases(forgetful).values():
        ask(Client(), number, email)
    assert ResetRequest.objects.count() == 7
    assert not ResetRequest.objects.exclude(number="", email_key="").exists()
    assert ResetRequest.objects.filter(patron=forgetful).count() == 1
    assert ResetRequest.objects.filter(patron=None).count() == 6


@pytest.mark.parametrize("typed", ["OITA@oita.co.jp", "ｏｉｔａ@OITA.CO.JP", " oita@oita.co.jp "])
def test_mail_goes_to_the_address_on_record_however_it_is_typed(forgetful, typed):
    full_width = forgetful.number[:3].translate({48 + digit: 0xFF10 + digit for digit in range(10)})
    ask(Client(), full_width + forgetful.number[3:], typed)
    assert [mail.recipient for mail in mails("password_reset")] == [MAILBOX]


def test_mail_goes_to_whose_number_was_scanned(forgetful):
    ask(Client(), f"A{forgetful.number}A", MAILBOX)
    assert [mail.recipient for mail in mails("password_reset")] == [MAILBOX]


def test_every_way_to_scan_a_number_fills_one_bucket(forgetful):
    spellings = [each.format(forgetful.number) for each in ("{}", "A{}A", "a{}b", "*{}*", "D{}C")]
    assert len(spellings) == PAIR_LIMIT.burst
    for spelling in spellings:
        ask(Client(), spelling, MAILBOX)
    typed = {"number": f"B{forgetful.number}B", "email": MAILBOX}
    assert Client().post(RESET, typed).status_code == 429


def test_pending_address_gets_no_link(at_home, forgetful):
    edit(at_home, CONTACT | {"email": "taro@example.jp"})
    ask(Client(), forgetful.number, "taro@example.jp")
    assert mails("password_reset") == []


def test_closed_login_gets_no_mail(forgetful):
    forgetful.user.is_active = False
    forgetful.user.save()
    ask(Client(), forgetful.number, MAILBOX)
    assert mails("password_reset") == []


def test_worker_that_looks_twice_mails_once(forgetful):
    Client().post(RESET, {"number": forgetful.number, "email": MAILBOX})
    asked = ResetRequest.objects.get()
    assert [answer(request_id=asked.pk) for _ in range(2)] == [True, False]
    assert len(mails("password_reset")) == 1


def test_worker_that_comes_too_late_mails_nothing(forgetful):
    Client().post(RESET, {"number": forgetful.number, "email": MAILBOX})
    asked = ResetRequest.objects.get()
    ResetRequest.objects.update(expires_at=timezone.now())
    assert not answer(request_id=asked.pk)
    assert mails("password_reset") == []


def test_expired_wishes_are_deleted(forgetful):
    ask(Client(), forgetful.number, MAILBOX)
    assert delete_expired.func(timestamp=0)["resets"] == 0
    ResetRequest.objects.update(expires_at=timezone.now())
    assert delete_expired.func(timestamp=0)["resets"] == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"email": MAILBOX}, "貸出券の番号を入力してください"),
        ({"number": "8000028"}, "E-mailを入力してください"),
        ({"number": "8000028", "email": "oita"}, "name@example.jp のような形で"),
        ({"number": "8000028", "email": "a@b.jp, c@d.jp"}, "1つだけ入力してください"),
    ],
)
def test_what_cannot_be_asked_is_explained_and_kept(client, db, fields, message):
    page = client.post(RESET, fields)
    assert page.status_code == 422
    assert "<title>エラー：パスワードを忘れた方｜" in text(page)
    assert message in text(page)
    for typed in fields.values():
        assert f'value="{typed}"' in text(page)
    assert not ResetRequest.objects.exists()


@pytest.mark.parametrize(
    "number", ["\x00", "8000028\x00", "<script>", "9" * 100_000, "８" * 30, "\u2028", "貸出券"]
)
def test_strange_numbers_are_answered_like_any_other(client, db, number):
    answered = client.post(RESET, {"number": number, "email": MAILBOX})
    assert answered.status_code in (302, 422)
    assert "<script>" not in text(answered)


def test_page_says_for_whom_it_works(client, db):
    page = text(client.get(RESET))
    assert "E-mailの確認が済んでいる方" in page
    assert "no-store" in client.get(RESET)["Cache-Control"]


def test_asking_with_one_number_and_mailbox_is_limited_and_the_wait_told(forgetful):
    def post(number, email):
        return Client().post(RESET, {"number": number, "email": email})

    for number in (forgetful.number, "9999999"):
        LoginBucket.objects.all().delete()
        for _ in range(PAIR_LIMIT.burst):
            assert post(number, MAILBOX).status_code == 302
        refused = post(number, MAILBOX)
        assert refused.status_code == 429
        assert "申し込みが続いています。10分ほど待ってから" in text(refused)
        assert 0 < int(refused["Retry-After"]) <= 600
        assert post("9999998", MAILBOX).status_code == 302


def test_a_stranger_who_knows_only_the_number_keeps_no_mail_away(forgetful):
    for n in range(PAIR_LIMIT.burst * 4):
        fields = {"number": forgetful.number, "email": f"a{n % 7}@example.jp"}
        Client(REMOTE_ADDR=f"203.0.113.{n}").post(RESET, fields)
    ask(Client(), forgetful.number, MAILBOX)
    assert [mail.recipient for mail in mails("password_reset")] == [MAILBOX]


def test_asking_for_one_mailbox_is_limited(db):
    answers = [
        Client().post(RESET, {"number": f"{number:07}", "email": MAILBOX}).status_code
        for number in range(MAILBOX_LIMIT.burst + 1)
    ]
    assert answers == [302] * MAILBOX_LIMIT.burst + [429]


def test_one_network_is_limited_and_uses_up_nobody_elses_limit(forgetful):
    for number in tries(NETWORK_LIMITS.address.burst):
        fields = {"number": f"{number:07}", "email": f"a{number}@example.jp"}
        assert Client(REMOTE_ADDR="2001:db8::1").post(RESET, fields).status_code == 302
    fields = {"number": forgetful.number, "email": MAILBOX}
    for _ in range(PAIR_LIMIT.burst + 1):
        assert Client(REMOTE_ADDR="2001:db8::2").post(RESET, fields).status_code == 429
    assert Client(REMOTE_ADDR="192.0.2.1").post(RESET, fields).status_code == 302


def test_sent_page_is_the_same_without_asking(client, db):
    assert heading(client.get(SENT)) == "メールをご確認ください"
