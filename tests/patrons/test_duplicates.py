import pytest

from patrons.matching.addresses import address_key
from patrons.matching.duplicates import (
    MOST_SHARING,
    Candidate,
    DuplicateDecision,
    DuplicateReason,
    decide,
    judge,
)
from patrons.matching.keys import kana_key, name_key
from patrons.models import Patron
from tests.patrons.people import applicant


def candidate(**changes: object) -> Candidate:
    """Return a stored patron who shares nothing with the applicant but the birth date."""
    values = {
        "patron_id": 1,
        "name": "別府　花子",
        "last_name_kana": "ベップ",
        "first_name_kana": "ハナコ",
        "birth_date": "20130720",
        "phone": "0977000000",
        "email_key": "hanako@example.jp",
        "postal_code": "8740000",
        "address": "大分県別府市上野口町1番15号",
    } | changes
    keys = {
        "name_key": name_key(str(values["name"])),
        "kana_key": kana_key(f"{values['last_name_kana']}{values['first_name_kana']}"),
        "address_key": address_key(str(values["address"])),
    }
    return Candidate(**(keys | values))


KANA = {"last_name_kana": "オオイタ", "first_name_kana": "タロウ"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, DuplicateReason.NONE),
        ({"subject_linked": True}, DuplicateReason.SUBJECT_LINKED),
        ({"name": "大分　太郎"}, DuplicateReason.NAME_AND_BIRTH_DATE),
        ({"name": "大分　太郎", "birth_date": "20130721"}, DuplicateReason.NONE),
        (KANA, DuplicateReason.NONE),
        (KANA | {"phone": "0970000000"}, DuplicateReason.KANA_BIRTH_DATE_AND_CONTACT),
        (KANA | {"email_key": "oita@oita.co.jp"}, DuplicateReason.KANA_BIRTH_DATE_AND_CONTACT),
        (
            KANA | {"address": "大分市金池南1-5-1"},
            DuplicateReason.KANA_BIRTH_DATE_AND_CONTACT,
        ),
        (KANA | {"phone": "0970000000", "birth_date": "20150903"}, DuplicateReason.NONE),
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
    decision = decide(twin, [candidate(patron_id=7, name="大分　〓")])
    assert (decision.reason, decision.hint_ids) == (DuplicateReason.NONE, (7,))


