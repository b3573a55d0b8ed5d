"""The receipt of an application that staff look at: on the page, by mail, and in staff's search."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from registration.application.models import Application
from registration.opening_days import nth_opening_day_after
from registration.review.models import Verdict
from registration.review.reminders import tell_applicants
from tests.registration.review.reviews import (
    CASES,
    NAMESAKE,
    NAMESAKES_ENTRY,
    UNCLEAR,
    case_for,
    case_page,
    decided,
    first_taro,
    mails_to,
    namesake_case,
)
from tests.registration.support import FORM, RESULT, TYPED, identify, text

pytestmark = pytest.mark.django_db
ADDRESS = NAMESAKES_ENTRY["email"]
SENTENCE = re.compile(r"受付番号A-123。\d+月\d+日（[月火水木金土日]）までにお知らせします。")
THURSDAY = date(2026, 12, 3)


@pytest.fixture
def staff(admin_user):
    return admin_user


@pytest.fixture(autouse=True)
def next_is_123():
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE registration_receipt_no_seq RESTART WITH 123")


def apply(browser: Client, **typed: str) -> str:
    """Send the form with the namesake's card, and return the page that answers."""
    identify(browser, NAMESAKE)
    assert browser.post(FORM, TYPED | NAMESAKES_ENTRY | typed).url == RESULT
    return text(browser.get(RESULT))


def due_on(day: date) -> None:
    Application.objects.update(answer_by=day)


def found(client: Client, words: str, **also: str) -> list[str]:
    listed = client.get(CASES, {"q": words} | also).context["cl"].result_list
    return [str(case.pk) for case in listed]


def test_the_page_and_the_mail_name_the_number_and_the_day():
    first_taro()
    browser = Client()
    (sentence,) = SENTENCE.findall(apply(browser))
    assert SENTENCE.findall(text(browser.get(RESULT))) == [sentence]
    (mail,) = mails_to(ADDRESS)
    assert "受付番号A-123" in mail.subject
    assert SENTENCE.findall(mail.body) == [sentence]
    for secret in (NAMESAKE.name, NAMESAKE.address, TYPED["phone"]):
        assert secret not in mail.subject + mail.body


def test_the_answer_is_due_at_the_end_of_the_third_opening_day():
    case = namesake_case()
    assert case.answer_by == nth_opening_day_after(timezone.localdate(), 3)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ja", "受付番号A-123。12月3日（木）までにお知らせします。"),
        ("en", "Receipt number A-123. We will write to you by Thursday 3 December."),
    ],
)
def test_the_sentence_is_said_in_the_applicant_s_language(language, sentence, monkeypatch):
    first_taro()
    monkeypatch.setattr(
        "registration.application.receipts.nth_opening_day_after", lambda day, n: THURSDAY
    )
    monkeypatch.setattr(timezone, "localdate", lambda *moment: THURSDAY)
    browser = Client()
    browser.post("/language/", {"language": language})
    assert sentence in apply(browser)
    assert sentence in mails_to(ADDRESS)[-1].body


def test_who_comes_again_meanwhile_has_the_same_receipt():
    first_taro()
    assert "受付番号A-123。" in apply(Client())
    again = Client()
    assert "受付番号A-123。" in apply(again)
    assert "受付番号A-123。" in text(again.get(RESULT))
    assert len(mails_to(ADDRESS)) == 1
    apply(Client(), email="other@example.jp")
    (mail,) = mails_to("other@example.jp")
    assert "受付番号A-123。" in mail.body


def test_each_case_has_a_number_of_its_own():
    assert [namesake_case().receipt, case_for(UNCLEAR).receipt] == ["A-123", "A-124"]


@pytest.mark.parametrize(
    "typed", ["A-123", "Ａ－１２３", "a123", "A 123", " a‐123 ", "123", "Aー123"]
)
def test_staff_find_the_case_by_what_the_applicant_reads_out(admin_client, typed):
    case, other = namesake_case(), case_for(UNCLEAR)
    assert found(admin_client, typed) == [str(case.pk)]
    assert found(admin_client, "A-124") == [str(other.pk)]
    assert found(admin_client, "A-999") == []


