"""AI蔵書探索 with the process it asks, its real model and pgvector."""

import logging
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from branches.models import Branch
from catalog.meaning import client as meaning
from catalog.meaning import table
from catalog.meaning.found import BESIDE, statement
from catalog.models import Item, Record
from oita_library.logs import JsonFormatter
from tests.catalog import meanings
from tests.catalog.shelves import a_record
from tests.waiting import eventually

pytestmark = pytest.mark.django_db
AI = "/catalog/discover/"
SAID = (
    "書名や内容の説明から、意味の近い本をコンピューターが選びます。質問は保存しません。"
    "お名前などは書かないでください。"
)
QUESTION = "小さい子に読んであげたい\n動物の出てくる話"
# Title: subjects, description, whether for children, where it is.
WORKS = {
    "手袋を買いに": (["狐", "童話"], "子狐が町へ手袋を買いに行く。", True, "main/on_loan"),
    "養生訓": (["健康", "長寿"], "長生きする心得を説く。", False, "main"),
    "無惨": (["探偵小説"], "二人の刑事が死体の謎に挑む。", False, "main"),
    "日々の暦": (["暦"], "月と太陽の動きを説く。", False, "main"),
}
MANY = 10


@pytest.fixture(scope="module")
def socket(
    django_db_setup, django_db_blocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """One process, and works that it has embedded, for the tests of this module."""
    with django_db_blocker.unblock():
        if not meanings.has_pgvector():
            pytest.skip(meanings.WITHOUT)
        # What every database begins with, and later tests rely on.
        first_branches = list(Branch.objects.values_list("pk", flat=True))
        with meanings.vectors():
            shelves()
            connection.close()
            with meanings.running(tmp_path_factory.mktemp("embedder")) as at:
                eventually(lambda: len(meanings.rows()) == len(WORKS) + MANY)
                yield at
            Item.objects.all().delete()
            Record.objects.all().delete()
            Branch.objects.exclude(pk__in=first_branches).delete()
        connection.close()


def shelves() -> None:
    for title, (subjects, description, for_children, at) in WORKS.items():
        about = {"subjects": subjects, "description": description, "for_children": for_children}
        a_record(title, at=[at], **about)
    for number in range(MANY):
        a_record(f"きつねのはなし{number}", description="きつねが走る。")


@pytest.fixture
def site(socket: Path, settings, client: Client) -> Client:
    """A visitor's browser; the embedding process answers."""
    settings.EMBEDDER_SOCKET = str(socket)
    meaning.forget()
    return client


def words(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def found(answer) -> list[str]:
    return re.findall(r'<h3 class="book__title">\s*<a [^>]*>([^<]+)</a>', answer.content.decode())


def reasons(answer) -> list[list[str]]:
    lists = re.findall(r'<div class="why">.*?</div>', answer.content.decode(), re.DOTALL)
    return [re.findall(r"<li>([^<]+)</li>", one) for one in lists]


def near(answer) -> set[str]:
    part = answer.content.decode().split("<h2>この本に近い本</h2>")[1]
    return set(re.findall(r'class="shelf__title"[^>]*>([^<]+)<', part))


def test_a_question_is_answered_with_near_works_and_why(site):
    answer = site.post(AI, {"q": "体をこわさず年をとるには"})
    assert answer.status_code == 200
    assert SAID in words(answer)
    assert found(answer)[0] == "養生訓"
    assert len(reasons(answer)) == 10
    assert set(reasons(answer)[0]) <= {"健康", "長寿", "長生きする心得を説く。", "養生訓"}
    assert "noindex" in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert found(site.get(AI, {"q": "体をこわさず年をとるには"})) == found(answer)


def test_limits_hold_for_both_lists(site):
    assert found(site.post(AI, {"q": "探偵小説", "children": "1"})) == ["手袋を買いに"]
    shelf = site.post(AI, {"q": "狐の童話を読む", "available": "1"})
    assert sorted(found(shelf)) == sorted({*WORKS} - {"手袋を買いに"})
    nothing = site.post(AI, {"q": QUESTION, "available": "1", "children": "1"})
    assert found(nothing) == []
    assert "見つかりませんでした" in words(nothing)


def test_works_with_the_words_that_are_not_near_stand_in_a_list_of_their_own(site):
    answer = site.post(AI, {"q": "きつねが野山を走りまわるはなし。刑事も出てくる。"})
    near, worded = answer.content.decode().split(">質問のことばがある資料<")
    assert near.count("book__title") == near.count('form="to-bookshelf"') == 10
    assert answer.content.decode().count('<form id="to-bookshelf"') == 1
    assert "無惨" not in near
    assert "無惨" in worded


@pytest.mark.parametrize(
    "typed",
    [
        "猫",
        "a",
        "\0猫",
        "猫\0",
        "\x1b[0m猫",
        "' OR 1=1 --猫",
        "[0,1]",
        "🐱あ",
    ],
)
def test_every_question_is_answered(site, typed):
    answer = site.post(AI, {"q": typed})
    assert (answer.status_code, len(reasons(answer))) == (200, 10)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "どんな本をさがしているか、ことばで入力してください。"),
        ("\0 \u200b。", "どんな本をさがしているか、ことばで入力してください。"),
        ("猫" * 503, "3文字減らしてください。"),
    ],
)
def test_what_cannot_be_asked_is_said_and_stays(site, typed, said):
    answer = site.post(AI, {"q": typed, "children": "1"})
    assert answer.status_code == 422
    assert said in words(answer)
    assert "猫" * typed.count("猫") in answer.content.decode()
    assert " checked" in answer.content.decode()


