"""What is put into a parameter: seeded, structured, hostile."""

from collections.abc import Iterator
from random import Random

NUMBERS = (
    *("0", "-0", "-1", "1", "00", "007", "1.5", "1e999", "NaN", "inf", "0x10", "1_000", "+1"),
    *(str(2**31 - 1), str(2**31), str(2**63 - 1), str(2**63), str(-(2**63) - 1), "9" * 20),
    *(
        "9" * 400,
        "1" * 5000,
        "１２３",
        "②",
        "²",
        "٣٤",
        "१२",
        "Ⅻ",
        "一二三",
        "1,2",
        "1.-2.999",
        "1.1.1.1",
    ),
)
DATES = (
    *("20130720", "20130000", "20130230", "19000229", "00000000", "99991231", "1999-02-29"),
    *("0000-00-00", "9999-12-31", "10000-01-01", "2026-11-29T00:00:00+25:00", "24:00", "12:60:61"),
)
WORDS = (
    *("", " ", "\t", "\n", "\r\n", "\x00", "a\x00b", "\x1b[0m", "\x7f", "\x80", "\x85", "\u2028"),
    *("\ud800", "\udfff\ud800", "\ufffe", "\uffff", "\ufeff", "\u200b\u200b", "\u3164", "\ufe0f"),
    *(
        "\u202e",
        "\u2066abc\u2069",
        "שלום",
        "مرحبا",
        "a\u0301\u0302" * 20,
        "👩‍👩‍👧‍👦",
        "𠮟る",
        "葛\U000e0100",
    ),
    *("A8000028A", "\u202d8000028\u202c", "*8000028*", "abc@gmial.com", "昭和45年5月5日", "S0.0.0"),
    *("サヽキ", "ヾ", "か゛゛", "0975340000 内線12", "097～534～0000", "\ufeff８７００８３９\t"),
    *("日本", "オオイタ", "ｵｵｲﾀ", "　", "髙﨑", "İıßK", "ﬁ", "Ａ＠ｂ．ｃ", "ゔ", "〜～", "①"),
    *("true", "on", "null", "None", "undefined", "all", "last", "pk", "id", "__class__", "x"),
)
STRUCTURES = (
    *(
        "[]",
        "{}",
        "[" * 1000,
        '{"a":' * 1000,
        "(" * 1000,
        "<" * 1000,
        "[1,2",
        '{"a": 1}',
        '"\\ud800"',
    ),
    *(
        "'",
        '"',
        "`",
        "\\",
        "' OR 1=1 --",
        "1; SELECT 1",
        "$$",
        "E'\\x00'",
        "%",
        "_",
        "%%",
        "*",
        "?",
    ),
    *("{{ 7 }}", "{% x", "${x}", "%s%s%n", "%(x)s", "{0.x}", "<script>", "&#0;", "&lt;", "<!--"),
    *("\r\nSet-Cookie: a=b", "a=b&c=d", "a;b", "a,b", "=", "&", "+", "a" * 10_000, "あ" * 10_000),
    *("00000000-0000-4000-8000-000000000000", "{00000000-0000-4000-8000-000000000000}"),
    *("urn:uuid:00000000-0000-4000-8000-000000000000", "00000000-0000-4000-8000-00000000000g"),
)
ADDRESSES = (
    *("/", "//", "///", "/\\", "/\\x", "./x", "../../x", "?a", "#", "/#", "/?", "/x:y", "x:y"),
    *(
        "mylibrary:card",
        "admin:index",
        "/mylibrary/",
        "/admin/",
        "//[",
        "/[",
        "http://[",
        "http://[::1",
    ),
    *("http:///x", "javascript:alert(1)", "mailto:a", "https://evil.example/", "//evil.example"),
    *(
        "/" + "x" * 3000,
        "/" + "あ" * 600,
        "%2e%2e%2f",
        "%00",
        "%ff",
        "%zz",
        "/%",
        "a@b",
        "@",
        "a@b@c",
    ),
    *("a@example.jp", '"a b"@example.jp', "a@[127.0.0.1]", "あ@例え.jp", "a" * 300 + "@example.jp"),
)
# No text at all: cut off, overlong or half a character.
BYTES = (
    b"\xff",
    b"\xfe\xff",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"\xe3\x81",
    b"\xf5\x80\x80\x80",
    b"%",
    b"%e",
)
EDGES = (*NUMBERS, *DATES, *WORDS, *STRUCTURES, *ADDRESSES)
OPERATORS = (
    "__exact",
    "__in",
    "__gt",
    "__isnull",
    "__regex",
    "-",
    "!",
    ".",
    ",",
    ":",
    "&",
    "|",
    "~",
)
SCRIPTS = (
    (0x20, 0x7E),
    (0x80, 0x24F),
    (0x590, 0x6FF),
    (0x3040, 0x30FF),
    (0x4E00, 0x9FFF),
    (0, 0x10FFFF),
)


def inputs(seed: str, count: int, usual: str) -> Iterator[bytes]:
    """Yield so many values, the same for the same seed; `usual` is what is sent otherwise."""
    random = Random(seed)
    known = [as_bytes(each) for each in EDGES] + list(BYTES)
    random.shuffle(known)
    yield from known[:count]
    for _ in range(count - len(known)):
        yield as_bytes(_made_up(random, usual))


def as_bytes(text: str) -> bytes:
    """Return a text as a client could send it, lone surrogates included."""
    return text.encode("utf-8", "surrogatepass")


def _made_up(random: Random, usual: str) -> str:
    match random.randrange(5):
        case 0:
            return _changed(random, usual)
        case 1:
            return "".join(random.choices(EDGES, k=random.randint(2, 5)))[:12_000]
        case 2:
            first, last = random.choice(SCRIPTS)
            length = random.choice((1, 2, 8, 40, 400))
            return "".join(chr(random.randint(first, last)) for _ in range(length))
        case 3:
            return str(random.randint(-(10 ** random.randint(0, 40)), 10 ** random.randint(0, 40)))
    return usual + random.choice(OPERATORS) + random.choice(EDGES)[:2000]


def _changed(random: Random, usual: str) -> str:
    at = random.randint(0, len(usual))
    piece = random.choice(EDGES)[:2000]
    match random.randrange(4):
        case 0:
            return usual[:at] + piece + usual[at:]
        case 1:
            return usual[:at] + usual[at + 1 :]
        case 2:
            return usual[:at] + piece
    return usual * random.choice((2, 3, 50))
