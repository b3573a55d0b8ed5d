"""Folding of kana for matching: one person types the own name in more than one way.

A long vowel is folded to one spelling, never dropped: オオ, オウ and オー become オウ, ケイ and
ケー become ケイ, ユウ and ユー become ユウ. So ユウキ and ユキ, who may be twins, keep different
keys.
"""

import re

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


def fold_kana(text: str) -> str:
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
