"""What people type, turned into what is stored, and the keys by which records are matched.

`normalize_*` return the stored form or raise `InvalidInput` with one of these codes:

    empty               nothing was typed, or nothing that can be seen
    too_long            longer than any real value of its kind
    control_characters  NUL, line break, lone surrogate or another control character
    not_kana            (kana) a character that is neither kana, ー, ・ nor a space
    not_digits          (postal code, phone) something other than digits and separators
    not_seven_digits    (postal code) digits, but not seven
    phone_length        (phone) not 10 or 11 digits
    phone_prefix        (phone) does not start like a Japanese number
    not_japanese        (phone) an international number of another country
    several_addresses   (e-mail) more than one address
    spaces              (e-mail) a space inside
    no_at               (e-mail) no @
    bad_local_part      (e-mail) what stands before @ cannot be delivered to
    bad_domain          (e-mail) what stands after @ is not a domain

`*_key` never raise and are idempotent; keys are compared, never shown.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, partial

import jaconv

from characters.text import InvalidInput, is_visible
from patrons.residency import POSTAL_CODE, PREFECTURE, RULES
from patrons.variants import FOLDED

MAX_KANA_LENGTH = 100
MAX_EMAIL_LENGTH = 254
MAX_LOCAL_PART_LENGTH = 64
MAX_PATRON_NUMBER_LENGTH = 20
MAX_KEY_LENGTH = 200
# The day of the last change that can change a key; stored ones then need `recompute_keys`.
KEYS_VERSION = "2026-11-25"

# Hyphen-minus, hyphens and dashes, minus signs, box drawing and the long-vowel marks that Japanese
# keyboards give instead of a hyphen.
DASHES = "-‐‑‒–—―⁃−─━﹘﹣－ーｰ"
_DASH_CLASS = f"[{re.escape(DASHES)}]"
# The categories Cc, Cs, Zl and Zp.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_KANA = re.compile("[ぁ-ゖァ-ヶー・ ]+")
_KANA_LETTER = re.compile("[ァ-ヶ]")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9])"
)
_PHONE_SEPARATORS = re.compile(rf"{_DASH_CLASS}|[\s().,・/]")
_DISTRICT = re.compile(
    "|".join(f"^{m.district}(?={m.name})" for m in RULES.municipalities if m.district)
)
_KANJI_NUMERALS = "〇一二三四五六七八九"
_KANJI_DIGITS = str.maketrans(_KANJI_NUMERALS, "0123456789")
_SPACE = re.compile(r"\s")
_DASH_BY_DIGIT = re.compile(rf"(?<=\d){_DASH_CLASS}|{_DASH_CLASS}(?=\d)")
_CHOME_IN_KANJI = re.compile(f"([{_KANJI_NUMERALS}十]+)(?=丁目)")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)(?:丁目|番地の|番地|番|号|の(?=\d))-?(?=\d)")
_AFTER_DIGITS = re.compile(r"(?<=\d)(?:丁目|番地|番|号)(?!室|棟|館)")

# Nearly all names and addresses are of these characters, whose keys take a short way to the same
# result: for an import of a whole library that is minutes (tests hold both ways equal).
_PLAIN_NAME = re.compile("[一-鿯ぁ-ゖァ-ヺー\u3000 ]+")
_PLAIN_NAME_FOLDED = FOLDED | str.maketrans("ヶヵ", "ケカ", "\u3000 ")
_PLAIN_KANA = re.compile("[ァ-ヶー\u3000 ]+")
_NO_SPACES = str.maketrans("", "", "\u3000 ")
# Town and block: what stands before and from the first digit, or the first 丁目 counted in kanji.
_PLAIN_ADDRESS = re.compile(
    f"([一-鿯々ぁ-ゖァ-ヺー]{{1,60}}?)"
    f"((?:[0-9０-９]|[{_KANJI_NUMERALS}十]{{1,8}}丁目)"
    "[0-9０-９A-Za-zＡ-Ｚａ-ｚ一-鿯々ぁ-ゖァ-ヺー－−‐ \u3000-]{0,80})"
)
_TIED_TO_BLOCK = re.compile(rf"\d|[{_KANJI_NUMERALS}十]$|{_DASH_CLASS}$")
_PLAIN_DIGITS = re.compile("[0-9]+(?:-[0-9]+)*")
_PLAIN_EMAIL = re.compile(rf"{_LOCAL_PART.pattern}@[A-Za-z0-9.-]{{1,200}}")
_PLAIN_KANA_TYPED = re.compile("[ァ-ヶー・]*[ァ-ヶ][ァ-ヶー・]*(?:\u3000[ァ-ヶー・]+)*")

# Kana are folded for matching, since one person types the own name in more than one way.
_VOICED_V = (("ヴァ", "バ"), ("ヴィ", "ビ"), ("ヴェ", "ベ"), ("ヴォ", "ボ"), ("ヴ", "ブ"))
_LARGE = str.maketrans(
    "ァィゥェォッャュョヮヵヶヅヂヲヰヱヷヸヹヺ", "アイウエオツヤユヨワカケズジオイエバビベボ"
)
_ROWS = {
    "ア": "アカガサザタダナハバパマヤラワ",
    "イ": "イキギシジチニヒビピミリ",
    "ウ": "ウクグスズツヌフブプムユル",
    "エ": "エケゲセゼテデネヘベペメレ",
    "オ": "オコゴソゾトドノホボポモヨロ",
}
_VOWEL = {kana: vowel for vowel, row in _ROWS.items() for kana in row}
# What lengthens a kana of the row, and the one kana that is written for it.
_LENGTHENERS = {"ア": "アー", "イ": "イー", "ウ": "ウー", "エ": "エイー", "オ": "オウー"}
_LENGTHENED = {"ア": "ア", "イ": "イ", "ウ": "ウ", "エ": "イ", "オ": "ウ"}
# Without one of these nothing but the small kana changes: most names.
_LENGTHENING = re.compile(f"ー|[{_ROWS['エ']}]エ|[{_ROWS['オ']}]オ")

_nfkc = partial(unicodedata.normalize, "NFKC")


def has_forbidden_characters(text: str) -> bool:
    """Return whether text holds NUL, controls, line separators or lone surrogates."""
    return _FORBIDDEN.search(text) is not None


def normalize_kana(text: str) -> str:
    """Return full-width katakana; inner spaces become one U+3000.

    Accepts hiragana, half-width kana, a hyphen typed for ー, spaces of either width.
    """
    if len(text) <= MAX_KANA_LENGTH and _PLAIN_KANA_TYPED.fullmatch(text):
        return text
    # The spacing voiced marks would become a space and a combining mark under NFKC.
    text = _typed(text).replace("゛", "\u3099").replace("゜", "\u309a")
    text = " ".join(_nfkc(text).split()).replace("·", "・")
    text = re.sub(rf"(?<=[ぁ-ゖァ-ヶー]){_DASH_CLASS}", "ー", text)
    if not _KANA.fullmatch(text):
        raise InvalidInput("not_kana")
    text = jaconv.hira2kata(text)
    if not _KANA_LETTER.search(text):
        raise InvalidInput("not_kana")
    if len(text) > MAX_KANA_LENGTH:
        raise InvalidInput("too_long")
    return text.replace(" ", "\u3000")


def normalize_digits(text: str) -> str:
    """Return the digits of a postal code or phone number without separators."""
    if len(text) <= 20 and _PLAIN_DIGITS.fullmatch(text):
        return text.replace("-", "")
    digits = _PHONE_SEPARATORS.sub("", _nfkc(_typed(text)))
    if not re.fullmatch("[0-9]+", digits):
        raise InvalidInput("not_digits")
    return digits


def normalize_postal_code(text: str) -> str:
    """Return the seven digits of a Japanese postal code; a leading 〒 is dropped."""
    digits = normalize_digits(_typed(text).removeprefix("〒") if "〒" in text else text)
    if len(digits) != 7:
        raise InvalidInput("not_seven_digits")
    return digits


def normalize_phone(text: str) -> str:
    """Return a Japanese phone number as 10 or 11 digits from 0; +81 is understood."""
    if not _PLAIN_DIGITS.fullmatch(text):
        text = _nfkc(_typed(text))
    international = text.startswith("+")
    digits = normalize_digits(text.removeprefix("+"))
    if international:
        if not digits.startswith("81"):
            raise InvalidInput("not_japanese")
        digits = "0" + digits[2:].removeprefix("0")
    if len(digits) not in (10, 11):
        raise InvalidInput("phone_length")
    if not re.match("0[1-9]", digits):
        raise InvalidInput("phone_prefix")
    # 050 and 060–090 have eleven digits, every other number ten.
    if (len(digits) == 11) != bool(re.match("0[5-9]0", digits)):
        raise InvalidInput("phone_length")
    return digits


def normalize_email(text: str) -> str:
    """Return one address that can be delivered to; only its domain is put in lower case.

    Dots before @ or doubled, as old carrier addresses have them, are kept: mail servers take them.
    Domains in Japanese become their ASCII form.
    """
    if len(text) > MAX_EMAIL_LENGTH or not _PLAIN_EMAIL.fullmatch(text):
        text = _nfkc(_typed(text))
        if has_forbidden_characters(text):
            raise InvalidInput("control_characters")
        if len(re.findall("[^@,;、，；\\s<>]+@", text)) > 1 or re.search("[,;、]", text):
            raise InvalidInput("several_addresses")
        if re.search(r"\s", text):
            raise InvalidInput("spaces")
        if "@" not in text:
            raise InvalidInput("no_at")
    local, domain = text.rsplit("@", 1)
    # What begins like an encoded word of a header could be read as anything (RFC 2047).
    is_word = "=?" in local
    if is_word or len(local) > MAX_LOCAL_PART_LENGTH or not _LOCAL_PART.fullmatch(local):
        raise InvalidInput("bad_local_part")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            raise InvalidInput("bad_domain") from None
    domain = domain.lower()
    if not _DOMAIN.fullmatch(domain):
        raise InvalidInput("bad_domain")
    if len(local) + 1 + len(domain) > MAX_EMAIL_LENGTH:
        raise InvalidInput("too_long")
    return f"{local}@{domain}"


def normalize_patron_number(text: str) -> str:
    """Return a patron number as typed or scanned, "" where it cannot be one; never raises."""
    if text.isascii() and text.isalnum() and len(text) <= MAX_PATRON_NUMBER_LENGTH:
        return text
    number = re.sub(_DASH_CLASS, "-", "".join(_nfkc(text).split()))
    if len(number) > MAX_PATRON_NUMBER_LENGTH or has_forbidden_characters(number):
        return ""
    if not is_visible(number):
        return ""
    return number


def name_key(name: str) -> str:
    """Return the matching key of a name: no spaces, one width and case, variant kanji folded."""
    if len(name) <= MAX_KEY_LENGTH and _PLAIN_NAME.fullmatch(name):
        return name.translate(_PLAIN_NAME_FOLDED)
    return _to_fixed_point(name, _fold_name)


def kana_key(kana: str) -> str:
    """Return the matching key of a name in kana; pass family and given name joined.

    A long vowel is folded to one spelling, never dropped: オオ, オウ and オー become オウ, ケイ and
    ケー become ケイ. So ユウキ and ユキ, who may be twins, keep different keys.
    """
    if len(kana) <= MAX_KEY_LENGTH and _PLAIN_KANA.fullmatch(kana):
        return _fold_kana(kana.translate(_NO_SPACES))
    return _to_fixed_point(kana, _fold_kana_name)


def address_key(address: str) -> str:
    """Return the matching key of an address: 1丁目5番1号 and １－５－１ are the same.

    A postal code before it is dropped.
    """
    if parts := _PLAIN_ADDRESS.fullmatch(address):
        town = _part_key(parts[1])
        if not _TIED_TO_BLOCK.search(town):
            return town + _part_key(parts[2])
    return _to_fixed_point(address, _fold_whole_address)


def email_key(email: str) -> str:
    if email.isascii() and len(email) <= MAX_EMAIL_LENGTH:
        return email.strip().casefold()
    return _to_fixed_point(email, lambda text: _nfkc(text.strip().casefold())[:MAX_EMAIL_LENGTH])


def _typed(text: str) -> str:
    text = text.strip(" \t\u3000\xa0")
    if not is_visible(text):
        raise InvalidInput("empty")
    if has_forbidden_characters(text):
        raise InvalidInput("control_characters")
    if len(text) > 2 * MAX_EMAIL_LENGTH:
        raise InvalidInput("too_long")
    return text


def _to_fixed_point(text: str, fold: Callable[[str], str]) -> str:
    # Dropping or folding a character can bring two others together that compose, so one pass is
    # not enough to be idempotent; a key is settled after two or three.
    text = text[: 2 * MAX_KEY_LENGTH]
    for _ in range(8):
        folded = fold(text)
        if folded == text:
            break
        text = folded
    return text


def _letters(text: str) -> str:
    """Return NFKC and case folded text without spaces, signs and variation selectors."""
    text = _nfkc(_VARIATION_SELECTORS.sub("", text)).casefold()
    letters = "".join(c for c in text if unicodedata.category(c)[0] in "LNM")
    # A name of signs alone must not become the empty key that all such names would share.
    return letters or "".join(c for c in text if not c.isspace())


def _fold_name(text: str) -> str:
    text = _letters(text).translate(FOLDED).replace("ヶ", "ケ").replace("ヵ", "カ")
    return re.sub("(.)々", r"\1\1", text)[:MAX_KEY_LENGTH]


def _fold_kana(text: str) -> str:
    """Return katakana with small kana enlarged, like-sounding kana united, long vowels alike."""
    for voiced, folded in _VOICED_V:
        text = text.replace(voiced, folded)
    text = text.translate(_LARGE)
    if not _LENGTHENING.search(text):
        return text
    out: list[str] = []
    for kana in text:
        row = _VOWEL.get(out[-1]) if out else None
        if row and kana in _LENGTHENERS[row]:
            out.append(_LENGTHENED[row])
        elif kana != "ー":
            out.append(kana)
    return "".join(out)


def _fold_kana_name(text: str) -> str:
    return _nfkc(_fold_kana(jaconv.hira2kata(_letters(text))))[:MAX_KEY_LENGTH]


def _fold_address(text: str) -> str:
    text = _nfkc(_VARIATION_SELECTORS.sub("", text)).casefold().translate(FOLDED)
    text = _SPACE.sub("", text)
    text = _DASH_BY_DIGIT.sub("-", text)
    text = _DISTRICT.sub("", text.removeprefix(PREFECTURE))
    text = text.replace("大字", "").replace("ヶ", "ケ")
    text = _CHOME_IN_KANJI.sub(_arabic, text)
    text = _BETWEEN_DIGITS.sub("-", text)
    text = _AFTER_DIGITS.sub("", text)
    return text[:MAX_KEY_LENGTH]


def _fold_whole_address(text: str) -> str:
    text = _fold_address(text)
    postal_code = POSTAL_CODE.match(text)
    return text[postal_code.end() :] if postal_code else text


@lru_cache(maxsize=16384)
def _part_key(part: str) -> str:
    return _to_fixed_point(part, _fold_address)


def _arabic(match: re.Match[str]) -> str:
    tens, ten, units = match[0].rpartition("十")
    if not ten:
        return units.translate(_KANJI_DIGITS)
    return (tens.translate(_KANJI_DIGITS) or "1") + (units.translate(_KANJI_DIGITS) or "0")
