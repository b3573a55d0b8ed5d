"""Which kanji are one in a name: of the table, of the list by hand, and of the rule behind both."""

import json
import sqlite3
import unicodedata

import pytest
from django.core.management import CommandError, call_command

from patrons.management.commands import build_variants
from patrons.matching.keys import name_key
from patrons.matching.variants import _BY_HAND, FOLDED, TABLE

# What was joined before there was a table from sources: stored keys and people rely on it.
JOINED_SINCE_THE_FIRST_VERSION = """
乘乗 亂乱 亞亜 佛仏 來来 倂併 假仮 傳伝 僞偽 價価 儉倹 兒児 兩両 剩剰 劍剣 劑剤 勞労 勳勲 勵励
勸勧 區区 卷巻 卽即 參参 單単 嚴厳 囑嘱 圈圏 國国 圍囲 圓円 圖図 團団 增増 墮堕 壓圧 壘塁 壞壊
壤壌 壯壮 壹壱 壽寿 奧奥 奬奨 孃嬢 學学 寢寝 實実 寫写 寬寛 寶宝 將将 專専 對対 屆届 屬属 峽峡
嶽岳 巢巣 帶帯 廢廃 廣広 廳庁 彈弾 彌弥 徑径 從従 徵徴 德徳 恆恒 惠恵 惡悪 惱悩 愼慎 慘惨 應応
懷懐 戀恋 戰戦 戲戯 戾戻 拂払 拔抜 拜拝 挾挟 插挿 揭掲 搖揺 搜捜 擇択 擊撃 擔担 據拠 擧挙 擴拡
攝摂 收収 效効 敍叙 敕勅 數数 斷断 晚晩 晝昼 曆暦 曉暁 曾曽 會会 條条 棧桟 榮栄 槪概 樂楽 樓楼
樞枢 樣様 橫横 檢検 櫻桜 權権 歐欧 歡歓 步歩 歷歴 歸帰 殘残 殼殻 毆殴 每毎 氣気 涉渉 淚涙 淨浄
淺浅 渴渇 溪渓 溫温 滯滞 滿満 潛潜 澁渋 澤沢 濕湿 濟済 濱浜 瀧滝 瀨瀬 灣湾 燈灯 燒焼 營営 爐炉
爭争 爲為 犧犠 狀状 狹狭 獨独 獵猟 獸獣 獻献 甁瓶 畫画 當当 疊畳 瘦痩 癡痴 發発 盜盗 盡尽 眞真
硏研 碎砕 祕秘 禪禅 禮礼 稱称 稻稲 穗穂 穩穏 竊窃 竝並 粹粋 絲糸 經経 綠緑 緖緒 緣縁 縣県 縱縦
總総 繩縄 繪絵 繼継 續続 纖繊 缺欠 罐缶 聲声 聽聴 肅粛 腦脳 膽胆 臟臓 臺台 與与 舊旧 艷艶 莊荘
莖茎 萬万 薰薫 藏蔵 藝芸 藥薬 處処 虛虚 號号 螢蛍 蟲虫 蠶蚕 蠻蛮 衞衛 裝装 襃褒 覺覚 覽覧 觀観
觸触 謠謡 證証 譯訳 譽誉 讀読 變変 讓譲 豐豊 豫予 貳弐 賣売 賴頼 贊賛 踐践 輕軽 轉転 辭辞 遞逓
遲遅 邊辺 郞郎 鄕郷 醉酔 醫医 釀醸 釋釈 錄録 錢銭 鍊錬 鎭鎮 鐵鉄 鑄鋳 鑛鉱 關関 陷陥 隨随 險険
隱隠 雙双 雜雑 霸覇 靈霊 靜静 顯顕 飜翻 餘余 騷騒 驅駆 驗験 驛駅 髓髄 體体 髮髪 鬭闘 鷄鶏 鹽塩
麥麦 麵麺 黃黄 黑黒 默黙 點点 黨党 齊斉 齋斉 齒歯 齡齢 龍竜 亙亘 凛凜 堯尭 巖巌 晄晃 檜桧 槇槙
禰祢 禱祷 祿禄 穰穣 萠萌 遙遥 瑤瑶 靑青 淸清 髙高 髜高 﨑崎 嵜崎 𠮷吉 濵浜 邉辺 斎斉 桒桑 栁柳
桺柳 槗橋 𣘺橋 冨富 嶋島 嶌島 嶹島 隝島 舘館 舩船 峯峰 圡土 㐂喜 㔟勢 儁俊 剱剣 劔剣 厯暦 吳呉
囯国 圀国 埜野 壻婿 姊姉 廸迪 徤健 悳徳 曻昇 昻昂 暠皓 枩松 柗松 楳梅 涌湧 渕淵 渊淵 煕熙 熈熙
珎珍 琹琴 璢瑠 畧略 砿鉱 礒磯 稺稚 穐秋 龝秋 籔薮 藪薮 頴穎 絋紘 羣群 舍舎 蔣蒋 蘓蘇 邨村 釡釜
銳鋭 閒間 鐡鉄 銕鉄 靏鶴 靍鶴 寉鶴 頚頸 顏顔 駈駆 豬猪 逹達 鄰隣 戶戸 內内 吿告 龜亀 莵菟 敎教
塲場 緜綿
"""
JOINED = """
寳宝 尚尙 姫姬 土𡈽 脇𦚰 歳歲 強强 郷鄉 籠篭 ⻑長 ⻄西 ⻘青 宜冝 崎碕 倶俱 飲飮 冊册 聡聰 靭靱
壷壺 産產 檜桧 薗園 弁辨 釼剣 窓窗 欝鬱 祢禰 晧皓 渊淵 嵜崎 齋斎 齋齊
"""
# Regular-use kanji and kanji for names that look, sound or mean alike, and are other names.
APART = """
善喜 坂阪 台屋 藤籐 朝晁 瀧龍 埼崎 桝升 畑畠 朗郎 祐佑 裕祐 広弘 昭照 斌彬 島鳥 太大 治冶 未末
巳己 已巳 伊尹 曾會 幸倖 菊椈 浩皓 彦産 一壱 二弐 花華 川河 原源 鴨鳴 柿杮 惇敦 耀燿 郁都 辺返
"""


