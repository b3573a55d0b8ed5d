"""Variant kanji that mean the same name, for matching keys only, never for display.

Sources: the forms in brackets of the List of Regular-Use Kanji (常用漢字表, Cabinet Notice No. 2
of 2010); the old forms in the second table of kanji for given names (戸籍法施行規則 別表第二の二);
and a last block chosen by hand: forms common in family registers and resident records that are
read as, and in library systems typed as, the character beside them. Compatibility ideographs
(晴, 神, 福) are not here: NFKC folds them.

Each pair is variant then key; no key is itself a variant (a test holds it).
"""

_REGULAR_USE = """
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
麥麦 麵麺 黃黄 黑黒 默黙 點点 黨党 齊斉 齋斉 齒歯 齡齢 龍竜
"""

_GIVEN_NAMES = """
亙亘 凛凜 堯尭 巖巌 晄晃 檜桧 槇槙 禰祢 禱祷 祿禄 穰穣 萠萌 遙遥 瑤瑶 靑青 淸清
"""

_REGISTERS = """
髙高 髜高 﨑崎 嵜崎 𠮷吉 濵浜 邉辺 斎斉 桒桑 栁柳 桺柳 槗橋 𣘺橋 冨富 嶋島 嶌島 嶹島 隝島 舘館
舩船 峯峰 圡土 㐂喜 㔟勢 儁俊 剱剣 劔剣 厯暦 吳呉 囯国 圀国 埜野 壻婿 姊姉 廸迪 徤健 悳徳 曻昇
昻昂 暠皓 枩松 柗松 楳梅 涌湧 渕淵 渊淵 煕熙 熈熙 珎珍 琹琴 璢瑠 畧略 砿鉱 礒磯 稺稚 穐秋 龝秋
籔薮 藪薮 頴穎 絋紘 羣群 舍舎 蔣蒋 蘓蘇 邨村 釡釜 銳鋭 閒間 鐡鉄 銕鉄 靏鶴 靍鶴 寉鶴 頚頸 顏顔
駈駆 豬猪 逹達 鄰隣 戶戸 內内 吿告 龜亀 莵菟 敎教 塲場 緜綿
"""

_PAIRS = f"{_REGULAR_USE} {_GIVEN_NAMES} {_REGISTERS}".split()
FOLDED = str.maketrans({pair[0]: pair[1] for pair in _PAIRS})
