"""名前カタカナの変更: asked for by the patron, waiting on the profile, decided by staff."""

from collections import Counter

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from mylibrary.errors import TooOften
from mylibrary.kana.models import KanaRequest, KanaState
from mylibrary.kana.services import (
    REQUEST_LIMIT,
    KanaRequestClosed,
    KanaRequestWaits,
    ask_for_kana,
    cancel_kana_request,
    decide_kana_request,
)
from notices.models import Notice
from patrons.card_data_services import KanaOvertaken
from patrons.matching.keys import kana_key
from patrons.models import Patron
from tests.mylibrary.conftest import LOGIN, PASSWORD, PROFILE
from tests.patrons.people import imported_patron, set_own_password
from tests.patrons.test_parallel import together

KANA = "/mylibrary/profile/kana/"
CANCEL = "/mylibrary/profile/kana/cancel/"
MOVED = "/mylibrary/profile/moved/"
WANTED = ("オオイタ", "タロー")
NOTE = "窓口で本人に確かめた"

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(django_user_model):
    return django_user_model.objects.create_superuser("librarian", "only for this test")


@pytest.fixture
def asked(member) -> KanaRequest:
    return ask_for_kana(patron=member, kana=WANTED)


def ask(client, last="オオイタ", first="タロー"):
    return client.post(KANA, {"last_name_kana": last, "first_name_kana": first})


def kana_of(patron) -> tuple[str, str, str]:
    patron.refresh_from_db()
    return patron.last_name_kana, patron.first_name_kana, patron.kana_key


@pytest.mark.parametrize("typed", ["タロー", "たろー", "ﾀﾛｰ", " タロー "])
def test_a_wish_waits_and_changes_nothing_yet(at_home, member, typed):
    before = kana_of(member)
    assert 'value="オオイタ"' in at_home.get(KANA).content.decode()
    assert ask(at_home, first=typed).url == PROFILE
    assert kana_of(member) == before
    change = KanaRequest.objects.get()
    assert (change.patron, change.before, change.wanted) == (member, ("オオイタ", "タロウ"), WANTED)
    page = at_home.get(PROFILE).content.decode()
    assert "名前カタカナの変更：確認待ち" in page
    assert "「オオイタ\u3000タロー」への変更" in page
    assert CANCEL in page
    assert KANA + '"' not in page


def test_the_profile_leads_to_it(at_home):
    page = at_home.get(PROFILE).content.decode()
    assert f'href="{KANA}"' in page
    assert "確認待ち" not in page