def pairs(text):
    return [(pair[0], pair[1:]) for pair in text.split()]


@pytest.mark.parametrize("text", [JOINED_SINCE_THE_FIRST_VERSION, JOINED, _BY_HAND])
def test_variants_of_one_kanji_have_one_key(text):
    assert [pair for pair in pairs(text) if name_key(pair[0]) != name_key(pair[1])] == []


def test_two_kanji_that_are_two_names_stay_apart():
    assert [pair for pair in pairs(APART) if name_key(pair[0]) == name_key(pair[1])] == []


def test_no_kanji_is_folded_into_a_variant():
    assert not set(FOLDED.values()) & {chr(variant) for variant in FOLDED}


def test_the_table_holds_only_what_nfkc_leaves_apart():
    kanji = [chr(variant) for variant in FOLDED] + list(FOLDED.values())
    assert [each for each in kanji if unicodedata.normalize("NFKC", each) != each] == []


def test_the_list_by_hand_holds_only_what_the_table_does_not():
    lines = TABLE.read_text("utf-8").splitlines()
    keys = {variant: line[0] for line in lines for variant in line[2:]}
    assert [pair for pair in pairs(_BY_HAND) if keys.get(pair[0]) == pair[1]] == []


def test_the_table_names_its_sources_and_licence():
    head = TABLE.read_text("utf-8")[:1000]
    assert "mojidata 1." in head
    assert "CC BY-SA 2.1 JP" in head
    assert "Unicode License v3" in head


SCHEMA = """
CREATE TABLE joyo (漢字); CREATE TABLE joyo_kangxi (漢字, 康熙字典体);
CREATE TABLE unihan_kJinmeiyoKanji (UCS); CREATE TABLE unihan_variant (UCS, property, value);
CREATE TABLE radeqv (radical_character, radical_CJKUI);
CREATE TABLE mji (MJ文字図形名, 対応するUCS, 実装したUCS);
"""


