"""Decisions, links and finishes that arrive at the same instant: real threads and connections."""

from collections import Counter

import pytest
from django.test import Client

from notices.enclosures import MailedLinkDead
from notices.enums import NoticeKind
from notices.models import Notice
from patrons.models import IdentityLink, Patron
from registration.application import services
from registration.application.enums import ApplicationState as State
from registration.application.models import Application
from registration.review.models import ReviewDecision, Verdict
from registration.review.services import CaseChanged, CaseClosed, case_of, decide, open_link
from tests.registration.application.test_parallel import AT_ONCE, all_at_once
from tests.registration.review.reviews import NAMESAKE, NOTE, decided, mailed_key, namesake_case
from tests.registration.support import CONFIRM, RESULT, hidden_fields, identify, text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff(django_user_model):
    return django_user_model.objects.create_superuser("librarian", "only for this test")


def attempt(work):
    try:
        work()
    except (CaseClosed, CaseChanged, MailedLinkDead) as error:
        return type(error).__name__
    return "done"


def test_of_many_staff_at_once_one_decides_and_the_others_are_told(staff):
    case = namesake_case()
    patron_id = Patron.objects.get().pk
    mark = case_of(case).mark

    def press(verdict):
        same = {"patron_id": patron_id, "replace_card": True}
        options = same if verdict == Verdict.SAME_PERSON else {}
        decide(application=case, staff=staff, verdict=verdict, note=NOTE, mark=mark, **options)

    verdicts = [Verdict.SAME_PERSON, Verdict.OTHER_PERSON, Verdict.COUNTER] * (AT_ONCE // 3)
    outcome = Counter(
        all_at_once(
            [lambda verdict=verdict: attempt(lambda: press(verdict)) for verdict in verdicts]
        )
    )
    assert outcome == {"done": 1, "CaseClosed": AT_ONCE - 1}
    decision = ReviewDecision.objects.get()
    linked = IdentityLink.objects.active().get().subject == NAMESAKE.subject
    assert linked == (decision.verdict == Verdict.SAME_PERSON)
    others = (NoticeKind.MYNUMBER_LINKED, NoticeKind.REVIEW_RECEIVED)
    mails = Notice.objects.filter(patron=None).exclude(kind__in=others)
    assert mails.count() == 1


def test_a_link_pressed_many_times_at_once_is_used_once(staff):
    decided(namesake_case(), Verdict.OTHER_PERSON, staff)
    key = mailed_key()
    presses = all_at_once([lambda: attempt(lambda: open_link(key=key, use=True))] * AT_ONCE)
    assert Counter(presses) == {"done": 1, "MailedLinkDead": AT_ONCE - 1}


def test_finishing_many_times_at_once_makes_one_patron(staff):
    case = namesake_case()
    decided(case, Verdict.OTHER_PERSON, staff)
    browser = Client()
    identify(browser, NAMESAKE)
    fields = hidden_fields(text(browser.get(CONFIRM)))

    def press():
        client = Client()
        client.cookies = browser.cookies.copy()
        return client.post(CONFIRM, fields).url

    assert Counter(all_at_once([press] * AT_ONCE)) == {RESULT: AT_ONCE}
    assert sorted(Patron.objects.values_list("namesake_no", flat=True)) == [0, 1]
    case.refresh_from_db()
    assert case.state == State.EXPIRED
    assert case.transitions.filter(reason="registered").count() == 1


def test_many_browsers_with_the_allowed_card_make_one_patron(staff):
    decided(namesake_case(), Verdict.OTHER_PERSON, staff)

    def walk():
        draft = services.attach_identity(application_id=None, identity=NAMESAKE)
        return services.register(application_id=draft.pk).state

    states = Counter(all_at_once([walk] * AT_ONCE))
    assert states[State.REGISTERED] == 1
    assert Patron.objects.count() == 2
    assert not Application.objects.filter(state=State.APPROVED).exists()