@pytest.mark.parametrize(
    ("last", "first", "message"),
    [
        ("", "タロー", "「姓」を入力してください"),
        ("オオイタ", "", "「名」を入力してください"),
        ("大分", "タロー", "カタカナで入力してください"),
        ("オ" * 101, "タロー", "長すぎます"),
        ("オオイタ\x00", "タロー", "カタカナで入力してください"),
        ("おおいた", "たろう", "今と同じカタカナです"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_what_to_do(at_home, last, first, message):
    page = ask(at_home, last, first)
    assert page.status_code == 422
    text = page.content.decode()
    assert message in text
    assert "<title>エラー：名前カタカナの変更｜" in text
    assert not KanaRequest.objects.exists()


def test_a_name_of_one_word_may_have_kana_of_one_word(at_home, member):
    Patron.objects.update(name="MARIA")
    assert ask(at_home, "マリア", "").url == PROFILE
    assert KanaRequest.objects.get().full_name_kana == "マリア"


def test_one_wish_waits_at_a_time(at_home, asked):
    assert at_home.get(KANA).url == PROFILE
    assert ask(at_home, first="ジロウ").url == PROFILE
    assert KanaRequest.objects.get().wanted == WANTED
    with pytest.raises(KanaRequestWaits):
        ask_for_kana(patron=asked.patron, kana=("オオイタ", "ジロウ"))
    with pytest.raises(IntegrityError), transaction.atomic():
        KanaRequest.objects.create(patron=asked.patron, last_name_kana="オオイタ")


def test_a_wish_is_taken_back_by_its_button_only(at_home, asked):
    assert at_home.get(CANCEL).url == PROFILE
    asked.refresh_from_db()
    assert asked.state == KanaState.REQUESTED
    assert at_home.post(CANCEL).url == PROFILE
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == (KanaState.CANCELLED, None)
    page = at_home.get(PROFILE).content.decode()
    assert "申し込みを取り消しました" in page
    assert f'href="{KANA}"' in page
    assert ask(at_home).url == PROFILE


def test_taking_back_what_is_decided_says_so(at_home, asked, staff):
    decide_kana_request(change=asked, staff=staff, approve=True, note=NOTE)
    at_home.post(CANCEL)
    assert "図書館での確認が終わっています" in at_home.get(PROFILE).content.decode()
    asked.refresh_from_db()
    assert asked.state == KanaState.APPROVED


def test_nobody_touches_another_patrons_wish(client, asked, log_in):
    other = imported_patron()
    set_own_password(patron=other, password=PASSWORD)
    log_in(client, other.number)
    assert "確認待ち" not in client.get(PROFILE).content.decode()
    client.post(CANCEL, {"patron": asked.patron_id, "change": asked.pk})
    asked.refresh_from_db()
    assert asked.state == KanaState.REQUESTED


@pytest.mark.parametrize("path", [KANA, CANCEL])
def test_the_pages_are_the_patrons_own(at_home, member, path):
    assert "no-store" in at_home.get(path)["Cache-Control"]
    assert Client().get(path).url.startswith(LOGIN)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = at_home.cookies
    assert strict.post(path, {"last_name_kana": "ア", "first_name_kana": "イ"}).status_code == 403


def test_after_a_new_name_the_kana_is_confirmed_without_the_staff(at_home, member):
    Patron.objects.update(kana_outdated=True)
    assert at_home.get(KANA).url == MOVED
    assert ask(at_home).url == MOVED
    assert not KanaRequest.objects.exists()
    assert f'href="{KANA}"' not in at_home.get(PROFILE).content.decode()


def test_asking_again_and_again_has_to_wait(at_home, member):
    for _ in range(REQUEST_LIMIT.burst):
        assert ask(at_home).url == PROFILE
        cancel_kana_request(patron=member)
    page = ask(at_home)
    assert page.status_code == 429
    assert "30分ほど待ってから" in page.content.decode()
    with pytest.raises(TooOften):
        ask_for_kana(patron=member, kana=WANTED)


def messages_to(patron) -> list[Notice]:
    return list(Notice.objects.filter(patron=patron, kind="kana_decided"))


@pytest.mark.parametrize("approve", [True, False])
def test_the_patron_is_told_what_became_of_it_and_nothing_else(member, asked, staff, approve):
    decide_kana_request(change=asked, staff=staff, approve=approve, note=NOTE)
    (notice,) = messages_to(member)
    assert notice.recipient == member.email
    assert ProcrastinateJob.objects.filter(args__notice_id=notice.pk).exists()
    assert ("変更が終わりました" in notice.body) is approve
    assert ("変更していません" in notice.body) is not approve
    for secret in (member.number, "太郎", "タロ", "オオイタ", NOTE):
        assert secret not in notice.subject + notice.body


def test_without_an_address_the_message_stays_in_the_inbox(member, asked, staff):
    Patron.objects.update(email="")
    decide_kana_request(change=asked, staff=staff, approve=True, note=NOTE)
    assert messages_to(member)[0].recipient == ""


def test_approval_changes_the_kana_its_key_and_the_time_of_the_change(member, asked, staff):
    before = member.updated_at
    decided = decide_kana_request(change=asked, staff=staff, approve=True, note=NOTE)
    assert kana_of(member) == (*WANTED, kana_key("オオイタタロー"))
    assert member.updated_at > before
    assert (decided.state, decided.decided_by, decided.note) == ("approved", staff, NOTE)


def test_declining_changes_nothing(member, asked, staff):
    before = kana_of(member)
    decide_kana_request(change=asked, staff=staff, approve=False, note=NOTE)
    assert kana_of(member) == before
    asked.refresh_from_db()
    assert asked.state == KanaState.DECLINED


@pytest.mark.parametrize(
    "meanwhile",
    [{"first_name_kana": "ジロウ"}, {"kana_outdated": True}, {"withdrawn_at": timezone.now()}],
)
def test_a_wish_that_was_overtaken_can_only_be_declined(member, asked, staff, meanwhile):
    Patron.objects.update(**meanwhile)
    before = kana_of(member)
    with pytest.raises(KanaOvertaken):
        decide_kana_request(change=asked, staff=staff, approve=True, note=NOTE)
    asked.refresh_from_db()
    assert asked.state == KanaState.REQUESTED
    assert messages_to(member) == []
    assert kana_of(member) == before
    decide_kana_request(change=asked, staff=staff, approve=False, note=NOTE)
    assert len(messages_to(member)) == 1


@pytest.mark.parametrize("state", [KanaState.APPROVED, KanaState.DECLINED, KanaState.CANCELLED])
def test_what_is_decided_is_never_rewritten_but_goes_with_its_patron(member, asked, staff, state):
    if state == KanaState.CANCELLED:
        cancel_kana_request(patron=member)
    else:
        approve = state == KanaState.APPROVED
        decide_kana_request(change=asked, staff=staff, approve=approve, note=NOTE)
    with pytest.raises(KanaRequestClosed):
        decide_kana_request(change=asked, staff=staff, approve=True, note=NOTE)
    for column in ({"note": "other"}, {"state": "requested"}, {"last_name_kana": "ア"}):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            KanaRequest.objects.filter(pk=asked.pk).update(**column)
    assert KanaRequest.objects.filter(pk=asked.pk).delete()[0] == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "approved"},
        {"state": "approved", "decided_at": timezone.now()},
        {"state": "cancelled"},
        {"state": "gossip", "decided_at": timezone.now()},
        {"decided_at": timezone.now()},
    ],
)
def test_no_row_says_less_than_who_ended_it_and_when(asked, columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        KanaRequest.objects.filter(pk=asked.pk).update(**columns)


@pytest.mark.django_db(transaction=True)
def test_of_many_words_at_once_one_counts(member, asked, staff):
    def attempt(approve):
        try:
            decide_kana_request(change=asked, staff=staff, approve=approve, note=NOTE)
        except KanaRequestClosed:
            return "late"
        return "done"

    def take_back():
        return "done" if cancel_kana_request(patron=member) else "late"

    jobs = [lambda: attempt(True), lambda: attempt(False), take_back] * 4
    assert Counter(together(jobs)) == {"done": 1, "late": len(jobs) - 1}
    asked.refresh_from_db()
    assert (kana_of(member)[:2] == WANTED) is (asked.state == KanaState.APPROVED)
    assert len(messages_to(member)) == (asked.state != KanaState.CANCELLED)


@pytest.mark.django_db(transaction=True)
def test_of_many_wishes_at_once_one_waits(member):
    def attempt():
        try:
            ask_for_kana(patron=member, kana=WANTED)
        except (KanaRequestWaits, TooOften) as refusal:
            return type(refusal).__name__
        return "done"

    assert Counter(together([attempt] * 10)) == {
        "done": 1,
        "KanaRequestWaits": REQUEST_LIMIT.burst - 1,
        "TooOften": 10 - REQUEST_LIMIT.burst,
    }
    assert KanaRequest.objects.waiting().count() == 1
