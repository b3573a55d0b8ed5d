"""Made-up bibliographic records (生成データ): words as frequent as in real titles, a few on top."""

import random
from collections.abc import Iterator
from itertools import accumulate

NOUNS = """
日本 世界 歴史 物語 研究 入門 文学 人間 社会 経済 教育 子ども 生活 料理 健康 旅行 自然 科学 宇宙 数学 物理 化学 生物
植物 動物 鳥 魚 昆虫 海 山 川 森 花 猫 犬 家族 母 父 友達 学校 先生 仕事 会社 政治 法律 憲法 裁判 戦争 平和 革命 帝国
江戸 明治 大正 昭和 京都 東京 大阪 九州 大分 別府 温泉 豊後 西洋 東洋 中国 朝鮮 英語 辞典 図鑑 地図 写真 絵画 音楽 映画
演劇 建築 庭園 茶道 俳句 短歌 詩集 随筆 日記 手紙 伝記 哲学 宗教 仏教 神道 心理 精神 医学 看護 介護 福祉 障害 情報 電子
機械 工業 農業 林業 水産 商業 交通 鉄道 航空 自動車 ロボット コンピュータ プログラミング デザイン ファッション スポーツ
""".split()
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
FAMILIES = "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 夏目 森 芥川 太宰 川端 三島 安部 大江 後藤 首藤 阿南 工藤".split()
GIVEN = "太郎 花子 一郎 健 誠 明 漱石 鴎外 龍之介 治 康成 由紀夫 公房 健三郎 美咲 陽子 恵 直樹 翔 大輔 結衣 さくら".split()
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
    chance = random.Random(seed)  # noqa: S311
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