@pytest.mark.parametrize("typed", ["B-123", "A-12x", "A--", "A-1234567890123456789012"])
def test_what_is_no_receipt_finds_nothing(admin_client, typed):
    namesake_case()
    assert found(admin_client, typed) == []


def test_a_decided_case_is_found_by_its_receipt_but_not_by_a_name_among_the_waiting(
    admin_client, staff
):
    case = namesake_case()
    decided(case, Verdict.OTHER_PERSON, staff)
    assert found(admin_client, "A-123") == [str(case.pk)]
    assert found(admin_client, "オオイタ") == []
    assert found(admin_client, "オオイタ", situation="approved") == [str(case.pk)]


def test_the_application_is_found_by_it_too(admin_client):
    case = namesake_case()
    page = admin_client.get("/admin/registration/application/", {"q": "A-123"})
    assert [row.pk for row in page.context["cl"].result_list] == [case.pk]


def test_the_number_opens_nothing():
    namesake_case()
    for address in ("/registration/review/?key=A-123", "/registration/review/?key=123"):
        assert Client().get(address).status_code == 410
    assert Client().get(RESULT, {"receipt": "A-123"}).url == FORM


def test_the_list_is_ordered_by_the_day_of_the_answer(admin_client):
    first, second = namesake_case(), case_for(UNCLEAR)
    today = timezone.localdate()
    Application.objects.filter(pk=first.pk).update(answer_by=today + timedelta(days=2))
    Application.objects.filter(pk=second.pk).update(answer_by=today - timedelta(days=1))
    page = admin_client.get(CASES)
    assert [row.pk for row in page.context["cl"].result_list] == [second.pk, first.pk]
    assert text(page).count("（遅れ）") == 1
    assert "（遅れ）" in text(admin_client.get(case_page(second)))


def test_who_is_not_answered_in_time_is_told_once_and_the_page_says_so():
    first_taro()
    browser = Client()
    apply(browser)
    assert tell_applicants() == 0
    due_on(timezone.localdate() - timedelta(days=1))
    assert tell_applicants() == 1
    assert tell_applicants() == 0
    _, late = mails_to(ADDRESS)
    assert "お知らせが遅れています（受付番号A-123）" in late.subject
    assert "お待たせして申し訳ありません" in late.body
    page = text(browser.get(RESULT))
    assert "受付番号A-123。お知らせが遅れています。" in page
    assert "までにお知らせします。" not in page


def test_on_the_day_itself_nobody_is_late():
    namesake_case()
    due_on(timezone.localdate())
    assert tell_applicants() == 0


def test_who_was_decided_on_in_time_is_not_told(staff):
    decided(namesake_case(), Verdict.OTHER_PERSON, staff)
    due_on(timezone.localdate() - timedelta(days=1))
    assert tell_applicants() == 0


def test_the_delay_is_told_in_the_applicant_s_language():
    case = namesake_case()
    Application.objects.filter(pk=case.pk).update(language="en")
    due_on(THURSDAY if timezone.localdate() > THURSDAY else timezone.localdate() - timedelta(1))
    tell_applicants()
    assert "Our answer is late (receipt number A-123)" in mails_to(ADDRESS)[-1].subject


def test_a_case_from_before_there_were_receipts_gets_one():
    case = namesake_case()
    Application.objects.update(receipt_no=None, answer_by=None)
    assert len(mails_to(ADDRESS)) == 1
    tell_applicants()
    case.refresh_from_db()
    assert case.receipt == "A-124"
    assert case.answer_by == nth_opening_day_after(timezone.localdate(case.review_since), 3)
    assert "A-124" in mails_to(ADDRESS)[-1].subject


def test_a_case_of_long_ago_is_not_told_that_a_day_was_missed_which_it_never_had():
    case = namesake_case()
    long_ago = timezone.now() - timedelta(days=30)
    Application.objects.filter(pk=case.pk).update(
        receipt_no=None, answer_by=None, review_since=long_ago
    )
    tell_applicants()
    tell_applicants()
    assert len(mails_to(ADDRESS)) == 2
    assert "A-124" in mails_to(ADDRESS)[-1].subject


def test_another_person_with_the_same_name_has_another_case():
    first_taro()
    one = case_for(NAMESAKE)
    two = case_for(replace(NAMESAKE, subject="another"))
    assert one.receipt_no != two.receipt_no