def test_the_first_rule_wins_and_names_its_patrons():
    decision = decide(
        applicant(),
        [
            candidate(patron_id=1, **KANA, phone="0970000000"),
            candidate(patron_id=2, name="大分　太郎"),
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
        ({"name": "大分　太郎", "birth_date": "20130000"}, (7,)),
        (KANA | {"birth_date": "20130700"}, (7,)),
        (KANA | {"birth_date": "00000000"}, (7,)),
        (KANA | {"birth_date": "20140000"}, ()),
        ({"birth_date": "20130000"}, ()),
        # The weaker comparison is never more than a hint.
        (
            KANA | {"name": "大分　太郎", "phone": "0970000000", "birth_date": "20130000"},
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
    nothing = ("last_name_kana", "first_name_kana", "phone", "email_key", "address")
    stored = candidate(**dict.fromkeys(nothing, ""))
    assert decide(person, [stored]).reason is DuplicateReason.NONE


HANAYO = {
    "name": "別府　花代",
    "last_name_kana": "ベップ",
    "first_name_kana": "ハナヨ",
    "birth_date": "19900401",
    "phone": "0975370001",
    "email_key": "hanayo@example.jp",
    "address": "大分県大分市府内町１丁目１番１号",
}
ELSEWHERE = {"phone": "0979999999", "email_key": "x@example.net", "address": "大分市大字横尾１番地"}


def again(stored: dict[str, str], **changes: str) -> DuplicateDecision:
    """Decide on somebody who applies with the data of a stored patron, changed where told."""
    values = {name: value for name, value in stored.items() if name != "email_key"}
    values["email"] = stored["email_key"]
    return decide(applicant(**(values | changes)), [candidate(**stored)])


def stored(name: str, kana: str, **changes: str) -> dict[str, str]:
    last_name, _, first_name = kana.partition("　")
    values = HANAYO | {"name": name, "last_name_kana": last_name, "first_name_kana": first_name}
    return values | changes


def test_a_new_family_name_is_recognised():
    decision = again(HANAYO, name="大分　花代", last_name_kana="オオイタ")
    assert decision.reason is DuplicateReason.WEIGHED
    assert decision.patron_ids == (1,)
    assert decision.agreeing == {
        1: ("name", "kana", "birth_date", "phone", "email", "address"),
    }


@pytest.mark.parametrize(
    ("birth_date", "reason"),
    [
        ("19900411", DuplicateReason.WEIGHED),
        ("19900104", DuplicateReason.WEIGHED),
        ("19900410", DuplicateReason.WEIGHED),
        ("19900512", DuplicateReason.NONE),
    ],
)
def test_a_birth_date_with_one_slip_is_recognised(birth_date, reason):
    decision = again(HANAYO, birth_date=birth_date)
    assert decision.reason is reason
    if reason is DuplicateReason.WEIGHED:
        assert decision.agreeing[1] == ("name", "kana", "phone", "email", "address")


def test_a_near_birth_date_alone_stops_nobody():
    elsewhere = {"phone": "0979999999", "email": "x@example.net", "address": "大分市大字横尾１番地"}
    assert again(HANAYO, birth_date="19900411", **elsewhere).patron_ids == ()


@pytest.mark.parametrize(
    ("name", "kana"), [("双子　夕", "フタゴ　ユウ"), ("双子　朝美", "フタゴ　アサミ")]
)
@pytest.mark.parametrize("birth_date", ["19900401", "19900411", "19920715", "19630928"])
def test_twins_brothers_and_parents_with_one_phone_and_address_are_others(name, kana, birth_date):
    first_name = kana.partition("　")[2]
    decision = again(
        stored("双子　朝", "フタゴ　アサ"),
        name=name,
        first_name_kana=first_name,
        birth_date=birth_date,
    )
    assert (decision.reason, decision.hint_ids) == (DuplicateReason.NONE, ())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("優希　ユウキ", "由紀　ユキ"),
        ("健太　ケンタ", "健人　ケント"),
        ("勇介　ユウスケ", "洋介　ヨウスケ"),
    ],
)
def test_twins_with_names_alike_are_others(one, other):
    (name, kana), (twin, twin_kana) = one.split("　"), other.split("　")
    decision = again(
        stored(f"双子　{name}", f"フタゴ　{kana}"), name=f"双子　{twin}", first_name_kana=twin_kana
    )
    assert (decision.reason, decision.hint_ids) == (DuplicateReason.NONE, ())


def test_a_parent_of_the_same_name_is_a_hint_at_most():
    assert again(HANAYO, birth_date="19630928").patron_ids == ()


@pytest.mark.parametrize(
    ("library_kana", "last_name", "first_name"),
    [
        ("ジョン　スミス", "スミス", "ジョン"),
        ("グエン　ヴァン　アン", "グエン　バン", "アン"),
        ("オオノ　ケイコ", "オーノ", "ケーコ"),
        ("ミヅノ　チヅル", "ミズノ", "チズル"),
        ("キム　ヨンヒ", "キム", "ヨンヒー"),
        ("ヲノ　ヱミ", "オノ", "エミ"),
    ],
)
def test_one_kana_and_phone_in_another_spelling_or_order_is_one_person(
    library_kana, last_name, first_name
):
    person = stored("図書　館子", library_kana, **(ELSEWHERE | {"phone": HANAYO["phone"]}))
    decision = again(
        person,
        name="CARD HOLDER",
        last_name_kana=last_name,
        first_name_kana=first_name,
        email="y@example.jp",
        address=HANAYO["address"],
    )
    assert decision.reason in (
        DuplicateReason.WEIGHED,
        DuplicateReason.KANA_BIRTH_DATE_AND_CONTACT,
    )


@pytest.mark.parametrize(
    ("library_name", "kana", "card_name"),
    [
        ("大分　花子（旧姓：別府）", "オオイタ　ハナコ", "大分　花子"),
        ("大分　花子", "オオイタ　ハナコ", "大分　花子（別府）"),
        ("〓田　太郎", "ヨシダ　タロウ", "𠮷田　太郎"),
    ],
)
def test_a_former_name_in_brackets_and_an_unreadable_sign_are_recognised(
    library_name, kana, card_name
):
    moved = {"phone": "0979999999", "email": "x@example.net", "address": "大分市大字横尾１番地"}
    assert again(stored(library_name, kana), name=card_name, **moved).patron_ids == (1,)


def test_an_unreadable_sign_alone_stops_nobody():
    person = stored("〓　太郎", "ゲタ　タロウ", birth_date="19900403")
    decision = again(
        person,
        name="太郎",
        last_name_kana="タロウ",
        first_name_kana="",
        phone="0979999999",
        email="x@example.net",
        address="大分市大字横尾１番地",
    )
    assert decision.reason is DuplicateReason.NONE


def test_an_unreadable_given_name_at_one_address_is_for_the_staff():
    decision = again(
        stored("山田　〓", "ヤマダ　ヒロシ", phone="", email_key=""), first_name_kana="ススム"
    )
    assert decision.reason is DuplicateReason.WEIGHED


def test_what_very_many_share_says_nothing():
    home = [candidate(patron_id=number, **HANAYO) for number in range(2, MOST_SHARING + 2)]
    crowd = [
        one._replace(
            name="別府　一", name_key="別府一", first_name_kana="ハジメ", kana_key="ベツプハジメ"
        )
        for one in home
    ]
    married = applicant(
        **{name: value for name, value in HANAYO.items() if name != "email_key"}
        | {"name": "大分　花代", "last_name_kana": "オオイタ", "email": HANAYO["email_key"]}
        | {"address": "大分市大字横尾１番地"}
    )
    one = candidate(**HANAYO)
    assert decide(married, [one, *crowd[:5]]).patron_ids == (1,)
    assert decide(married, [one, *crowd]).patron_ids == ()


def test_two_stored_patrons_are_compared_by_the_same_rule():
    one, other = imported(HANAYO), imported(HANAYO | {"birth_date": "19900411"})
    judgement = judge(one, other)
    assert judgement.reason is DuplicateReason.WEIGHED
    assert judge(other, one) == judgement


def imported(values: dict[str, str]) -> Patron:
    """Return a patron as stored, without a database."""
    person = candidate(**values)
    return Patron(**{name: getattr(person, name) for name in Candidate._fields[1:-1]})