def test_a_language_chosen_on_the_page_keeps_the_question(site):
    answer = site.post(AI, {"q": QUESTION, "language": "en"})
    assert "Words that were judged near" in words(answer)
    assert QUESTION in answer.content.decode()
    empty = site.post(AI, {"q": "", "language": "ja"})
    assert (empty.status_code, "入力してください" in words(empty)) == (200, False)


def test_visitors_without_a_login_need_the_token_of_the_page(site):
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(AI, {"q": "猫"}).status_code == 403
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', browser.get(AI).content.decode())[1]
    sent = {"q": "猫", "csrfmiddlewaretoken": token}
    assert browser.post(AI, sent).status_code == 200


def test_a_question_is_neither_logged_nor_stored(site, socket, caplog):
    caplog.set_level(logging.DEBUG)
    question = "隣人の秘密をしらべたい西園寺"
    with CaptureQueriesContext(
        connection,
    ) as statements:
        answer = site.post(AI, {"q": question})
    assert answer.status_code == 200
    asked = [one["sql"] for one in statements]
    assert asked
    assert not any(question in sql for sql in asked)
    assert not any(re.match("INSERT|UPDATE|DELETE", sql.strip()) for sql in asked)
    logged = [JsonFormatter().format(record) for record in caplog.records]
    logged.append((socket.parent / "embedder.log").read_text())
    assert not any("西園寺" in line for line in logged if "django.db.backends" not in line)
    assert "西園寺" not in re.search("<title>.*?</title>", answer.content.decode())[0]
    assert answer.wsgi_request.sensitive_post_parameters == "__ALL__"
    assert not any(cookie in answer.cookies for cookie in ("sessionid", "__Host-sessionid"))


def test_without_the_table_nothing_is_answered(site):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table.TABLE} RENAME TO away")
    try:
        assert "ただいま、意味の近い本を" in words(site.post(AI, {"q": "健康"}))
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE away RENAME TO {table.TABLE}")


def test_a_records_page_shows_what_is_near_it_without_a_vector_what_stands_beside_it(site):
    fox = Record.objects.get(title="きつねのはなし0")
    Record.objects.filter(pk=fox.pk).update(ndc="913")
    Record.objects.filter(title="日々の暦").update(ndc="914")
    with transaction.atomic():
        with connection.cursor() as cursor:
            foxes = near(site.get(f"/catalog/{fox.pk}/"))
            assert len(foxes) == 6
            assert foxes < {f"きつねのはなし{number}" for number in range(1, 10)}
            cursor.execute(f"DELETE FROM {table.TABLE} WHERE record_id = %s", [fox.pk])
            assert near(site.get(f"/catalog/{fox.pk}/")) == {"日々の暦"}
            cursor.execute(f"ALTER TABLE {table.TABLE} RENAME TO away")
            assert near(site.get(f"/catalog/{fox.pk}/")) == {"日々の暦"}
        transaction.set_rollback(True)


def test_the_nearest_are_found_by_the_index(site):
    vector = meaning.query(QUESTION)
    for limited in (False, True):
        with connection.cursor() as cursor:
            # So few rows are read faster from one end to the other.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            given = {"vector": vector, "on_shelf": "on_shelf"}
            cursor.execute(f"EXPLAIN {statement(for_children=limited, available=limited)}", given)
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert f"Index Scan using {table.TABLE}_vector" in plan
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {BESIDE}", [1, 1, 6])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"Index Scan using {table.TABLE}_vector" in plan
