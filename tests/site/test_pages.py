"""The public pages: their words, their links, and that they ask the database nothing."""

import re
from html import unescape

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import Resolver404, resolve, reverse

PUBLIC = ["home", "manual", "privacy", "counter"]


def text_of(response) -> str:
    return unescape(re.sub(r"<[^>]+>", "", response.content.decode()))


@pytest.mark.parametrize("name", PUBLIC)
def test_public_page_needs_no_query_and_no_cookie(name, client, db, django_assert_num_queries):
    if name != "home":  # which tells a patron what a patron can do
        client.cookies[settings.SESSION_COOKIE_NAME] = "0123456789abcdefghijklmnopqrstuv"
    with django_assert_num_queries(0):
        response = client.get(reverse(name))
    assert response.status_code == 200
    assert not response.cookies
    # A cookie may hold the choice of a language, and nothing else that the page depends on.
    assert response["Vary"] == "Accept-Language, Cookie"
    assert "public" in response.headers["Cache-Control"]


@pytest.mark.parametrize("name", PUBLIC)
def test_public_page_is_read_only(name, client):
    assert client.post(reverse(name)).status_code == 405


@pytest.mark.parametrize("name", PUBLIC)
def test_every_link_and_file_of_the_page_exists(name, client):
    page = client.get(reverse(name)).content.decode()
    addresses = set(re.findall(r'(?:href|src)="(/[^"#?]*)', page))
    assert {"/", "/counter/", "/privacy/", "/mylibrary/"} <= addresses
    for address in addresses:
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
        else:
            try:
                resolve(address)
            except Resolver404:
                pytest.fail(f"{name} links to {address}, which does not exist")


def test_home_offers_the_electronic_application(client):
    page = client.get("/").content.decode()
    assert "利用者（図書等貸出券）登録の電子申請" in re.sub(r"</?span[^>]*>", "", page)
    assert f'href="{reverse("registration:form")}"' in page
    assert f'href="{reverse("mylibrary:login")}"' in page
    assert "Myライブラリの使い方" in page
    assert "↑ PAGE TOP" in page


def test_manual_has_the_ten_steps(client):
    text = text_of(client.get(reverse("manual")))
    positions = [text.index(number) for number in "①②③④⑤⑥⑦⑧⑨⑩"]
    assert positions == sorted(positions)
    assert "マイナンバー読込ボタンを押すと、デジタル庁のホームページに移動します。" in text
    assert "そのまま登録する場合は、登録ボタンを押してください。" in text
    assert "「利用者情報」→「利用者カード」と進んでください。" in text


def test_privacy_says_that_my_number_is_not_obtained(client):
    text = text_of(client.get(reverse("privacy")))
    assert "マイナンバー（12桁の番号）は取得しません" in text
    assert "利用の目的" in text


def test_counter_says_what_to_bring(client):
    text = text_of(client.get(reverse("counter")))
    for words in ("各館の開館時間と休館日", "本人確認書類", "通勤"):
        assert words in text
    assert "tel:" not in client.get(reverse("counter")).content.decode()


def test_the_page_says_where_the_reader_is(client):
    page = client.get(reverse("counter")).content.decode()
    assert "<title>窓口のご案内｜大分市民図書館</title>" in page
    assert '<li aria-current="page">窓口のご案内</li>' in page


def test_the_demo_says_that_it_is_one(client):
    assert "これは見本です。" in client.get("/").content.decode()


def test_the_menu_is_the_manuals(client):
    menu = client.get("/").content.decode().split('class="nav--pc"')[1].split("</nav>")[0]
    entries = re.findall(r">([^<]+)</a>", menu)
    assert entries == [
        "ホームページへ",
        "資料検索",
        "詳細検索",
        "資料紹介",
        "利用案内",
        "Myライブラリ",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "kind", "begin"),
    [
        ("/favicon.ico", "image/x-icon", b"\0\0\1\0"),
        ("/apple-touch-icon.png", "image/png", b"\x89PNG"),
    ],
)
def test_an_icon_is_answered_at_the_root_and_named_in_the_head(path, kind, begin, client):
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == kind
    assert answer["Cache-Control"] == "max-age=604800, public"
    assert not answer.has_header("Vary")
    assert not answer.cookies
    assert b"".join(answer.streaming_content).startswith(begin)
    answer.close()
    assert f'href="/static/root{path}"' in client.get("/").content.decode()
