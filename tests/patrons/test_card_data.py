"""The rule on a new reading of the card."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from myna_auth.claims import VerifiedIdentity
from patrons import birth_date
from patrons import card_data_services as moves
from patrons.card_data_services import CardDataRefusal
from patrons.models import Patron
from tests.patrons.people import ADDRESS, ISSUER

TARO = VerifiedIdentity(
    issuer=ISSUER,
    subject="subject-1",
    name="大分　太郎",
    birth_date="20130720",
    address=ADDRESS,
)
IN_BEPPU = replace(TARO, address="大分県別府市上野口町１番１５号 ")
IN_FUKUOKA = replace(TARO, address="福岡県福岡市中央区天神１丁目８番１号")
ABROAD = replace(TARO, address="国外転出")
UNREADABLE = replace(TARO, address="？？？")
MARRIED = replace(TARO, name="由布\u3000太郎")
NOW = datetime(2030, 4, 1, tzinfo=UTC)


def record(**changes: object) -> Patron:
    """A patron as stored, not in any database."""
    return Patron(
        **({"name": TARO.name, "birth_date": TARO.birth_date, "address": ADDRESS} | changes)
    )


@pytest.mark.parametrize(
    ("stored", "read", "same"),
    [
        ("20130720", "20130720", True),
        ("20130720", "20130721", False),
        ("20130720", "20130820", False),
        ("20130720", "20140720", False),
        ("20130700", "20130720", True),
        ("20130720", "20130000", True),
        ("19500000", "19500203", True),
        ("19500000", "19510000", False),
    ],
)
def test_birth_dates_agree_in_the_parts_both_know(stored, read, same):
    assert birth_date.may_be_same(stored, read) is same
    expected = None if same else CardDataRefusal.BIRTH_DATE
    assert moves.refusal(record(birth_date=stored), replace(TARO, birth_date=read)) == expected


@pytest.mark.parametrize(
    ("field", "character"),
    [("name", "\n"), ("name", "\u2028"), ("name", "\x01"), ("address", "\x01"), ("address", "\0")],
)
def test_text_that_cannot_be_printed_goes_to_staff(field, character):
    read = replace(TARO, **{field: f"大分{character}太郎"})
    assert moves.refusal(record(), read) == CardDataRefusal.CHARACTERS


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\t", "\u2028"])
def test_an_address_may_have_several_lines(line_break):
    read = replace(TARO, address=TARO.address.replace("大分市", f"大分市{line_break}"))
    assert moves.refusal(record(), read) is None


@pytest.mark.parametrize(
    ("read", "name", "address", "kana", "postal_code"),
    [
        (TARO, False, False, False, False),
        (replace(TARO, name="大分 太郎"), True, False, False, False),
        (replace(TARO, address="大分県大分市金池南１－５－１"), False, True, False, False),
        (MARRIED, True, False, True, False),
        (IN_BEPPU, False, True, False, True),
        (replace(MARRIED, address=IN_BEPPU.address), True, True, True, True),
    ],
    ids=["nothing", "a space", "another spelling", "another name", "a move", "both"],
)
def test_what_is_outdated_by_a_reading(read, name, address, kana, postal_code):
    changes = moves.compare(record(), read)
    assert (changes.name, changes.address) == (name, address)
    assert (changes.kana_outdated, changes.postal_code_outdated) == (kana, postal_code)
    assert changes.any is (name or address)


@pytest.mark.parametrize(
    ("before", "moved_out_at", "after", "moved_out"),
    [
        (ADDRESS, None, IN_BEPPU.address, False),
        (ADDRESS, None, IN_FUKUOKA.address, True),
        (ADDRESS, None, "大分県佐伯市中村南町1番1号", True),
        (ADDRESS, None, ABROAD.address, True),
        (ADDRESS, None, UNREADABLE.address, True),
        ("", None, IN_FUKUOKA.address, True),
        ("大分県佐伯市中村南町1番1号", None, "大分県佐伯市中村南町2番2号", False),
        ("大分県佐伯市中村南町1番1号", NOW, "大分県佐伯市中村南町2番2号", True),
        (IN_FUKUOKA.address, NOW, ADDRESS, False),
    ],
    ids=[
        "within the area",
        "another prefecture",
        "another city of the prefecture",
        "abroad",
        "an address nobody can read",
        "an import without an address",
        "a commuter who was never inside",
        "a second move outside",
        "back",
    ],
)
def test_who_has_moved_out(before, moved_out_at, after, moved_out):
    patron = record(address=before, moved_out_at=moved_out_at)
    assert moves.compare(patron, replace(TARO, address=after)).moved_out is moved_out
