"""Titles: on no stored text, in a mail by choice only, and gone with what they are about."""

import json
from collections.abc import Sequence

import pytest
from django.core import serializers
from procrastinate.contrib.django.models import ProcrastinateJob

from notices.delivery import deliver
from notices.enums import NoticeKind
from notices.models import Notice
from notices.services import choose_contents
from notices.texts import TITLES, in_every_language
from notices.titles import givers, titles_of, with_titles
from patrons.models import Patron
from tests.notices.sink import html_of, text_of

pytestmark = pytest.mark.django_db
BODY = f"返却期限が近い資料があります。\n{TITLES}\n\n大分市民図書館\n"
TITLE, OTHER = "ごんぎつね", "手ぶくろを\n買いに："


@pytest.fixture
def shelf(patron, monkeypatch) -> dict[int, str]:
    """What can be told of: titles of the patron's loans, by number."""
    loans = {7: TITLE, 8: OTHER}

    def give(whose: Patron, ids: Sequence[int]) -> list[str]:
        return [loans[one] for one in ids if one in loans and whose == patron]

    monkeypatch.setitem(givers, NoticeKind.LOAN_DUE, give)
    return loans


@pytest.fixture
def notice(make_notice, shelf) -> Notice:
    return make_notice(kind=NoticeKind.LOAN_DUE, body=BODY, about=[8, 7, 9])


def mailed(sink, notice: Notice) -> str:
    deliver(notice_id=notice.pk)
    return text_of(sink.mails[-1]) + html_of(sink.mails[-1])


def test_titles_are_those_of_now_and_stored_nowhere(notice, shelf):
    assert titles_of(notice) == ["手ぶくろを 買いに：", TITLE]
    assert "・手ぶくろを 買いに：\n・ごんぎつね\n" in with_titles(notice, notice.body)
    stored = serializers.serialize("json", [*Notice.objects.all(), *ProcrastinateJob.objects.all()])
    assert TITLE not in json.dumps(json.loads(stored), ensure_ascii=False)
    del shelf[7]
    assert titles_of(notice) == ["手ぶくろを 買いに："]
    shelf.clear()
    assert "書名は、貸出や予約が終わると表示されません。" in with_titles(notice, notice.body)


def test_a_mail_tells_no_title_unless_the_patron_chose_it(sink, notice, patron):
    Patron.objects.update(confirmed_email=patron.email)
    mail = mailed(sink, notice)
    assert TITLE not in mail
    assert str(TITLES) in mail


def test_a_mail_by_choice_tells_the_titles_of_when_it_is_sent(sink, notice, patron, shelf, caplog):
    Patron.objects.update(confirmed_email=patron.email)
    choose_contents(patron=patron, titles_in_mails=True, days_before_due=3)
    shelf[9] = "赤いろうそく"
    del shelf[8]
    deliver(notice_id=notice.pk)
    (mail,) = sink.mails
    assert "・ごんぎつね\n・赤いろうそく\n" in text_of(mail)
    assert "<ul><li>ごんぎつね</li><li>赤いろうそく</li></ul>" in html_of(mail)
    notice.refresh_from_db()
    assert notice.body == BODY
    assert TITLE not in caplog.text


@pytest.mark.parametrize("confirmed", ["", "former@example.jp"])
def test_a_mailbox_that_may_be_a_stranger_s_gets_no_title(sink, notice, patron, confirmed):
    Patron.objects.update(confirmed_email=confirmed)
    choose_contents(patron=patron, titles_in_mails=True, days_before_due=3)
    assert TITLE not in mailed(sink, notice)


def test_a_former_address_gets_no_title(sink, notice, patron):
    Patron.objects.update(email="new@example.jp", confirmed_email="new@example.jp")
    choose_contents(patron=patron, titles_in_mails=True, days_before_due=3)
    assert TITLE not in mailed(sink, notice)


def test_nobody_else_s_titles_are_given(notice, patron):
    sibling = Patron.objects.get()
    sibling.pk, sibling.number, sibling.namesake_no = None, "8000036", 1
    sibling.save(force_insert=True)
    notice.patron = sibling
    assert titles_of(notice) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "返却期限が近い資料があります。", "about": [7]},
        {"body": f"{in_every_language(TITLES)[-1]}"},
        {"body": BODY, "about": [7], "kind": NoticeKind.SECURITY},
        {"body": BODY, "about": [7], "patron": None},
    ],
    ids=["no place", "about nothing", "nobody gives them", "to nobody"],
)
def test_what_a_message_is_about_has_a_place_and_somebody_who_gives_it(make_notice, shelf, changes):
    with pytest.raises(ValueError, match=r"about|nobody"):
        make_notice(**{"kind": NoticeKind.LOAN_DUE} | changes)
