"""Whose card was read: the rule, and what it looks at in the database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from myna_auth.claims import VerifiedIdentity
from patrons.identity_link_services import (
    LinkCandidate,
    LinkRefused,
    LinkVerdict,
    decide,
    find_patron,
    link_by_staff,
    link_found_patron,
    link_own_card,
    same_phone,
)
from patrons.models import IdentityLink
from tests.patrons.people import ADDRESS, ISSUER, imported_patron

CARD = VerifiedIdentity(
    issuer=ISSUER, subject="one", name="大分　太郎", birth_date="20130720", address=ADDRESS
)
PERSON = {"name": CARD.name, "birth_date": CARD.birth_date, "address": CARD.address}


AWAY = "大分県大分市府内町1-1-1"


def candidate(**changes):
    values = {"patron_id": 1, "address": ADDRESS, "phone": "", "closed": False}
    return LinkCandidate(**(values | changes))


ELSEWHERES = candidate(patron_id=2, address=AWAY, phone="0975340002")
LINKED_ELSEWHERES = candidate(patron_id=2, address=AWAY, phone="0975340002", closed=True)
HAS_PHONE = candidate(address=AWAY, phone="0975340001")


@pytest.mark.parametrize(
    ("candidates", "typed", "verdict"),
    [
        ([], "", LinkVerdict.UNKNOWN),
        ([candidate()], "", LinkVerdict.PROVED),
        ([candidate(closed=True)], "", LinkVerdict.ELSEWHERE),
        ([candidate(), candidate(patron_id=2)], "", LinkVerdict.ELSEWHERE),
        ([candidate(), candidate(patron_id=2, closed=True)], "", LinkVerdict.ELSEWHERE),
        ([candidate(), ELSEWHERES], "", LinkVerdict.PROVED),
        ([candidate(), LINKED_ELSEWHERES], "", LinkVerdict.PROVED),
        ([candidate(), ELSEWHERES], ELSEWHERES.phone, LinkVerdict.PROVED),
        # The holder seems to be the one who is linked already.
        ([candidate(closed=True), ELSEWHERES], "", LinkVerdict.ELSEWHERE),
        ([candidate(closed=True), ELSEWHERES], ELSEWHERES.phone, LinkVerdict.ELSEWHERE),
        ([HAS_PHONE, LINKED_ELSEWHERES], "", LinkVerdict.PHONE_NEEDED),
        ([HAS_PHONE, LINKED_ELSEWHERES], HAS_PHONE.phone, LinkVerdict.PROVED),
        ([HAS_PHONE, LINKED_ELSEWHERES], LINKED_ELSEWHERES.phone, LinkVerdict.PHONE_NEEDED),
        ([HAS_PHONE, ELSEWHERES], HAS_PHONE.phone, LinkVerdict.ELSEWHERE),
        ([candidate(address=AWAY)], "", LinkVerdict.ELSEWHERE),
        ([candidate(address="", phone="0975340001")], "", LinkVerdict.PHONE_NEEDED),
        ([candidate(address=f"{ADDRESS} コーポ南104号室")], "", LinkVerdict.PROVED),
        ([candidate(address="大分市金池南1-5", phone="1")], "", LinkVerdict.PHONE_NEEDED),
        ([candidate(address=AWAY, phone="0975340001")], "", LinkVerdict.PHONE_NEEDED),
        (
            [candidate(address=AWAY, phone="0975340001")],
            "0975340002",
            LinkVerdict.PHONE_NEEDED,
        ),
        ([candidate(address=AWAY, phone="097-534-0001")], "0975340001", LinkVerdict.PROVED),
    ],
)
def test_rule(candidates, typed, verdict):
    decision = decide(CARD, candidates, typed)
    assert decision.verdict == verdict
    named = verdict in (LinkVerdict.PROVED, LinkVerdict.PHONE_NEEDED)
    assert decision.patron_id == (1 if named else None)


def test_link_decides_before_anything_else(db):
    imported_patron(number="A", **PERSON)
    linked = imported_patron(number="B", name="別府　花子")
    IdentityLink.objects.create(issuer=ISSUER, subject=CARD.subject, patron=linked)
    decision = find_patron(card=CARD)
    assert (decision.verdict, decision.patron_id) == (LinkVerdict.LINKED, linked.pk)


@pytest.mark.parametrize(
    ("room", "verdict"),
    [
        ("１０４号", LinkVerdict.PROVED),
        ("　コーポ南１０４", LinkVerdict.PROVED),
        ("", LinkVerdict.PROVED),
        ("　２０４号", LinkVerdict.PHONE_NEEDED),
    ],
)
def test_the_flat_next_door_proves_nothing(room, verdict):
    card = replace(CARD, address=f"{ADDRESS}{room}")
    stored = candidate(address=f"{ADDRESS} 104号室", phone="0975340001")
    assert decide(card, [stored]).verdict == verdict


@pytest.mark.parametrize("birth_date", ["19500000", "19500300", "00000000"])
def test_unknown_birth_date_never_matches(birth_date):
    card = VerifiedIdentity(**(vars(CARD) | {"birth_date": birth_date}))
    decision = decide(card, [candidate()])
    assert decision.verdict == LinkVerdict.UNKNOWN


@pytest.mark.parametrize(
    ("typed", "stored", "same"),
    [
        ("０９７－５３４－０００１", "0975340001", True),
        ("+81 97 534 0001", "097(534)0001", True),
        ("0975340001", "0975340002", False),
        ("", "", False),
        ("534-0001", "534-0001", False),
    ],
)
def test_phone_numbers_are_compared_as_numbers(typed, stored, same):
    assert same_phone(typed, stored) is same


@pytest.mark.django_db
def test_database_is_asked_twice_however_many_namesakes(django_assert_num_queries):
    for number in range(5):
        imported_patron(**PERSON, namesake_no=number)
    with django_assert_num_queries(2):
        assert find_patron(card=CARD).verdict == LinkVerdict.ELSEWHERE


@pytest.mark.django_db
def test_revoked_link_leaves_a_patron_open_and_an_active_one_closes_it():
    patron = imported_patron(**PERSON)
    link = IdentityLink.objects.create(
        issuer=ISSUER, subject="two", patron=patron, revoked_at="2026-01-01T00:00Z"
    )
    assert find_patron(card=CARD).verdict == LinkVerdict.PROVED
    link.revoked_at = None
    link.save()
    assert find_patron(card=CARD).verdict == LinkVerdict.ELSEWHERE


@pytest.mark.django_db
def test_withdrawn_patron_never_matches():
    patron = imported_patron(**PERSON, withdrawn_at="2026-01-01T00:00Z")
    assert find_patron(card=CARD).verdict == LinkVerdict.UNKNOWN
    IdentityLink.objects.create(issuer=ISSUER, subject="one", patron=patron)
    assert find_patron(card=CARD).verdict == LinkVerdict.UNKNOWN


@pytest.mark.django_db
def test_name_and_address_may_be_written_otherwise():
    imported_patron(
        name="大分太郎", birth_date="20130720", address="大分市金池南１－５－１", phone=""
    )
    assert find_patron(card=CARD).verdict == LinkVerdict.PROVED


def test_a_name_nobody_can_read_whole_is_offered_no_record(db):
    """The card of a twin whose kanji is not in CP932, and the sibling's record from there."""
    sibling = imported_patron(**PERSON | {"name": "大分　〓"})
    card = replace(CARD, subject="two", name="大分　\ue002")
    assert card.name != sibling.name
    assert find_patron(card=card, phone=sibling.phone).verdict == LinkVerdict.UNKNOWN
    with pytest.raises(LinkRefused):
        link_own_card(patron=sibling, card=card)
    with pytest.raises(LinkRefused):
        link_found_patron(
            patron_id=sibling.pk,
            issuer=ISSUER,
            subject="two",
            unchanged_since=timezone.now() + timedelta(days=1),
        )
    assert not IdentityLink.objects.exists()


def test_the_linked_card_of_such_a_name_stays_the_owner_s(db):
    patron = imported_patron(**PERSON | {"name": "大分　〓"})
    card = replace(CARD, name="大分　〓")
    link_by_staff(patron_id=patron.pk, issuer=card.issuer, subject=card.subject)
    assert link_own_card(patron=patron, card=card) is False
    assert find_patron(card=card).verdict == LinkVerdict.LINKED
