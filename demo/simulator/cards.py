"""The simulator's test cards: people who do not exist, one for each case that matters."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a card would say; `birthdate` as YYYYMMDD, unknown parts 00."""

    key: str
    name: str
    birthdate: str
    address: str
    note: str
    eligible: bool = True

    @property
    def subject(self) -> str:
        return subject_of(self.key)


def subject_of(seed: str) -> str:
    """Return a stable, opaque subject, as a pairwise identifier would look."""
    return hashlib.sha256(f"simulated subject {seed}".encode()).hexdigest()[:36]


_CARDS = (
    Card(
        key="oita-taro",
        name="大分 太郎",
        birthdate="20130720",
        address="大分県大分市金池南1丁目5番1号",
        note="マニュアルの例・大分市の子ども",
    ),
    Card(
        key="oita-hanako",
        name="大分　花子",
        birthdate="19850402",
        address="大分県大分市金池南1丁目5番1号",
        note="大分市（太郎の家族）",
    ),
    Card(
        key="beppu",
        name="別府　湯太",
        birthdate="19920402",
        address="大分県別府市上野口町１番１５号",
        note="別府市",
    ),
    Card(
        key="usuki",
        name="臼杵　美里",
        birthdate="19780915",
        address="大分県臼杵市大字臼杵７２番地の１",
        note="臼杵市",
    ),
    Card(
        key="tsukumi",
        name="津久見　みかん",
        birthdate="20010131",
        address="大分県津久見市宮本町２０番１５号",
        note="津久見市",
    ),
    Card(
        key="taketa",
        name="竹田　廉",
        birthdate="19660824",
        address="大分県竹田市大字会々１６５０番地",
        note="竹田市",
    ),
    Card(
        key="bungoono",
        name="豊後大野　陽子",
        birthdate="19540303",
        address="大分県豊後大野市三重町市場１２００番地",
        note="豊後大野市",
    ),
    Card(
        key="yufu",
        name="由布　岳",
        birthdate="19881123",
        address="大分県由布市庄内町柿原３０２番地",
        note="由布市",
    ),
    Card(
        key="hiji",
        name="日出　昇",
        birthdate="19731005",
        address="大分県速見郡日出町２９７４番地の１",
        note="日出町",
    ),
    Card(
        key="variant-kanji",
        name="髙﨑　邊子",
        birthdate="19590211",
        address="大分県大分市荷揚町２番３１号　𠮷田ハイツ２０１",
        note="異体字（髙・﨑・邊・𠮷）",
    ),
    Card(
        key="foreign",
        name="NGUYEN VAN AN MICHAEL",
        birthdate="19990615",
        address="大分県大分市府内町１丁目５番３８号",
        note="外国籍の住民（ローマ字）",
    ),
    Card(
        key="unknown-birthday",
        name="大南　トメ",
        birthdate="19500000",
        address="大分県大分市大字中戸次５１１５番地の１",
        note="生まれた月日が不詳",
    ),
    Card(
        key="centenarian",
        name="鶴崎　ヨネ",
        birthdate="19060501",
        address="大分県大分市東鶴崎１丁目２番３号",
        note="120歳",
    ),
    Card(
        key="kitsuki",
        name="杵築　城",
        birthdate="19810707",
        address="大分県杵築市大字杵築３７７番地の１",
        note="杵築市",
        eligible=False,
    ),
    Card(
        key="nakatsu",
        name="中津　福",
        birthdate="19951210",
        address="大分県中津市豊田町１４番地３",
        note="中津市",
        eligible=False,
    ),
    Card(
        key="fukuoka",
        name="博多　勇",
        birthdate="19900101",
        address="福岡県福岡市中央区天神１丁目８番１号　大分市ビル",
        note="福岡市（住所に「大分市」の文字）",
        eligible=False,
    ),
    Card(
        key="abroad",
        name="国東　渡",
        birthdate="19770419",
        address="国外転出（大韓民国）令和５年４月１日",
        note="国外転出者",
        eligible=False,
    ),
)

CARDS = {card.key: card for card in _CARDS}
DEFAULT_CARD = "oita-taro"