@pytest.fixture
def package(tmp_path):
    """The package's database with a few rows, of which a test adds its own."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "package.json").write_text(json.dumps({"version": "9.8.7"}))
    database = sqlite3.connect(tmp_path / "dist" / "moji.db")
    database.executescript(SCHEMA)
    for name in build_variants.SHRINK_MAPS:
        database.execute(f'CREATE TABLE "mjsm_{name}" (MJ文字図形名, 縮退UCS)')
    database.executemany("INSERT INTO joyo VALUES (?)", [(c,) for c in "善喜坂阪恵竜高陽易"])
    database.executemany("INSERT INTO unihan_kJinmeiyoKanji VALUES (?)", [(c,) for c in "惠龍凜凛"])
    database.execute("INSERT INTO joyo_kangxi VALUES ('恵', '惠')")
    official = [
        ("凜", "kJinmeiyoKanji", "凛"),
        ("坂", "kZVariant", "阪"),
        ("髙", "kZVariant", "高"),
    ]
    database.executemany("INSERT INTO unihan_variant VALUES (?, ?, ?)", official)
    database.execute("INSERT INTO radeqv VALUES ('⻓', '髙'), ('⺄', NULL)")
    yield tmp_path, database
    database.close()


def shrink(database, name, *rows):
    """Add rows of kanji, whether it is its own glyph, and what it is shrunk to."""
    for number, (kanji, own, key) in enumerate(rows):
        glyph = f"{name}{number}"
        values = (glyph, kanji, kanji if own else None)
        database.execute("INSERT INTO mji VALUES (?, ?, ?)", values)
        database.execute(f'INSERT INTO "mjsm_{name}" VALUES (?, ?)', (glyph, key))
    database.commit()


def chosen(database):
    return build_variants.choose_variants(database)


def test_old_and_new_form_are_joined_and_other_kanji_for_names_never(package):
    _, database = package
    shrink(database, build_variants.SHRINK_MAPS[0], ("善", True, "喜"), ("龍", True, "竜"))
    assert chosen(database) == {"惠": "恵", "凛": "凜", "髙": "高", "⻓": "高"}


def test_a_kanji_of_neither_list_is_folded_into_the_first_that_a_source_gives(package):
    _, database = package
    first, second, *_ = build_variants.SHRINK_MAPS
    shrink(database, first, ("㐂", True, "喜"), ("壺", True, "壷"), ("𢙣", True, "惠"))
    shrink(database, second, ("㐂", True, "善"), ("譱", True, "善"))
    found = chosen(database)
    assert (found["㐂"], found["譱"], found["壺"]) == ("喜", "善", "壷")
    # What is folded into an old form has the new one.
    assert found["𢙣"] == "恵"


def test_what_a_source_gives_two_kanji_for_is_folded_into_none(package):
    _, database = package
    first, second, *_ = build_variants.SHRINK_MAPS
    shrink(
        database,
        first,
        ("昜", True, "陽"),
        ("昜", True, "易"),
        ("㬆", True, "恵"),
        ("㬆", True, "龍"),
    )
    shrink(database, second, ("昜", True, "陽"))
    found = chosen(database)
    assert "昜" not in found
    # Of several, one that is in regular use decides.
    assert found["㬆"] == "恵"


def test_the_glyph_without_a_selector_decides(package):
    _, database = package
    rows = (("㓛", True, "善"), ("㓛", False, "喜"), ("靱", False, "靭"))
    shrink(database, build_variants.SHRINK_MAPS[0], *rows)
    found = chosen(database)
    assert (found["㓛"], found["靱"]) == ("善", "靭")


def test_two_variants_of_one_another_are_one(package):
    _, database = package
    shrink(database, build_variants.SHRINK_MAPS[0], ("址", True, "阯"), ("阯", True, "址"))
    found = chosen(database)
    assert found["址"] == "阯"
    assert "阯" not in found


def test_the_command_writes_one_line_a_kanji(package, tmp_path, monkeypatch, capsys):
    path, database = package
    shrink(database, build_variants.SHRINK_MAPS[0], ("譱", True, "善"), ("㐂", True, "喜"))
    monkeypatch.setattr(build_variants, "TABLE", tmp_path / "variants.tsv")
    call_command("build_variants", path)
    lines = (tmp_path / "variants.tsv").read_text("utf-8").splitlines()
    assert "mojidata 9.8.7" in "".join(lines)
    assert [line for line in lines if not line.startswith("#")] == [
        "凜\t凛", "善\t譱", "喜\t㐂", "恵\t惠", "高\t⻓髙",
    ]  # fmt: skip
    assert "6 variants of 5 kanji" in capsys.readouterr().out


def test_a_folder_that_is_not_the_package_is_named(tmp_path):
    with pytest.raises(CommandError, match="dist"):
        call_command("build_variants", tmp_path)
