"""What each decision of the staff brings about, and what it leaves alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from notices.enums import NoticeKind
from notices.models import Notice
from patrons.doubles.services import search
from patrons.identity_link_services import LinkRefusal, LinkRefused
from patrons.models import IdentityLink, Patron, PossibleDouble
from registration.application import services
from registration.application.enums import ApplicationState as State
from registration.application.models import PERSONAL_COLUMNS, Application
from registration.review.models import ReviewDecision, Verdict
from registration.review.services import CaseChanged, CaseClosed, VerdictImpossible, case_of
from tests.patrons.people import imported_patron
from tests.registration.review.reviews import (
    NAMESAKE,
    NAMESAKES_ENTRY,
    NOTE,
    UNCLEAR,
    case_for,
    decided,
    first_taro,
    mailed_key,
    mails_to,
    namesake_case,
)
from tests.registration.support import TARO, TYPED, enter

pytestmark = pytest.mark.django_db
APPLICANT = NAMESAKES_ENTRY["email"]


@pytest.fixture
def staff(django_user_model):
    return django_user_model.objects.create_superuser("librarian", "only for this test")


def another_namesake(namesake_no):
    """Store one more patron of that name and birth date, who lives where no card says."""
    return imported_patron(
        name=TARO.name,
        birth_date=TARO.birth_date,
        address="大分県津久見市宮本町20番15号",
        namesake_no=namesake_no,
    )


def read_card(identity=NAMESAKE, application_id=None):
    return services.attach_identity(application_id=application_id, identity=identity)


def test_same_person_links_the_card_and_erases_the_application(staff):
    case = namesake_case()
    patron = Patron.objects.get()
    decided(case, Verdict.SAME_PERSON, staff, patron_id=patron.pk, replace_card=True)
    case.refresh_from_db()
    assert case.state == State.REFUSED
    assert [getattr(case, name) for name in PERSONAL_COLUMNS] == [""] * 10
    assert patron.identity_links.active().get().subject == NAMESAKE.subject
    assert case.transitions.last().reason == "same_person"
    assert (case.decision.staff, case.decision.note, case.decision.patron) == (staff, NOTE, patron)


def test_the_mail_to_the_same_person_tells_neither_number_nor_name(staff):
    case = namesake_case()
    patron = Patron.objects.get()
    decided(case, Verdict.SAME_PERSON, staff, patron_id=patron.pk, replace_card=True)
    _, message = mails_to(APPLICANT)
    assert message.subject == "【大分市民図書館】登録が見つかりました"
    whole = message.subject + message.body
    for secret in (patron.number, "太郎", TARO.address, NAMESAKE.address, "20130720"):
        assert secret not in whole
    assert mailed_key()


def test_the_patron_is_told_that_a_card_was_linked(staff):
    case = namesake_case()
    patron = Patron.objects.get()
    decided(case, Verdict.SAME_PERSON, staff, patron_id=patron.pk, replace_card=True)
    told = Notice.objects.get(kind=NoticeKind.MYNUMBER_LINKED)
    assert (told.patron, told.recipient) == (patron, patron.email)


def test_another_card_of_the_patron_is_kept_unless_staff_agree(staff):
    case = namesake_case()
    patron = Patron.objects.get()
    with pytest.raises(LinkRefused) as caught, transaction.atomic():
        decided(case, Verdict.SAME_PERSON, staff, patron_id=patron.pk)
    assert caught.value.refusal is LinkRefusal.OTHER_CARD
    assert not ReviewDecision.objects.exists()
    (receipt,) = mails_to(APPLICANT)
    assert "図書館で確認しています" in receipt.subject
    case.refresh_from_db()
    assert case.state == State.REVIEW


def test_nobody_but_a_candidate_can_be_the_same_person(staff):
    case = namesake_case()
    stranger = imported_patron()
    with pytest.raises(VerdictImpossible):
        decided(case, Verdict.SAME_PERSON, staff, patron_id=stranger.pk)
    Patron.objects.exclude(pk=stranger.pk).update(withdrawn_at=timezone.now())
    with pytest.raises(VerdictImpossible):
        decided(case, Verdict.SAME_PERSON, staff, patron_id=case.candidate_ids[0])


def test_another_person_may_go_on_and_is_registered_beside_the_first(staff, settings):
    case = namesake_case()
    first = Patron.objects.get()
    decision = decided(case, Verdict.OTHER_PERSON, staff)
    case.refresh_from_db()
    assert (case.state, case.name, case.email) == (State.APPROVED, NAMESAKE.name, APPLICANT)
    assert decision.cleared_ids == [first.pk]
    days = (case.link_until - timezone.now()) / timedelta(days=1)
    assert days == pytest.approx(settings.REVIEW_LINK_DAYS, abs=0.01)

    draft = read_card()
    assert draft.state == State.ENTERED
    registered = services.register(application_id=draft.pk)
    second = registered.patron
    assert (second.namesake_no, second.number) != (first.namesake_no, first.number)
    assert {name: getattr(second, name) for name in TYPED} == TYPED | NAMESAKES_ENTRY
    assert registered.decision == decision
    case.refresh_from_db()
    assert (case.state, case.transitions.last().reason) == (State.EXPIRED, "registered")
    assert [getattr(case, name) for name in PERSONAL_COLUMNS] == [""] * 10
    # Staff are not asked the same again.
    double = PossibleDouble.objects.get()
    assert (double.first, double.second, double.verdict) == (first, second, "other_person")
    assert (double.staff, double.note) == (staff, NOTE)
    assert [one.found for one in search(now=timezone.now() + timedelta(minutes=1))] == [0]
    assert not PossibleDouble.objects.waiting().exists()


def test_a_new_namesake_since_the_decision_brings_the_case_back(staff):
    case = namesake_case()
    decided(case, Verdict.OTHER_PERSON, staff)
    third = another_namesake(7)
    draft = read_card()
    assert draft.state == State.REVIEW
    assert draft.candidate_ids == [third.pk]
    case.refresh_from_db()
    assert (case.state, case.transitions.last().reason) == (State.EXPIRED, "replaced")
    # Staff see both again, and one word of theirs is enough for both.
    assert len(case_of(draft).candidates) == 2
    decided(draft, Verdict.OTHER_PERSON, staff)
    assert services.register(application_id=read_card().pk).patron.namesake_no == 8


def test_a_namesake_who_appears_behind_the_confirmation_brings_the_case_back(staff):
    case = namesake_case()
    decided(case, Verdict.OTHER_PERSON, staff)
    draft = read_card()
    another_namesake(7)
    application = services.register(application_id=draft.pk)
    assert (application.state, application.decision) == (State.REVIEW, None)
    assert Patron.objects.count() == 2


@pytest.mark.parametrize("changes", [{"subject": "third"}, {"birth_date": "20130721"}])
def test_the_decision_is_for_nobody_else(staff, changes):
    case = namesake_case()
    imported_patron(name=TARO.name, birth_date="20130721", address=TARO.address)
    decided(case, Verdict.OTHER_PERSON, staff)
    draft = read_card(replace(NAMESAKE, **changes))
    assert draft.state == State.IDENTIFIED
    assert (draft.email, draft.phone) == ("", "")
    again = enter(draft, phone="0977999999")
    assert again.state == State.REVIEW


def test_whoever_has_moved_meanwhile_checks_the_form_again(staff):
    case = namesake_case()
    decided(case, Verdict.OTHER_PERSON, staff)
    draft = read_card(replace(NAMESAKE, address=TARO.address))
    assert (draft.state, draft.email) == (State.IDENTIFIED, APPLICANT)
    assert enter(draft).state == State.ENTERED


def test_what_was_typed_before_the_card_is_read_is_kept(staff):
    case = namesake_case()
    decided(case, Verdict.OTHER_PERSON, staff)
    begun = services.keep_form_values(application_id=None, typed={"phone": "0977111111"})
    draft = read_card(application_id=begun.pk)
    assert (draft.state, draft.phone, draft.email) == (State.IDENTIFIED, "0977111111", "")


def test_an_abandoned_finish_can_be_taken_up_again(staff):
    case = namesake_case()
    decided(case, Verdict.OTHER_PERSON, staff)
    first = read_card()
    second = read_card()
    first.refresh_from_db()
    assert (first.state, second.state) == (State.EXPIRED, State.ENTERED)
    services.cancel(application_id=second.pk)
    assert services.register(application_id=read_card().pk).state == State.REGISTERED


def test_an_incomplete_birth_date_registers_after_the_staffs_word(staff):
    case = case_for(UNCLEAR)
    assert case_of(case).verdicts == [Verdict.OTHER_PERSON, Verdict.DEFERRED, Verdict.COUNTER]
    decided(case, Verdict.OTHER_PERSON, staff)
    patron = services.register(application_id=read_card(UNCLEAR).pk).patron
    assert patron.birth_date == "19500000"
    assert IdentityLink.objects.get().patron == patron


def test_text_that_cannot_be_stored_is_only_for_the_counter(staff):
    case = case_for(replace(TARO, name="大分\u2028太郎"))
    assert case_of(case).verdicts == [Verdict.DEFERRED, Verdict.COUNTER]
    with pytest.raises(VerdictImpossible):
        decided(case, Verdict.OTHER_PERSON, staff)


def test_held_leaves_everything_but_the_record(staff):
    case = namesake_case()
    before = Application.objects.filter(pk=case.pk).values().get()
    decided(case, Verdict.DEFERRED, staff)
    assert Application.objects.filter(pk=case.pk).values().get() == before
    (receipt,) = mails_to(APPLICANT)
    assert "図書館で確認しています" in receipt.subject
    decided(case, Verdict.OTHER_PERSON, staff)
    assert [row.verdict for row in case.decisions.all()] == ["deferred", "other_person"]


def test_to_the_counter_erases_and_says_so_by_mail(staff):
    case = namesake_case()
    decided(case, Verdict.COUNTER, staff)
    case.refresh_from_db()
    assert (case.state, case.name, case.email) == (State.REFUSED, "", "")
    _, message = mails_to(APPLICANT)
    assert "窓口へお越しください" in message.subject
    assert "key=" not in message.body
    assert Patron.objects.count() == 1


def test_a_decided_case_is_not_decided_again(staff):
    case = namesake_case()
    decided(case, Verdict.OTHER_PERSON, staff)
    with pytest.raises(CaseClosed):
        decided(case, Verdict.COUNTER, staff)
    assert ReviewDecision.objects.count() == 1


@pytest.mark.parametrize("changed", ["applicant", "candidate", "card", "other decision"])
def test_a_stale_page_decides_nothing(staff, changed):
    case = namesake_case()
    mark = case_of(case).mark
    match changed:
        case "applicant":
            Application.objects.filter(pk=case.pk).update(phone="0977222222")
        case "candidate":
            Patron.objects.update(updated_at=timezone.now())
        case "card":
            IdentityLink.objects.update(revoked_at=timezone.now())
        case _:
            decided(case, Verdict.DEFERRED, staff)
    with pytest.raises(CaseChanged):
        decided(case, Verdict.OTHER_PERSON, staff, mark=mark)
    assert Application.objects.get(pk=case.pk).state == State.REVIEW


def test_a_patron_registered_since_is_a_candidate(staff):
    case = namesake_case()
    later = another_namesake(3)
    assert [patron.pk for patron in case_of(case).candidates][-1] == later.pk


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_recorded_decision_is_neither_rewritten_nor_deleted(staff, change):
    decision = decided(namesake_case(), Verdict.DEFERRED, staff)
    row = ReviewDecision.objects.filter(pk=decision.pk)
    spoil = {"update": lambda: row.update(note=""), "delete": row.delete}[change]
    with pytest.raises(DatabaseError), transaction.atomic():
        spoil()
    decision.refresh_from_db()
    assert decision.note == NOTE


def test_a_person_has_one_case_whatever_is_tried(staff):
    first_taro()
    case = case_for()
    draft = read_card()
    tried = enter(draft, **NAMESAKES_ENTRY)
    assert tried.state == State.REFUSED
    assert Application.objects.in_review().get() == case
