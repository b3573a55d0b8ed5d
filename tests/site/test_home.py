"""The home page: the manual's order, what a patron finds there, what came last."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.records import arrivals
from notices.enums import NoticeKind
from notices.services import send
from patrons.services import register_patron
from tests.catalog.shelves import a_record
from tests.patrons.people import applicant, residency, set_own_password

REGISTRATION, LOGIN, CARD = "/registration/", "/mylibrary/login/", "/mylibrary/card/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def patron(client):
    patron = register_patron(applicant=applicant(), residency=residency())
    client.force_login(set_own_password(patron=patron, password="tall-green-lighthouse"))
    return patron


def test_it_keeps_the_manuals_order(client, settings):
    settings.EBOOK_LIBRARY_URL = "https://ebooks.example.jp/"
    a_record("新しい本")
    arrivals.read()
    page = client.get("/").content.decode()
    main = page[page.index("<main") :]
    parts = [
        *("本をさがす", "タイトルや著者名などを入力してください", "キーワードを入力"),
        "検索</button>",
        *(f'href="{LOGIN}"', f'href="{REGISTRATION}"', reverse("counter"), "蔵書検索"),
        *("詳細検索", "新着資料", "おおいだし電子図書館", "Myライブラリの使い方", "新しい本"),
        "↑ PAGE TOP",
    ]
    places = [main.index(part) for part in parts]
    assert places == sorted(places)


def test_the_library_of_ebooks_is_named_where_it_has_an_address(client, settings):
    assert "おおいだし電子図書館" not in client.get("/").content.decode()
    settings.EBOOK_LIBRARY_NAME = "でんしの本"
    settings.EBOOK_LIBRARY_URL = "https://ebooks.example.jp/?a&b"
    page = client.get("/").content.decode()
    assert 'href="https://ebooks.example.jp/?a&amp;b"' in page
    assert "でんしの本" in page


def test_a_patron_finds_the_card_instead_of_the_login_and_nothing_personal(client, patron):
    visitors = client.__class__().get("/")
    assert "public" in visitors["Cache-Control"]
    answer = client.get("/")
    page = answer.content.decode()
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    assert f'href="{CARD}"' in page
    assert f'href="{LOGIN}"' not in page
    assert f'href="{REGISTRATION}"' in page
    assert patron.number not in page
    assert patron.name not in page
    client.logout()
    assert f'href="{LOGIN}"' in client.get("/").content.decode()


def test_a_patron_learns_how_many_messages_are_not_read(client, patron):
    assert "未読" not in client.get("/").content.decode()
    for _ in range(2):
        send(
            patron=patron,
            kind=NoticeKind.REGISTRATION_RECEIVED,
            subject="登録",
            body="登録しました。",
            recipient="",
        )
    with CaptureQueriesContext(connection) as asked:
        assert "未読 2件" in client.get("/").content.decode()
    assert sum("notices_notice" in one["sql"] for one in asked) == 1
    # Who has shown no more than a birth date.
    patron.user.set_unusable_password()
    patron.user.save()
    client.force_login(patron.user)
    assert "未読" not in client.get("/").content.decode()


def test_staff_are_no_patrons(admin_client):
    assert f'href="{LOGIN}"' in admin_client.get("/").content.decode()


def test_a_patron_gets_everybodys_page_while_the_database_is_away(client, patron):
    def away(*_):
        raise OperationalError

    with connection.execute_wrapper(away):
        answer = client.get("/")
    assert answer.status_code == 200
    assert f'href="{LOGIN}"' in answer.content.decode()


def test_the_newest_of_what_came_lately_stands_on_the_shelf(client, django_assert_num_queries):
    now = timezone.now()
    new = [a_record(f"新着{n}", added_at=now - timedelta(days=n)) for n in range(8)]
    a_record("古い本", added_at=now - timedelta(days=61))
    a_record("消えた本", added_at=now, deleted_at=now)
    arrivals.read()
    with django_assert_num_queries(0):
        page = client.get("/").content.decode()
    links = [f'href="{reverse("catalog:record", args=[one.pk])}"' for one in new]
    places = [page.index(link) for link in links[: arrivals.ON_A_SHELF]]
    assert places == sorted(places)
    assert not any(link in page for link in links[arrivals.ON_A_SHELF :])
    assert "古い本" not in page
    assert "消えた本" not in page
    assert new[0].cover in page
