"""Names: the original is kept byte for byte, keys unite spellings of one name and nothing else."""

import jaconv
from hypothesis import given, settings
from hypothesis import strategies as st

from characters.variants import FOLDED
from patrons.matching.keys import kana_key, name_key
from patrons.models import IdentityLink, Patron
from patrons.normalize import has_forbidden_characters, normalize_kana
from patrons.services import register_patron
from tests.patrons.people import applicant, residency

SELECTORS = ["\ufe00", "\ufe0f", "\U000e0100", "\U000e0101", "\U000e01ef"]
COMPATIBILITY = "神福晴祥隆羽﨑"
KANJI = st.text(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FEF)
    | st.sampled_from([*map(chr, FOLDED), *COMPATIBILITY, "々"]),
    min_size=1,
    max_size=12,
)
LATIN = st.from_regex(r"[A-Za-z]{1,20}( [A-Za-z'.-]{1,20}){0,3}", fullmatch=True)
# What the identity service can return and the database can hold; anything else goes to staff.
NAME = (
    KANJI
    | LATIN
    | st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=60)
)
# Katakana with a hiragana beside it, which the conversion back and forth keeps.
KATAKANA = st.text(
    st.characters(min_codepoint=ord("ァ"), max_codepoint=ord("ヶ")), min_size=1, max_size=20
)
TO_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}


@settings(max_examples=60)
@given(name=NAME, birth_date=st.dates())
def test_a_name_is_stored_byte_for_byte_beside_its_key(db, name, birth_date):
    assert not has_forbidden_characters(name)
    _forget_everybody()
    patron = register_patron(
        applicant=applicant(name=name, birth_date=f"{birth_date:%Y%m%d}".zfill(8)),
        residency=residency(),
    )
    stored = Patron.objects.get(pk=patron.pk)
    assert stored.name.encode() == name.encode()
    assert stored.name_key == name_key(name)


def _forget_everybody():
    IdentityLink.objects.all().delete()
    Patron.objects.all().delete()


@given(KANJI, st.sampled_from(["", " ", "\u3000", "  "]), st.sampled_from(SELECTORS))
def test_selectors_and_spaces_do_not_make_another_name(name, space, selector):
    written = space.join(character + selector for character in name)
    assert name_key(written) == name_key(name)


def test_every_variant_has_the_key_of_its_kanji():
    variants = ((chr(variant), key) for variant, key in FOLDED.items())
    assert [
        variant
        for variant, key in variants
        if name_key(f"大{variant}\u3000太郎") != name_key(f"大{key}太郎")
    ] == []


@given(LATIN)
def test_width_and_case_do_not_make_another_latin_name(name):
    ways = {name, name.upper(), name.lower(), name.translate(TO_FULL_WIDTH)}
    assert len({name_key(way) for way in ways}) == 1


@given(KANJI)
def test_a_kanji_name_is_never_the_empty_key(name):
    assert name_key(name)


@given(KATAKANA)
def test_kana_is_stored_alike_however_it_was_typed(kana):
    assert normalize_kana(kana) == kana
    assert normalize_kana(jaconv.kata2hira(kana)) == kana
    assert normalize_kana(f"\u3000{kana} ") == kana


@given(
    st.text(st.sampled_from("アカサタナハマヤラワンガザダバパヴッャュョ"), min_size=1, max_size=20)
)
def test_half_width_kana_is_stored_as_full_width(kana):
    assert normalize_kana(jaconv.z2h(kana)) == kana


@given(
    st.sampled_from("カキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモラリルレロ"),
    st.sampled_from(["キ", "ト", "ナ", "マ", "リ", "カ"]),
)
def test_a_long_vowel_is_never_lost(first, last):
    """ユウキ and ユキ may be twins."""
    assert kana_key(f"{first}ー{last}") != kana_key(f"{first}{last}")


@given(KATAKANA)
def test_the_kana_key_is_never_longer_than_the_kana(kana):
    assert len(kana_key(kana)) <= len(kana)
