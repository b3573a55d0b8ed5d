"""In which language an applicant goes on, and is written to, whoever acts."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from patrons.models import Patron
from registration import retention
from registration.application.models import Application
from registration.review.models import Verdict
from tests.identity import follow
from tests.registration.review.reviews import (
    NAMESAKE,
    NAMESAKES_ENTRY,
    decided,
    first_taro,
    mails_to,
    settle,
)
from tests.registration.support import (
    CONFIRM,
    FORM,
    HANAKO,
    RESULT,
    TYPED,
    hidden_fields,
    identify,
    text,
)

pytestmark = pytest.mark.django_db
JAPANESE = re.compile(r"[\u3000-\u30ff\u4e00-\u9fff]")
SUBJECT = "[Oita Citizens Library] "


@pytest.fixture
def reader() -> Client:
    """A browser that asks for Japanese, in which English was chosen."""
    browser = Client(headers={"accept-language": "ja"})
    browser.post("/language/", {"language": "en"})
    return browser


@pytest.fixture
def case(reader) -> Application:
    """A case for staff, of somebody who reads English."""
    first_taro()
    draft = identify(reader, NAMESAKE)
    reader.post(FORM, TYPED | NAMESAKES_ENTRY)
    draft.refresh_from_db()
    assert (draft.state, draft.language) == ("review", "en")
    return draft


def test_the_way_to_the_card_and_back_keeps_the_language(reader, identity_service):
    back = identity_service.approve(identity_service.start(reader, TYPED))
    page = reader.get(follow(reader, back).url)
    assert page["Content-Language"] == "en"
    reader.post(FORM, TYPED)
    assert reader.get(CONFIRM)["Content-Language"] == "en"
    reader.post(CONFIRM, hidden_fields(text(reader.get(CONFIRM))))
    assert reader.get(RESULT)["Content-Language"] == "en"
    assert Patron.objects.get().language == "en"


@pytest.mark.parametrize("choice", ["other_person", "counter"])
def test_what_staff_decide_in_japanese_is_mailed_in_the_applicant_s_language(
    case, admin_client, choice
):
    settle(admin_client, case, choice)
    mails = mails_to(NAMESAKES_ENTRY["email"])
    assert len(mails) == 2
    for mail in mails:
        assert mail.subject.startswith(SUBJECT)
        assert not JAPANESE.search(mail.body)


def test_each_reads_of_a_link_by_staff_in_a_language_of_one_s_own(case, django_user_model):
    staff = django_user_model.objects.create_superuser("librarian", "only for this test")
    patron = Patron.objects.get()
    decided(case, Verdict.SAME_PERSON, staff, patron_id=patron.pk, replace_card=True)
    assert mails_to(NAMESAKES_ENTRY["email"])[-1].subject.startswith(SUBJECT)
    assert mails_to(patron.email)[-1].subject.startswith("【大分市民図書館】")


def test_a_case_that_ends_undecided_is_told_by_the_worker_in_the_applicant_s_language(case):
    late = timezone.now() + timedelta(days=400)
    Application.objects.update(staff_warned_at=timezone.now() - timedelta(days=2))
    retention.purge_expired(now=late)
    assert mails_to(NAMESAKES_ENTRY["email"])[-1].subject.startswith(SUBJECT)


def test_a_language_chosen_at_the_confirmation_counts(identity_service):
    browser = Client()
    draft = identify(browser)
    browser.post(FORM, TYPED)
    browser.post("/language/", {"language": "en"})
    browser.post(CONFIRM, hidden_fields(text(browser.get(CONFIRM))))
    draft.refresh_from_db()
    assert (draft.language, draft.patron.language) == ("en", "en")
    assert mails_to(TYPED["email"])[-1].subject.startswith(SUBJECT)


def test_a_case_goes_on_in_the_language_in_which_its_person_comes_back(case):
    again = Client()
    identify(again, NAMESAKE)
    again.post(FORM, TYPED | NAMESAKES_ENTRY)
    case.refresh_from_db()
    assert case.language == "ja"


def test_another_language_on_the_form_checks_and_stores_nothing(client):
    page = client.post(FORM, TYPED | {"phone": "097", "language": "en"})
    assert (page.status_code, page["Content-Language"]) == (200, "en")
    assert 'value="097"' in text(page)
    assert "no-store" in page["Cache-Control"]
    assert client.get(FORM)["Content-Language"] == "en"
    draft = identify(client)
    before = Application.objects.values().get()
    for language in ("ja", "xx"):
        page = client.post(FORM, TYPED | {"language": language})
        assert (page.status_code, page["Content-Language"]) == (200, "ja")
        assert f'value="{TYPED["email"]}"' in text(page)
        assert Application.objects.values().get() == before
    assert draft.transitions.count() == 2


def test_another_language_says_that_another_card_was_read_meanwhile(client):
    identify(client)
    shown = hidden_fields(text(client.get(FORM)))
    identify(client, HANAKO)
    page = client.post(FORM, TYPED | shown | {"language": "en"})
    assert "A card was read on another page" in text(page)
    assert HANAKO.name in text(page)
