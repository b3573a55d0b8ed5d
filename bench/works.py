"""Made-up bibliographic records (生成データ): words as frequent as in real titles, a few on top."""

import random
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

_WORDS = (Path(__file__).parent / "words.txt").read_text(encoding="utf-8")
NOUNS, FAMILIES, GIVEN = (part.split() for part in _WORDS.split("\n\n"))
JOINTS = [
    "の",
    "と",
    "の",
    "は",
    "を",
    "における",
    "のための",
    "から",
    "への",
    "が",
    "に",
    "",
    "・",
    "　",
]
ENDS = [
    "",
    "",
    "入門",
    "事典",
    "論",
    "史",
    "集",
    "百科",
    "のすべて",
    "を読む",
    "とは何か",
    "選",
    "講座",
    "ノート",
]
KATAKANA = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン"
)
PUBLISHERS = [f"{name}{end}" for name in NOUNS[:60] for end in ("社", "書房", "出版", "書店", "館")]
LANGUAGES = ["jpn"] * 18 + ["eng", "chi", "kor"]
MATERIALS = ["book"] * 16 + [
    "large_print",
    "braille",
    "daisy",
    "ll_book",
    "magazine",
    "video",
    "sound",
]
# Zipf: the n-th word is 1/n as frequent as the first.
_FREQUENT = list(accumulate(1 / rank for rank in range(1, len(NOUNS) + 1)))


def works(count: int, seed: int = 7) -> Iterator[dict[str, object]]:
    """Yield records as the columns of `catalog_record` that a file fills."""
    chance = random.Random(seed)
    nouns, pick = NOUNS, chance.choice
    for number in range(count):
        one, two, three = chance.choices(nouns, cum_weights=_FREQUENT, k=3)
        title = one + pick(JOINTS) + two + pick(ENDS)
        if number % 5 == 0:
            title += f" {three}{pick(JOINTS)}{pick(nouns)}"
        reading = "".join(chance.choices(KATAKANA, k=len(title) * 3 // 2))
        names = [pick(FAMILIES) + pick(GIVEN) for _ in range(1 + (number % 7 == 0))]
        yield {
            "control_number": f"S{number:08d}",
            "title": title,
            "title_reading": reading,
            "volume": str(number % 9 + 1) if number % 11 == 0 else "",
            "series": f"{pick(nouns)}叢書" if number % 6 == 0 else "",
            "contributors": [
                {"name": name, "reading": "".join(chance.choices(KATAKANA, k=7)), "role": "著"}
                for name in names
            ],
            "publisher": pick(PUBLISHERS),
            "year": 1950 + int(76 * chance.random() ** 0.5),
            "ndc": f"{chance.randrange(1000):03d}.{chance.randrange(10)}",
            "subjects": [three],
            "language": pick(LANGUAGES),
            "material": pick(MATERIALS),
            "for_children": number % 8 == 0,
            "description": "",
        }
