"""What people type, turned into what is stored.

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
"""

import re
import unicodedata
from functools import partial

import jaconv

from characters.text import InvalidInput, is_visible

MAX_KANA_LENGTH = 100
MAX_EMAIL_LENGTH = 254
MAX_LOCAL_PART_LENGTH = 64
MAX_PATRON_NUMBER_LENGTH = 20
# Hyphen-minus, hyphens and dashes, minus signs, box drawing and the long-vowel marks that Japanese
# keyboards give instead of a hyphen.
DASHES = "-‐‑‒–—―⁃−─━﹘﹣－ーｰ"
DASH_CLASS = f"[{re.escape(DASHES)}]"
# The categories Cc, Cs, Zl and Zp.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_KANA = re.compile("[ぁ-ゖァ-ヶー・ ]+")
_KANA_LETTER = re.compile("[ァ-ヶ]")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9])"
)
_PHONE_SEPARATORS = re.compile(rf"{DASH_CLASS}|[\s().,・/]")
_PLAIN_DIGITS = re.compile("[0-9]+(?:-[0-9]+)*")
_PLAIN_EMAIL = re.compile(rf"{_LOCAL_PART.pattern}@[A-Za-z0-9.-]{{1,200}}")
_PLAIN_KANA_TYPED = re.compile("[ァ-ヶー・]*[ァ-ヶ][ァ-ヶー・]*(?:\u3000[ァ-ヶー・]+)*")

nfkc = partial(unicodedata.normalize, "NFKC")


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
    text = " ".join(nfkc(text).split()).replace("·", "・")
    text = re.sub(rf"(?<=[ぁ-ゖァ-ヶー]){DASH_CLASS}", "ー", text)
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
    digits = _PHONE_SEPARATORS.sub("", nfkc(_typed(text)))
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
        text = nfkc(_typed(text))
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
        text = nfkc(_typed(text))
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
    number = re.sub(DASH_CLASS, "-", "".join(nfkc(text).split()))
    if len(number) > MAX_PATRON_NUMBER_LENGTH or has_forbidden_characters(number):
        return ""
    if not is_visible(number):
        return ""
    return number


def _typed(text: str) -> str:
    text = text.strip(" \t\u3000\xa0")
    if not is_visible(text):
        raise InvalidInput("empty")
    if has_forbidden_characters(text):
        raise InvalidInput("control_characters")
    if len(text) > 2 * MAX_EMAIL_LENGTH:
        raise InvalidInput("too_long")
    return text
