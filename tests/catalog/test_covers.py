"""Covers: how titles are set, what is drawn, and how long a browser keeps it."""

import re
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from catalog.covers import drawing
from catalog.covers.drawing import COLOURS, HEIGHT, LAYOUTS, WIDTH, digest, draw, face_of
from catalog.covers.setting import SMALLEST, cleaned, fit, fit_one, is_vertical, upright, width_of
from tests.catalog.shelves import a_record

TEXT = "{http://www.w3.org/2000/svg}text"
SIXTY = (
    "図書館の自由に関する宣言とその解説をめぐって考える人のために"
    "ていねいに書かれた六十字ちょうどの題名の見本その第一冊です。"
)
HOSTILE = "<b>&\"'\0\x1b\u202e\ufffe]]>猫"
TITLES = (
    *(
        "鼻",
        "吾輩は猫である",
        SIXTY,
        "人" * 3000,
        "ヴェニスの商人～シャー・クルク～ッ",
        "「いき」の構造",
    ),
    *("A", "Alice’s Adventures in Wonderland", "Donaudampfschifffahrtsgesellschaftskapitän"),
    *(
        "1984年",
        "Война и мир",
        "한국의 역사",
        "葛\U000e0100城のか\u3099",
        "ﾊﾝｶｸ",
        HOSTILE,
        "",
        " ",
        "🐈‍⬛",
    ),
)


def one_of_each_layout(title: str, author: str, ndc: str = "913.6") -> list[ElementTree.Element]:
    """Return what is drawn in each layout."""
    return [
        ElementTree.fromstring(layout)
        for layout in {
            _layout(number): draw(face_of(record_id=number, title=title, author=author, ndc=ndc))
            for number in range(60)
        }.values()
    ]


def _layout(number: int) -> str:
    # The title's first letter stands elsewhere in each.
    drawn = draw(face_of(record_id=number, title="猫", author="", ndc=""))
    return re.search('<text x="[^"]+" y="[^"]+"', drawn)[0]


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("鼻", ["鼻"]),
        ("吾輩は猫である", ["吾輩は猫である"]),
        # No line begins with a long vowel, a small kana, a closing bracket or a particle.
        ("コンピューターのプログラミング入門", ["コンピューターの", "プログラミング", "入門"]),
        ("Alice in Wonderland", ["Alice in", "Wonderland"]),
        ("人間 失格", ["人間 失格"]),
    ],
)
def test_lines_break_where_a_reader_would(title, lines):
    assert fit(title, length=112, breadth=84, largest=14 if len(title) > 15 else 15).lines == lines


@pytest.mark.parametrize("title", TITLES)
def test_a_title_stays_in_its_box_and_loses_nothing_before_72_letters(title):
    fitted = fit(cleaned(title), length=92, breadth=94, largest=24)
    assert all(width_of(line) * fitted.size <= 92.01 for line in fitted.lines)
    assert len(fitted.lines) * fitted.size * 1.25 <= 94.01
    kept = re.sub(r"\s", "", "".join(fitted.lines))
    if len(title) <= 72:
        assert kept == re.sub(r"\s", "", cleaned(title))
    else:
        assert kept == title[:71] + "…"
    if len(title) <= 60:
        assert not fitted.lines or fitted.size >= SMALLEST


def test_what_is_written_in_columns_and_what_stands_upright_in_them():
    assert [is_vertical(title) for title in ("鼻", "1984年", "SFと人間", "Alice", "Война")] == [
        *(True, True, True, False, False)
    ]
    assert upright("SF20の1984年とWonderland!") == "SF20の１９８４年とWonderland!"
    assert upright("第3巻 AI") == "第３巻 ＡＩ"


def test_a_long_name_is_cut_in_one_line():
    fitted = fit_one("アーサー・コナン・ドイル卿とその友人たち", length=92, largest=10)
    assert (fitted.size, fitted.lines) == (8.3, ["アーサー・コナン・ド…"])
    assert fit_one("", length=92, largest=10).lines == []


@pytest.mark.parametrize("title", TITLES)
def test_any_title_in_every_layout_is_a_picture_with_its_words_inside(title):
    for author in ("", "夏目漱石", HOSTILE):
        drawn = one_of_each_layout(title, author)
        assert len(drawn) == len(LAYOUTS)
        for svg in drawn:
            assert (svg.get("width"), svg.get("height")) == (str(WIDTH), str(HEIGHT))
            texts = list(svg.iter(TEXT))
            assert all(0 < float(text.get("x")) < WIDTH for text in texts)
            assert all(0 < float(text.get("y")) < HEIGHT for text in texts)
            if author == "夏目漱石":
                assert texts[-1].text == author
        if title == "鼻":
            assert {next(svg.iter(TEXT)).text for svg in drawn} == {title}
            ways = [next(svg.iter(TEXT)).get("writing-mode") for svg in drawn]
            assert sorted(map(str, ways)) == ["None", *["vertical-rl"] * 3]


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    whole = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(whole[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("ndc", COLOURS)
def test_words_can_be_read_on_every_colour(ndc):
    strong, pale = COLOURS[ndc]
    for light in (drawing.PAPER, pale):
        assert (luminance(light) + 0.05) / (luminance(strong) + 0.05) >= 4.5


def test_a_cover_depends_on_these_four_things_alone():
    told = {"record_id": 7, "title": "猫", "author": "夏目漱石", "ndc": "913.6"}
    face = face_of(**told)
    assert draw(face) == draw(face_of(**told | {"ndc": "949"}))
    others = ({"record_id": 8}, {"title": "犬"}, {"author": ""}, {"ndc": "480"}, {"ndc": "K"})
    digests = {digest(face), *(digest(face_of(**told | other)) for other in others)}
    assert len(digests) == 1 + len(others)


@pytest.mark.django_db
def test_a_page_shows_the_cover_whose_address_is_kept_for_a_year(client, admin_client):
    neko = a_record("吾輩は猫である", volume="上", authors=["夏目漱石"], ndc="913.6")
    for page in (f"/catalog/{neko.pk}/", "/catalog/search/?q=猫", "/catalog/new/"):
        (cover,) = re.findall('<img class="cover"[^>]+>', client.get(page).content.decode())
        assert f'src="{neko.cover}" width="120" height="168" alt=""' in cover
    for visitor in (client, admin_client):
        answer = visitor.get(neko.cover)
        assert answer["Content-Type"] == "image/svg+xml"
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert not {"Vary", "Set-Cookie", "Content-Language"} & {*answer.headers}
        assert not answer.cookies
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        words = "".join(text.text for text in ElementTree.fromstring(answer.content).iter(TEXT))
        assert words.replace(" ", "") == "吾輩は猫である上夏目漱石"
    again = client.get(neko.cover, headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "immutable" in again["Cache-Control"]


@pytest.mark.django_db
def test_an_older_address_shows_the_cover_of_today_and_is_not_kept(client):
    neko = a_record("吾輩は猫である")
    before = neko.cover
    neko.title = "吾輩は犬である"
    neko.save()
    assert neko.cover != before
    answer = client.get(before)
    assert "犬" in answer.content.decode()
    assert answer["Cache-Control"] == "public, max-age=60"
    neko.deleted_at = timezone.now()
    neko.save()
    assert client.get(neko.cover).status_code == 404
