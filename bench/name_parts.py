"""Names put together from parts, as most are, so that a million made-up people do not share 200.

`surname`, `given` and `foreign` draw a name and its kana: some from the lists of the commonest
(`bench.names`), the rest composed. Two people drawn at random have one surname with a chance of
about 1 in 200 and, of one sex and generation, one given name with 1 in 250 (`python -m
bench.name_parts` counts it): somewhat oftener than is known of Japan.
"""

from collections import Counter
from itertools import accumulate
from random import Random

from bench.names import FOREIGN, GIVEN, SURNAMES

LISTED_SURNAMES = 0.6
LISTED_GIVEN = 0.35
LISTED_FOREIGN = 0.1

Part = tuple[str, str]


def _parts(text: str) -> list[Part]:
    """Read pairs of writing and kana; the commoner ones stand first."""
    return [(pair[0], pair[1]) for pair in (entry.split(":") for entry in text.split())]


_BEFORE = _parts("""
大:オオ 小:コ 中:ナカ 高:タカ 吉:ヨシ 松:マツ 山:ヤマ 石:イシ 藤:フジ 西:ニシ 上:ウエ 北:キタ
竹:タケ 永:ナガ 福:フク 杉:スギ 安:ヤス 古:フル 森:モリ 宮:ミヤ 岩:イワ 平:ヒラ 川:カワ 田:タ
池:イケ 東:ヒガシ 前:マエ 村:ムラ 長:ナガ 井:イ 坂:サカ 秋:アキ 水:ミズ 黒:クロ 赤:アカ 青:アオ
白:シラ 広:ヒロ 深:フカ 浅:アサ 金:カナ 島:シマ 横:ヨコ 内:ウチ 荒:アラ 熊:クマ 亀:カメ 鶴:ツル
堀:ホリ 矢:ヤ 稲:イナ 梅:ウメ 桜:サクラ 柳:ヤナギ 柿:カキ 栗:クリ 谷:タニ 三:ミ 南:ミナミ
下:シモ 新:ニイ 生:イク 神:カミ 富:トミ 足:アシ 塩:シオ 滝:タキ 花:ハナ 今:イマ 豊:トヨ 津:ツ
菊:キク 若:ワカ 樋:ヒ 重:シゲ 国:クニ 沖:オキ
""")
_AFTER = _parts("""
田:ダ 村:ムラ 野:ノ 山:ヤマ 本:モト 川:カワ 原:ハラ 井:イ 崎:サキ 島:シマ 木:キ 沢:サワ 谷:タニ
口:グチ 尾:オ 岡:オカ 瀬:セ 林:バヤシ 森:モリ 橋:ハシ 塚:ヅカ 浦:ウラ 部:ベ 内:ウチ 永:ナガ
松:マツ 宮:ミヤ 戸:ド 下:シタ 上:ガミ 中:ナカ 倉:クラ 見:ミ 城:シロ 垣:ガキ 越:コシ 浜:ハマ
堀:ボリ 藤:フジ 丸:マル
""")
_MEN_FIRST = _parts("""
和:カズ 正:マサ 健:ケン 義:ヨシ 孝:タカ 浩:ヒロ 秀:ヒデ 俊:トシ 直:ナオ 智:トモ 康:ヤス 信:ノブ
英:ヒデ 隆:タカ 光:ミツ 良:ヨシ 勝:カツ 昭:アキ 博:ヒロ 裕:ヒロ 達:タツ 哲:テツ 雄:ユウ 優:ユウ
悠:ユウ 文:フミ 政:マサ 雅:マサ 忠:タダ 茂:シゲ 幸:ユキ 清:キヨ 春:ハル 晴:ハル 大:ダイ 拓:タク
陽:ヨウ 洋:ヨウ 龍:リュウ 亮:リョウ 翔:ショウ 慎:シン 真:シン 純:ジュン 賢:ケン 圭:ケイ 慶:ケイ
修:シュウ 元:モト 宗:ムネ 章:アキ 邦:クニ 恒:ツネ 昌:マサ 敬:タカ 竜:リュウ 蒼:ソウ 颯:ソウ
昂:コウ 航:コウ 孔:コウ 伸:シン 泰:ヤス 卓:タク
""")
_MEN_SECOND = (
    _parts("""
    夫:オ 雄:オ 男:オ 一:イチ 明:アキ 彦:ヒコ 治:ハル 二:ジ 三:ゾウ 弘:ヒロ 之:ユキ 吉:キチ
    郎:ロウ 信:ノブ 則:ノリ 美:ミ 敏:トシ 人:ト 次:ツグ
    """),
    _parts("""
    一:イチ 介:スケ 也:ヤ 樹:キ 彦:ヒコ 之:ユキ 人:ト 司:ジ 平:ヘイ 太:タ 輔:スケ 志:シ 哉:ヤ
    史:フミ 太郎:タロウ 弥:ヤ 明:アキ 治:ジ 行:ユキ 徳:ノリ
    """),
    _parts("""
    太:タ 真:マ 斗:ト 人:ト 樹:キ 翔:ト 輝:キ 介:スケ 生:セイ 希:キ 成:セイ 馬:マ 士:シ
    之介:ノスケ 太朗:タロウ 磨:マ 一郎:イチロウ 也:ヤ 護:ゴ 典:スケ
    """),
)
_WOMEN_FIRST = _parts("""
美:ミ 由:ユ 恵:エ 真:マ 千:チ 和:カズ 幸:サチ 智:トモ 裕:ユウ 優:ユウ 麻:マ 亜:ア 彩:アヤ
愛:アイ 春:ハル 陽:ヒ 結:ユイ 莉:リ 里:リ 理:リ 友:トモ 沙:サ 早:サ 絵:エ 久:ク 香:カ 花:ハナ
美代:ミヨ 喜代:キヨ 登美:トミ 紀:ノリ 典:ノリ 光:ミツ 初:ハツ 静:シズ 清:キヨ 貞:サダ 心:ココ
柚:ユ 夏:ナツ 菜:ナ 佳:ヨシ 明:アキ 秋:アキ 文:フミ 芳:ヨシ 節:セツ 律:リツ 悦:エツ 京:キョウ
圭:ケイ 珠:タマ 寿:ヒサ 奈:ナ 詩:シ 凛:リン 百合:ユリ
""")
_WOMEN_SECOND = (
    _parts("""
    子:コ 枝:エ 代:ヨ 江:エ 美:ミ 恵:エ 乃:ノ 世:ヨ 香:カ 重:エ 葉:ハ
    """),
    _parts("""
    子:コ 美:ミ 香:カ 恵:エ 里:リ 奈:ナ 紀:キ 代:ヨ 織:オリ 穂:ホ 加:カ 帆:ホ 乃:ノ 理:リ 実:ミ
    希:キ
    """),
    _parts("""
    奈:ナ 菜:ナ 花:カ 音:ネ 乃:ノ 希:キ 咲:サキ 月:ヅキ 羽:ハ 莉:リ 桜:オ 香:カ 衣:イ 葉:ハ
    里奈:リナ 乃香:ノカ 美:ミ 帆:ホ 子:コ 織:オリ
    """),
)
# Family and given names; a name may be written in either order.
_FOREIGN = (
    (
        _parts("""
    NGUYEN:グエン TRAN:チャン LE:レ PHAM:ファム HOANG:ホアン VU:ヴー DANG:ダン BUI:ブイ DO:ドー
    """),
        _parts("""
    VAN:ヴァン THI:ティ MINH:ミン QUOC:クオック HONG:ホン DUC:ドゥック NGOC:ゴック
    """),
        _parts("""
    ANH:アン LAN:ラン TUAN:トゥアン HUONG:フオン LINH:リン NAM:ナム HA:ハ DUNG:ズン MAI:マイ
    HUNG:フン THAO:タオ LONG:ロン YEN:イエン PHUC:フック TRANG:チャン QUAN:クアン HIEU:ヒエウ
    """),
    ),
    (
        _parts("""
    SANTOS:サントス REYES:レイエス CRUZ:クルス GARCIA:ガルシア SMITH:スミス BROWN:ブラウン
    JOHNSON:ジョンソン LOPEZ:ロペス WILSON:ウィルソン TAYLOR:テイラー KHAN:カーン SILVA:シルヴァ
    """),
        _parts("""
    MARIA:マリア JOHN:ジョン JOSE:ホセ ANNA:アンナ MARK:マーク MARY:メアリー DAVID:デイビッド
    """),
        _parts("""
    CLARA:クララ ANDREW:アンドリュー JOY:ジョイ ROSE:ローズ PAUL:ポール GRACE:グレース
    JAMES:ジェームズ LUCIA:ルシア ANTONIO:アントニオ CHRISTINE:クリスティン ERIC:エリック
    """),
    ),
    (
        _parts("""
    SHRESTHA:シュレスタ TAMANG:タマン GURUNG:グルン RAI:ライ THAPA:タパ MAGAR:マガル
    WIJAYA:ウィジャヤ SARI:サリ PUTRA:プトラ
    """),
        _parts("""
    RAM:ラム SITA:シタ BUDI:ブディ DEWI:デウィ HARI:ハリ MAYA:マヤ KRISHNA:クリシュナ
    """),
        _parts("""
    BAHADUR:バハドゥル KUMAR:クマール KUMARI:クマリ PRASAD:プラサド DEVI:デヴィ LAL:ラル
    """),
    ),
)
_CONTINENTAL = (
    _parts("""
    李:リ 王:オウ 張:チョウ 陳:チン 劉:リュウ 楊:ヨウ 黄:コウ 趙:チョウ 周:シュウ 呉:ゴ 金:キム
    朴:パク 崔:チェ 鄭:チョン 林:リン 孫:ソン
    """),
    _parts("""
    明:メイ 麗:レイ 偉:イ 小:ショウ 建:ケン 秀:シュウ 文:ブン 志:シ 雪:セツ 海:カイ 春:シュン
    智:チ 英:エイ 美:ビ 永:エイ 国:コク
    """),
    _parts("""
    華:カ 玲:レイ 強:キョウ 芳:ホウ 軍:グン 英:エイ 恵:ケイ 平:ヘイ 姫:キ 民:ミン 龍:リュウ
    香:コウ 峰:ホウ 傑:ケツ
    """),
)


