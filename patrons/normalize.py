"""What people type, turned into what is stored.

`normalize_*` return the stored form or raise `InvalidInput` with one of these codes:

    empty               nothing was typed, or nothing that can be seen
    too_long            longer than any real value of its kind
    control_characters  NUL, line break, lone surrogate or another control character
    character           its `character` stands in no value of this kind
    not_kana            (kana) no letter, only ー, ・ or repeat marks
    not_digits          (postal code, phone) no digit
    too_few_digits      (postal code, phone)
    too_many_digits     (postal code, phone)
    phone_prefix        (phone) does not start like a Japanese number
    not_japanese        (phone) an international number of another country
    extension           (phone) a number inside a house behind it
    several_numbers     (phone) more than one number
    several_addresses   (e-mail) more than one address
    several_ats         (e-mail) more than one @ in one address
    comma               (e-mail) its `character` stands where a dot belongs
    spaces              (e-mail) a space inside
    no_at               (e-mail) no @
    quoted              (e-mail) what stands before @ is in quotation marks, and needs them
    local_part_length   (e-mail) what stands before @ is longer than any
    bad_local_part      (e-mail) what stands before @ cannot be delivered to
    bad_domain          (e-mail) what stands after @ is not a domain

What nobody sees (`characters.text`) is folded away before anything is judged.
"""

import re
import unicodedata
from functools import partial

from characters.text import InvalidInput, is_visible, without_unseen

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
_NOT_KANA = re.compile("[^ァ-ヺー・ ]")
_KANA_LETTER = re.compile("[ァ-ヺ]")
# Hiragana and their repeat marks, one by one: jaconv would make ー of 〜 as well.
_KATAKANA = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
# The spacing voiced marks would become a space and a combining mark under NFKC.
_SPACING_MARKS = str.maketrans("゛゜", "\u3099\u309a")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_NOT_IN_LOCAL_PART = re.compile(_LOCAL_PART.pattern.replace("[", "[^", 1).removesuffix("+"))
_NEEDLESS_QUOTES = re.compile(rf'^"({_LOCAL_PART.pattern})"@')
_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9])"
)
# Between digits a wave is meant for a dash too.
_SEPARATORS = re.compile(rf"{DASH_CLASS}|[~〜˗➖_\s().,・·/]")
_EXTENSION = re.compile(r"内線|内[0-9]|ext|^[^x#;]{9,}[x#;][ .:]*[0-9]{1,6}$", re.IGNORECASE)
_BETWEEN_NUMBERS = re.compile(r"[,、;/]|または|又は|(?<=[0-9]{4})[\s・]+(?=0)")
_PLAIN_DIGITS = re.compile("[0-9]+(?:-[0-9]+)*")
_PLAIN_EMAIL = re.compile(rf"{_LOCAL_PART.pattern}@[A-Za-z0-9.-]{{1,200}}")
_PLAIN_KANA_TYPED = re.compile("[ァ-ヺー・]*[ァ-ヺ][ァ-ヺー・]*(?:\u3000[ァ-ヺー・]+)*")
# What a reader may send around a number: the start and stop characters of NW-7 (JIS X 0506), whose
# other characters these are, and those of Code 39.
_SCANNED = re.compile(r"[A-Da-d]([0-9$:/.+-]+)[A-Da-d]|\*([^*]+)\*")

nfkc = partial(unicodedata.normalize, "NFKC")


def has_forbidden_characters(text: str) -> bool:
    """Return whether text holds NUL, controls, line separators or lone surrogates."""
    return _FORBIDDEN.search(text) is not None


def normalize_kana(text: str) -> str:
    """Return full-width katakana; inner spaces become one U+3000.

    Accepts hiragana, half-width kana, voiced marks that stand behind their kana, a hyphen typed
    for ー, spaces of either width; repeat marks are written out (サヽキ: ササキ).
    """
    if len(text) <= MAX_KANA_LENGTH and _PLAIN_KANA_TYPED.fullmatch(text):
        return text
    text = nfkc(_typed(text).translate(_SPACING_MARKS))
    # Once more: in katakana ヷ has its one character, わ゛ has none.
    text = nfkc(" ".join(text.split()).translate(_KATAKANA)).replace("·", "・")
    text = re.sub(rf"(?<=[ァ-ヺー]){DASH_CLASS}", "ー", _without_repeat_marks(text))
    if wrong := _NOT_KANA.search(text.replace("\u3099", "゛").replace("\u309a", "゜")):
        raise InvalidInput("character", wrong[0])
    if not _KANA_LETTER.search(text):
        raise InvalidInput("not_kana")
    if len(text) > MAX_KANA_LENGTH:
        raise InvalidInput("too_long")
    return text.replace(" ", "\u3000")


def _without_repeat_marks(text: str) -> str:
    """Return katakana with ヽ and ヾ written out; one that repeats nothing stays, to be refused."""
    if "ヽ" not in text and "ヾ" not in text:
        return text
    out: list[str] = []
    for kana in text:
        repeated = kana
        if kana in "ヽヾ" and out and _KANA_LETTER.fullmatch(out[-1]):
            repeated = out[-1]
            if kana == "ヾ":
                repeated = unicodedata.normalize("NFD", repeated)[0] + "\u3099"
                repeated = unicodedata.normalize("NFC", repeated)
        out.append(repeated if len(repeated) == 1 else kana)
    return "".join(out)


