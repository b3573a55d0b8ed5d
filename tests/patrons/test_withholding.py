"""情報秘匿: who sets, ends and opens it, and that what is withheld finds nobody."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Session
from audit.enums import Event
from audit.models import Record
from patrons.first_login.models import CodeKind, FirstLoginCode
from patrons.identity_link_services import (
    LinkCandidate,
    LinkDecision,
    LinkRefusal,
    LinkRefused,
    LinkVerdict,
    decide,
    find_patron,
    link_by_staff,
    link_found_patron,
    link_own_card,
)
from patrons.models import EMPTIED_BY_ERASURE, IdentityLink, Patron, WithholdingAct
from patrons.retention import erase_patron
from patrons.services import PatronErased, find_duplicates, user_for
from patrons.transfer.columns import load_mapping
from patrons.transfer.exporting import export_to_stream
from patrons.withholding.models import OpeningReason
from patrons.withholding.services import NotWithheld, end_withholding, open_withheld, withhold
from patrons.withholding.shown import HIDDEN, WITHHELD, shown
from tests.patrons.library_files import PERSON
from tests.patrons.people import applicant
from tests.withheld import NOTE, SECRETS, hidden_patron, member_of_staff, withheld

CARD = {"name": "別府 花子", "birth_date": "19920402"}


@pytest.fixture
def hidden(db) -> Patron:
    return withheld(hidden_patron())


def card(**changes: str):
    return applicant(**(CARD | {"address": SECRETS["address"]} | changes))


def events(patron: Patron) -> list[tuple[str, str]]:
    rows = Record.objects.filter(patron_id=patron.pk).order_by("pk")
    return list(rows.values_list("event", "reason"))


def test_what_may_be_shown_reads_like_the_patron_but_for_what_is_hidden(hidden):
    seen = shown(hidden)
    assert {name for name in HIDDEN if getattr(seen, name) == WITHHELD} == HIDDEN
    assert (seen.number, seen.name, seen.pk) == (hidden.number, hidden.name, hidden.pk)
    assert seen.full_name_kana == "ベップ　ハナコ"
    assert not seen.is_email_confirmed
    assert hidden.is_email_confirmed
    assert hidden.shown.phone == WITHHELD


def test_others_and_applicants_are_shown_as_they_are(db):
    patron, person = hidden_patron(), applicant()
    assert shown(patron) is patron is patron.shown
    assert shown(person) is person


def test_setting_ends_every_login_and_is_on_record(db, client):
    patron = hidden_patron()
    client.force_login(user_for(patron=patron), "patrons.backends.PatronBackend")
    assert Session.objects.exists()
    before = Patron.objects.get().updated_at
    hidden = withheld(patron)
    assert hidden.is_withheld
    assert hidden.updated_at == before
    assert not Session.objects.exists()
    act = WithholdingAct.objects.get()
    assert (act.patron, act.step, act.reason, act.note) == (patron, "withheld", "", NOTE)
    assert ("withheld", "") in events(patron)
    assert not withhold(patron=patron, staff=member_of_staff(), note=NOTE)
    assert WithholdingAct.objects.count() == 1


def test_ending_shows_all_again(hidden):
    staff = member_of_staff()
    assert end_withholding(patron=hidden, staff=staff, note=NOTE)
    assert not end_withholding(patron=hidden, staff=staff, note=NOTE)
    assert Patron.objects.get().shown.phone == SECRETS["phone"]
    assert events(hidden)[-1] == (Event.WITHHOLDING_ENDED, "")


def test_opening_is_recorded_with_its_reason_and_no_value(hidden):
    staff = member_of_staff()
    stored = open_withheld(
        patron=hidden, staff=staff, reason=OpeningReason.CONTACT, note="予約の連絡のため"
    )
    assert stored.phone == SECRETS["phone"]
    row = Record.objects.get(event=Event.WITHHELD_OPENED)
    assert (row.patron_id, row.reason, row.actor_id) == (hidden.pk, "contact", staff.pk)
    assert set(row.fields) == HIDDEN
    act = WithholdingAct.objects.first()
    assert (act.step, act.reason, act.note) == ("opened", "contact", "予約の連絡のため")
    end_withholding(patron=hidden, staff=staff, note=NOTE)
    with pytest.raises(NotWithheld):
        open_withheld(patron=hidden, staff=staff, reason=OpeningReason.CONTACT, note="また")


@pytest.mark.parametrize(("step", "reason"), [("opened", ""), ("withheld", "contact")])
def test_the_database_wants_a_reason_for_opening_alone(hidden, step, reason):
    row = WithholdingAct(patron=hidden, step=step, reason=reason, note="", staff=member_of_staff())
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_nobody_withholds_who_was_erased(hidden):
    assert erase_patron(patron_id=hidden.pk)
    staff = member_of_staff()
    for write in (withhold, end_withholding):
        with pytest.raises(PatronErased):
            write(patron=hidden, staff=staff, note=NOTE)


def test_erasure_clears_the_flag_and_what_staff_wrote(hidden):
    assert "withheld_at" in EMPTIED_BY_ERASURE
    assert erase_patron(patron_id=hidden.pk)
    assert Patron.objects.get().withheld_at is None
    assert not WithholdingAct.objects.exists()


@pytest.mark.parametrize(
    "query", ["0977612345", "097761", "hidden.away@example.jp", "hidden", "HIDDEN.AWAY"]
)
def test_what_is_withheld_finds_nobody(db, query):
    patron = hidden_patron()
    assert Patron.objects.matching(query).get() == patron
    withheld(patron)
    assert not Patron.objects.matching(query).exists()


@pytest.mark.parametrize("query", ["別府花子", "ベップ", "べっぷ"])
def test_name_and_number_find_a_withheld_patron(hidden, query):
    assert Patron.objects.matching(query).get() == hidden
    assert Patron.objects.matching(hidden.number).get() == hidden


def test_a_card_finds_a_withheld_patron_no_more(db):
    patron = hidden_patron()
    assert find_patron(card=card()).verdict == LinkVerdict.PROVED
    assert find_patron(card=card(address="大分県大分市荷揚町2番31号")).verdict == "phone_needed"
    withheld(patron)
    unknown = LinkDecision(LinkVerdict.UNKNOWN, withheld_id=patron.pk)
    assert find_patron(card=card()) == unknown
    assert find_patron(card=card(), phone=SECRETS["phone"]) == unknown
    assert find_patron(card=card(address="大分県大分市荷揚町2番31号")) == unknown


def test_a_linked_card_finds_a_withheld_patron_no_more_whatever_it_says(db, patron):
    taro = applicant()
    assert find_patron(card=taro) == LinkDecision(LinkVerdict.LINKED, patron.pk)
    withheld(patron)
    unknown = LinkDecision(LinkVerdict.UNKNOWN, withheld_id=patron.pk)
    assert find_patron(card=taro) == unknown
    assert find_patron(card=replace(taro, name="大分　次郎")) == unknown
    end_withholding(patron=patron, staff=member_of_staff(), note=NOTE)
    assert find_patron(card=taro).verdict == LinkVerdict.LINKED


HOME, ELSEWHERE = "大分市荷揚町2-31", "別府市石垣東7-8-22"


@pytest.mark.parametrize(
    ("withheld_lives_at", "other_lives_at", "verdict"),
    [
        (ELSEWHERE, HOME, LinkVerdict.PROVED),
        (HOME, HOME, LinkVerdict.UNKNOWN),
        (HOME, ELSEWHERE, LinkVerdict.UNKNOWN),
        (ELSEWHERE, ELSEWHERE, LinkVerdict.UNKNOWN),
    ],
)
def test_no_namesake_is_offered_who_may_be_a_withheld_patron(
    withheld_lives_at, other_lives_at, verdict
):
    found = [
        LinkCandidate(1, withheld_lives_at, "0970000001", closed=False, withheld=True),
        LinkCandidate(2, other_lives_at, "0970000002", closed=False),
    ]
    decision = decide(card(address=HOME), found, "0970000002")
    assert decision.verdict == verdict
    assert decision.patron_id == (2 if verdict == LinkVerdict.PROVED else None)


def test_no_card_is_linked_to_a_withheld_patron_by_anybody(hidden):
    named = {"patron_id": hidden.pk, "issuer": "https://issuer.test", "subject": "subject-9"}
    tries = (
        lambda: link_by_staff(**named, replace_card=True),
        lambda: link_found_patron(**named, unchanged_since=timezone.now()),
        lambda: link_own_card(patron=hidden, card=card()),
    )
    for attempt in tries:
        with pytest.raises(LinkRefused) as refused:
            attempt()
        assert refused.value.refusal == LinkRefusal.WITHHELD
    assert not IdentityLink.objects.exists()


def test_a_withheld_patron_is_a_possible_duplicate_still(db, patron):
    withheld(patron)
    again = find_duplicates(applicant=applicant(name="大分　改姓"))
    assert (again.reason, again.patron_ids) == ("subject_linked", (patron.pk,))
    named = find_duplicates(applicant=applicant(subject="another"))
    assert (named.reason, named.patron_ids) == ("name_and_birth_date", (patron.pk,))


@pytest.mark.django_db(transaction=True)
def test_an_import_keeps_the_flag_and_the_library_system_gets_everything(take_over):
    patron = withheld(hidden_patron(number="C1", exported_at="2100-01-01T00:00Z"))
    take_over({**PERSON, "phone": "0977-61-9999"})
    now = Patron.objects.get()
    assert (now.phone, now.withheld_at) == ("0977619999", patron.withheld_at)
    stream = io.BytesIO()
    export_to_stream(
        stream=stream, patrons=Patron.objects.all(), encoding="utf-8-sig", mapping=load_mapping()
    )
    (row,) = csv.DictReader(io.StringIO(stream.getvalue().decode("utf-8-sig"), newline=""))
    assert (row["電話番号"], row["住所"], row["E-mail"]) == (now.phone, now.address, now.email)
    assert all((now.phone, now.address, now.email))


def test_digits_that_lie_in_a_mailbox_are_no_use_any_more(db):
    patron = hidden_patron()
    ends = timezone.now() + timedelta(hours=1)
    for kind in CodeKind:
        FirstLoginCode.objects.create(patron=patron, kind=kind, expires_at=ends)
    withheld(patron)
    live = FirstLoginCode.objects.of(patron).not_ended().values_list("kind", flat=True)
    assert set(live) == {CodeKind.SCREEN, CodeKind.COUNTER}
