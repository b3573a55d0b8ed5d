import pytest

from patrons.matching.duplicates import Candidate, DuplicateReason, decide
from tests.patrons.people import applicant


def candidate(**changes: object) -> Candidate:
    """Return a stored patron who shares nothing with the applicant but the birth date."""
    values = {
        "patron_id": 1,
        "name_key": "別府花子",
        "kana_key": "ベツプハナコ",
        "birth_date": "20130720",
        "phone": "0977000000",
        "email_key": "hanako@example.jp",
        "address_key": "別府市上野口町1-15",
    }
    return Candidate(**(values | changes))


KANA = {"kana_key": applicant().kana_key}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, DuplicateReason.NONE),
        ({"subject_linked": True}, DuplicateReason.SUBJECT_LINKED),
        ({"name_key": "大分太郎"}, DuplicateReason.NAME_AND_BIRTH_DATE),
        ({"name_key": "大分太郎", "birth_date": "20130721"}, DuplicateReason.NONE),
        (KANA, DuplicateReason.NONE),
        (KANA | {"phone": "0970000000"}, DuplicateReason.KANA_BIRTH_DATE_AND_CONTACT),
        (KANA | {"email_key": "oita@oita.co.jp"}, DuplicateReason.KANA_BIRTH_DATE_AND_CONTACT),
        (
            KANA | {"address_key": "大分市金池南1-5-1"},
            DuplicateReason.KANA_BIRTH_DATE_AND_CONTACT,
        ),
        (KANA | {"phone": "0970000000", "birth_date": "20130721"}, DuplicateReason.NONE),
        ({"phone": "0970000000", "email_key": "oita@oita.co.jp"}, DuplicateReason.NONE),
    ],
)
def test_each_rule_has_its_reason(changes, reason):
    decision = decide(applicant(), [candidate(**changes)])
    assert decision.reason is reason
    assert decision.patron_ids == ((1,) if reason is not DuplicateReason.NONE else ())


def test_a_name_nobody_can_read_whole_is_a_hint_only():
    """Twins of one family name have one key where a library system lacks their kanji."""
    twin = applicant(name="大分　〓")
    decision = decide(twin, [candidate(patron_id=7, name_key=twin.name_key)])
    assert (decision.reason, decision.hint_ids) == (DuplicateReason.NONE, (7,))


def test_the_first_rule_wins_and_names_its_patrons():
    decision = decide(
        applicant(),
        [
            candidate(patron_id=1, **KANA, phone="0970000000"),
            candidate(patron_id=2, name_key="大分太郎"),
            candidate(patron_id=3, subject_linked=True),
        ],
    )
    assert decision.reason is DuplicateReason.SUBJECT_LINKED
    assert decision.patron_ids == (3,)


def test_same_kana_and_birth_date_alone_is_a_hint_to_staff():
    assert decide(applicant(), [candidate(patron_id=7, **KANA)]).hint_ids == (7,)


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({"name_key": "大分太郎", "birth_date": "20130000"}, (7,)),
        (KANA | {"birth_date": "20130700"}, (7,)),
        (KANA | {"birth_date": "00000000"}, (7,)),
        (KANA | {"birth_date": "20140000"}, ()),
        ({"birth_date": "20130000"}, ()),
        # The weaker comparison is never more than a hint.
        (
            KANA | {"name_key": "大分太郎", "phone": "0970000000", "birth_date": "20130000"},
            (7,),
        ),
    ],
)
def test_a_birth_date_known_in_part_is_a_hint_to_staff(changes, ids):
    decision = decide(applicant(), [candidate(patron_id=7, **changes)])
    assert (decision.reason, decision.hint_ids) == (DuplicateReason.NONE, ids)
    stored = candidate(patron_id=7, **(changes | {"birth_date": "20130720"}))
    person = applicant(birth_date=changes["birth_date"])
    decision = decide(person, [stored])
    assert (decision.reason, decision.hint_ids) == (DuplicateReason.NONE, ids)


def test_what_two_records_both_lack_is_not_the_same():
    person = applicant(last_name_kana="", first_name_kana="", phone="", email="")
    stored = candidate(kana_key="", phone="", email_key="", address_key="")
    assert decide(person, [stored]).reason is DuplicateReason.NONE
