"""How patrons are told of answers: gathered, once, without a title."""

import json
from datetime import timedelta

import pytest
from django.core import serializers
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from mylibrary.requests.enums import DeclineReason, TitleState
from mylibrary.requests.models import PurchaseSuggestion, WantedTitle
from mylibrary.requests.services import tell_answers, withdraw
from mylibrary.tasks import tell_answers_to_requests
from notices.enums import NoticeKind
from notices.models import Notice
from notices.services import choose_mails
from notices.titles import titles_of
from patrons.models import Patron
from patrons.retention import erase_patron
from tests.mylibrary.requests.wishes import AUTHOR, TITLE, decided, wished

pytestmark = pytest.mark.django_db
TITLES = [TITLE, "由布の植物", "別府の地獄"]


@pytest.fixture
def answered(member, staff) -> list[WantedTitle]:
    """Three titles on which staff have decided today."""
    wanted = [wished(member, title, author=AUTHOR).wanted for title in TITLES]
    decided(wanted[0], staff)
    decided(wanted[1], staff, TitleState.DECLINED, DeclineReason.UNAVAILABLE)
    decided(wanted[2], staff, TitleState.CONSIDERED)
    return wanted


def in_days(number: int) -> int:
    """Tell what is to be told after so many days, at 9 o'clock."""
    day = timezone.localtime() + timedelta(days=number)
    return tell_answers(now=day.replace(hour=9, minute=0))


def test_the_answers_of_a_day_are_told_the_next_morning_in_one_message(member, answered):
    assert in_days(0) == 0
    assert in_days(1) == 1
    assert in_days(1) == in_days(2) == 0
    (notice,) = Notice.objects.filter(kind=NoticeKind.REQUEST_ANSWERED)
    assert (notice.patron, notice.recipient) == (member, member.email)
    assert "リクエストされた資料2点について、お返事があります" in notice.body
    assert titles_of(notice) == [f"{title}\u3000{AUTHOR}" for title in TITLES[:2]]
    stored = serializers.serialize("json", [notice, *ProcrastinateJob.objects.all()])
    words = json.dumps(json.loads(stored), ensure_ascii=False)
    for secret in (*TITLES, AUTHOR, member.number, "品切れ"):
        assert secret not in words


def test_a_second_answer_is_told_too_and_not_on_the_same_day(member, staff, answered):
    assert in_days(1) == 1
    decided(answered[0], staff, TitleState.READY)
    PurchaseSuggestion.objects.filter(wanted=answered[0]).update(
        answered_at=timezone.localtime().replace(hour=8) + timedelta(days=1), told_at=None
    )
    assert in_days(1) == 0
    assert in_days(2) == 1
    latest = Notice.objects.latest("pk")
    assert titles_of(latest) == [f"{TITLE}\u3000{AUTHOR}"]
    assert "資料1点について" in latest.body


def test_each_who_asked_is_told_alone(member, other, staff):
    own, anothers = wished(member), wished(other, remark="青い表紙")
    decided(own.wanted, staff)
    assert in_days(1) == 2
    notices = Notice.objects.filter(kind=NoticeKind.REQUEST_ANSWERED)
    told = {notice.patron: notice.about for notice in notices}
    assert told == {member: [own.pk], other: [anothers.pk]}
    # Nobody reads another's.
    notices.filter(patron=member).update(about=[anothers.pk])
    assert titles_of(notices.get(patron=member)) == []


def test_who_declines_the_mail_reads_the_message(member, answered):
    choose_mails(patron=member, wanted={NoticeKind.REQUEST_ANSWERED: False})
    assert in_days(1) == 1
    assert Notice.objects.get(kind=NoticeKind.REQUEST_ANSWERED).recipient == ""


def test_what_was_taken_back_or_left_is_not_told(member, other, staff):
    mine, anothers = wished(member), wished(other)
    assert withdraw(patron=member, public_id=mine.public_id)
    decided(anothers.wanted, staff)
    Patron.objects.filter(pk=other.pk).update(withdrawn_at=timezone.now())
    assert in_days(1) == 0


def test_the_message_is_in_the_patrons_language_and_outlives_no_title(member, answered):
    Patron.objects.update(language="en")
    in_days(1)
    notice = Notice.objects.get(kind=NoticeKind.REQUEST_ANSWERED)
    assert "There are answers about 2 titles that you requested." in notice.body
    PurchaseSuggestion.objects.all().delete()
    assert titles_of(notice) == []


def test_the_worker_tells_what_is_due_and_an_erased_patron_nothing(member, answered):
    yesterday = timezone.now() - timedelta(days=1)
    PurchaseSuggestion.objects.exclude(answered_at=None).update(answered_at=yesterday)
    erase_patron(patron_id=member.pk)
    assert tell_answers_to_requests(0) == 0
    assert not Notice.objects.filter(kind=NoticeKind.REQUEST_ANSWERED).exists()
