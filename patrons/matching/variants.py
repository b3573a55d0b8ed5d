"""Variant kanji that mean the same name, for matching keys only, never for display.

`data/variants.tsv` is made from maintained sources by `build_variants`: whoever changes either
gives the keys a new version. Compatibility ideographs (晴, 神, 福) are in neither: NFKC folds them.

No kanji of `FOLDED` is folded into a variant (a test holds it).
"""

from pathlib import Path

TABLE = Path(__file__).parent.parent / "data" / "variants.tsv"

# What the sources leave apart: each pair is variant then key. 斎 and 斉, which people take for one
# another; forms of registers that library systems have typed as the kanji beside them; then kanji
# that one code of JIS X 0208 has meant before or after 1983, or that have had two forms since.
_BY_HAND = """
斎斉 髜高 隝島 暠皓 礒磯 籔薮 蘓蘇 靍鶴 碕崎 杤栃 冱冴 朖朗 籏旗 簱旗 簑蓑 鈎鉤 鍜鍛
鰺鯵 鶯鴬 蠣蛎 攪撹 竈竃 灌潅 諫諌 頚頸 賤賎 礪砺 檮梼 濤涛 蠅蝿 儘侭 篭籠
啞唖 嚙噛 軀躯 鹼鹸 麴麹 搔掻 驒騨 囊嚢 潑溌 醱醗
"""


def _load() -> dict[int, str]:
    by_hand = {pair[0]: pair[1] for pair in _BY_HAND.split()}
    folded: dict[str, str] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            key, variants = line.split("\t")
            folded |= dict.fromkeys(variants, by_hand.get(key, key))
    return str.maketrans(folded | by_hand)


FOLDED = _load()