def _draw(random: Random, parts: list[Part]) -> Part:
    # The first parts are the commonest: some five times as common as the last.
    return parts[int(len(parts) * random.random() ** 1.4)]


_LISTED, _weights = zip(*SURNAMES, strict=True)
_LISTED_WEIGHTS = list(accumulate(_weights))


def surname(random: Random) -> Part:
    """Draw a family name; Oita's own are among the commonest."""
    if random.random() < LISTED_SURNAMES:
        return random.choices(_LISTED, cum_weights=_LISTED_WEIGHTS)[0]
    before, after = _draw(random, _BEFORE), _draw(random, _AFTER)
    return before[0] + after[0], before[1] + after[1]


def given(random: Random, *, woman: bool, generation: int) -> Part:
    """Draw a given name of a generation: 0 over 60, 1 over 25, 2 younger."""
    if random.random() < LISTED_GIVEN:
        return random.choice(GIVEN[woman][generation])
    first = _draw(random, _WOMEN_FIRST if woman else _MEN_FIRST)
    second = _draw(random, (_WOMEN_SECOND if woman else _MEN_SECOND)[generation])
    return first[0] + second[0], first[1] + second[1]


def foreign(random: Random) -> Part:
    """Draw a foreign resident's name: Latin letters, or Chinese and Korean names in kanji."""
    if random.random() < LISTED_FOREIGN:
        return random.choice(FOREIGN)
    if random.random() < 0.35:
        family, first, second = (random.choice(parts) for parts in _CONTINENTAL)
        return f"{family[0]}　{first[0]}{second[0]}", f"{family[1]}　{first[1]}{second[1]}"
    family, first, second = (random.choice(parts) for parts in random.choice(_FOREIGN))
    return (
        f"{family[0]} {first[0]} {second[0]}",
        f"{family[1]}　{first[1]}{second[1]}",
    )


def main() -> None:
    """Say with what chance two people have one name."""
    random, count = Random(5), 200_000
    drawn = {
        "surname": [surname(random) for _ in range(count)],
        "given name": [given(random, woman=False, generation=1) for _ in range(count)],
        "foreign name": [foreign(random) for _ in range(count)],
    }
    for what, names in drawn.items():
        for kind, place in (("written", 0), ("in kana", 1)):
            counts = Counter(name[place] for name in names)
            chance = sum(n * (n - 1) for n in counts.values()) / count / (count - 1)
            print(f"{what}, {kind}: {len(counts)} names, alike 1 in {1 / chance:.0f}")


if __name__ == "__main__":
    main()