def normalize_digits(text: str) -> str:
    """Return the digits of a postal code or phone number without separators; +81 becomes 0."""
    if len(text) <= 20 and _PLAIN_DIGITS.fullmatch(text):
        return text.replace("-", "")
    text = nfkc(_typed(text))
    digits = _SEPARATORS.sub("", text.removeprefix("+"))
    if wrong := re.search("[^0-9]", digits):
        raise InvalidInput("character", wrong[0])
    if not digits:
        raise InvalidInput("not_digits")
    if text.startswith("+"):
        if not digits.startswith("81"):
            raise InvalidInput("not_japanese")
        digits = "0" + digits[2:].removeprefix("0")
    return digits


def normalize_postal_code(text: str) -> str:
    """Return the seven digits of a Japanese postal code; a leading 〒 is dropped."""
    digits = normalize_digits(_typed(text).removeprefix("〒") if "〒" in text else text)
    _must_have(7, digits)
    return digits


def normalize_phone(text: str) -> str:
    """Return a Japanese phone number as 10 or 11 digits from 0; +81 is understood."""
    if not _PLAIN_DIGITS.fullmatch(text):
        text = nfkc(_typed(text))
        numbers = [re.sub("[^0-9]", "", part) for part in _BETWEEN_NUMBERS.split(text)]
        if sum(len(number) in (10, 11) for number in numbers) > 1:
            raise InvalidInput("several_numbers")
        if _EXTENSION.search(text):
            raise InvalidInput("extension")
    digits = normalize_digits(text)
    if not re.match("0[1-9]", digits):
        raise InvalidInput("phone_prefix")
    # 050 and 060–090 have eleven digits, every other number ten.
    _must_have(11 if re.match("0[5-9]0", digits) else 10, digits)
    return digits


def _must_have(count: int, digits: str) -> None:
    if len(digits) != count:
        raise InvalidInput("too_few_digits" if len(digits) < count else "too_many_digits")


def normalize_email(text: str) -> str:
    """Return one address that can be delivered to; only its domain is put in lower case.

    Dots before @ or doubled, as old carrier addresses have them, are kept: mail servers take them,
    so quotation marks around them are dropped. What looks like a hyphen becomes one. Domains in
    Japanese become their ASCII form.
    """
    if len(text) > MAX_EMAIL_LENGTH or not _PLAIN_EMAIL.fullmatch(text):
        text = _NEEDLESS_QUOTES.sub(r"\1@", nfkc(_typed(text)))
        if text.startswith('"'):
            raise InvalidInput("quoted")
        if len(re.findall("[^@,;、，；\\s<>]+@", text)) > 1:
            raise InvalidInput("several_addresses")
        if comma := re.search("[,、]", text):
            raise InvalidInput("comma", comma[0])
        if re.search(r"\s", text):
            raise InvalidInput("spaces")
        if "@" not in text:
            raise InvalidInput("no_at")
    local, domain = text.rsplit("@", 1)
    local = re.sub(DASH_CLASS, "-", local)
    if "@" in local:
        raise InvalidInput("several_ats")
    if wrong := _NOT_IN_LOCAL_PART.search(local):
        raise InvalidInput("character", wrong[0])
    if len(local) > MAX_LOCAL_PART_LENGTH:
        raise InvalidInput("local_part_length")
    # What begins like an encoded word of a header could be read as anything (RFC 2047).
    if not local or "=?" in local:
        raise InvalidInput("bad_local_part")
    domain = _ascii_domain(domain)
    if len(local) + 1 + len(domain) > MAX_EMAIL_LENGTH:
        raise InvalidInput("too_long")
    return f"{local}@{domain}"


def _ascii_domain(domain: str) -> str:
    # In a Japanese domain ー is a letter, in any other a hyphen.
    with_hyphens = re.sub(DASH_CLASS, "-", domain)
    domain = with_hyphens if with_hyphens.isascii() else domain
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            raise InvalidInput("bad_domain") from None
    domain = domain.lower()
    if wrong := re.search("[^a-z0-9.-]", domain):
        raise InvalidInput("character", wrong[0])
    if not _DOMAIN.fullmatch(domain):
        raise InvalidInput("bad_domain")
    return domain


def normalize_patron_number(text: str) -> str:
    """Return a patron number as typed or scanned, "" where it cannot be one; never raises.

    What a reader sent around it stays, for it may belong to the number: see `scanned_number`.
    """
    if text.isascii() and text.isalnum() and len(text) <= MAX_PATRON_NUMBER_LENGTH:
        return text
    number = re.sub(DASH_CLASS, "-", "".join(nfkc(without_unseen(text)).split()))
    if len(number) > MAX_PATRON_NUMBER_LENGTH:
        number = scanned_number(number)
    if len(number) > MAX_PATRON_NUMBER_LENGTH or has_forbidden_characters(number):
        return ""
    if not is_visible(number):
        return ""
    return number


def scanned_number(number: str) -> str:
    """Return a normalised number without the start and stop characters a reader sends with it.

    "" where it has none. Only where nobody has the number as it stands is this one meant.
    """
    found = _SCANNED.fullmatch(number)
    return (found[1] or found[2]) if found else ""


def _typed(text: str) -> str:
    text = without_unseen(text).replace("\t", " ").strip(" \u3000\xa0")
    if not is_visible(text):
        raise InvalidInput("empty")
    if has_forbidden_characters(text):
        raise InvalidInput("control_characters")
    if len(text) > 2 * MAX_EMAIL_LENGTH:
        raise InvalidInput("too_long")
    return text
