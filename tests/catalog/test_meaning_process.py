"""The embedding process: kept in step with the catalogue, killed, missed, asked too much."""

import contextlib
import json
import signal
import socket as sockets
import threading
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from catalog.management.commands import embedder
from catalog.meaning import client as meaning
from catalog.meaning import keeping, process, table
from catalog.meaning.embedding import written
from catalog.models import Record
from oita_library.logs import JsonFormatter
from tests.catalog import meanings
from tests.catalog.shelves import a_record
from tests.patrons import processes
from tests.waiting import eventually

AI, SEARCH = "/catalog/discover/", "/catalog/search/"


@pytest.fixture
def vectors(transactional_db) -> Iterator[None]:
    if not meanings.has_pgvector():
        pytest.skip(meanings.WITHOUT)
    with meanings.vectors():
        yield


def test_killed_it_goes_on_where_it_was_and_keeps_in_step(vectors, settings, tmp_path):
    for number in range(50):
        a_record(f"書名{number}", description=f"第{number}の話。その続き。")
    # Given as it is, it breaks the model's memory.
    a_record("\ufdfa" * 20)
    changed, gone = Record.objects.order_by("pk")[:2]
    first = meanings.start(log=tmp_path / "first.log", at=tmp_path / "embedder.sock")
    eventually(lambda: meanings.rows() or first.poll() is not None)
    first.kill()
    assert first.wait() == -signal.SIGKILL
    assert (tmp_path / "embedder.sock").exists()
    done = meanings.rows()
    assert 0 < len(done) < 51
    with meanings.running(tmp_path) as at:
        eventually(lambda: len(meanings.rows()) == 51)
        log = tmp_path / "embedder.log"
        eventually(lambda: "embedded" in log.read_text())
        line = json.loads(log.read_text().splitlines()[0])
        assert (line["event"], line["records"]) == ("embedded", 51 - len(done))
        Record.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
        told = {"description": "", "subjects": ["宇宙"], "updated_at": timezone.now()}
        Record.objects.filter(pk=changed.pk).update(**told)
        eventually(lambda: meanings.rows()[changed.pk] == ["宇宙", "書名0"])
        eventually(lambda: gone.pk not in meanings.rows())
        settings.EMBEDDER_SOCKET = str(at)
        assert meaning.query("\ufdfa" * 20).startswith("[")
    assert not at.exists()
    assert len(meanings.rows()) == 50


def test_what_the_model_cannot_take_is_left_out_until_it_changes(vectors, caplog):
    for number in range(keeping.WRITTEN + 5):
        a_record(f"書名{number}")
    broken, unlike = a_record("壊れた西園寺"), a_record("無限")

    def embed(text: str) -> list[float]:
        if "西園寺" in text:
            raise RuntimeError(text)
        return [float("nan") if text == "無限" else 1.0] * 384

    keeper = keeping.Keeper(embed)
    assert sum(keeper.keep_up()) == len(meanings.rows()) == keeping.WRITTEN + 5
    logged = [json.loads(JsonFormatter().format(one)) for one in caplog.records]
    assert sorted(one["record"] for one in logged) == [broken.pk, unlike.pk]
    assert "西園寺" not in json.dumps(logged, ensure_ascii=False)
    with connection.cursor() as cursor:
        # As many transactions as batches.
        cursor.execute(f"SELECT count(DISTINCT xmin::text) FROM {table.TABLE}")
        assert cursor.fetchone() == (2,)
    assert sum(keeper.keep_up()) == 0
    Record.objects.filter(pk=broken.pk).update(title="直った", updated_at=timezone.now())
    assert sum(keeper.keep_up()) == 1
    assert meanings.rows()[broken.pk] == ["直った"]
    assert len(caplog.records) == 2


@pytest.mark.django_db
def test_without_a_process_there_is_no_entry_and_the_page_searches_by_words(client, settings):
    assert not meaning.available()
    a_record("猫の本", at=["main"])
    assert AI not in client.get(SEARCH).content.decode()
    page = client.get(AI)
    assert 'action="/catalog/search/"' in page.content.decode()
    assert "noindex" in page.content.decode()
    answer = client.post(AI, {"q": "猫の出てくる楽しい物語"})
    assert answer.status_code == 200
    assert "ただいま、意味の近い本を選ぶことができません。" in answer.content.decode()
    assert "猫の本" in answer.content.decode()
    # A line break is one character.
    longest = "猫" * 249 + "\r\n" + "犬" * 250
    assert client.post(AI, {"q": longest}).status_code == 200
    assert client.post(AI, {"q": longest + "犬"}).status_code == 422
    settings.EMBEDDER_SOCKET = ""
    assert client.get(AI).status_code == 404


class Standing:
    """A process that takes questions and answers none, and perhaps says that it is ready."""

    def __init__(self, at: Path, *, says_ready: bool) -> None:
        self.asked: list[bytes] = []
        self._says_ready = says_ready
        self._held: list[sockets.socket] = []
        self._listening = sockets.socket(sockets.AF_UNIX)
        self._listening.bind(str(at))
        self._listening.listen()
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connected, _ = self._listening.accept()
                self._held.append(connected)
                self.asked.append(meaning.received(connected, meaning.LARGEST))
                if self._says_ready and not self.asked[-1]:
                    connected.sendall(meaning.READY)
                    connected.close()

    def close(self) -> None:
        for one in (self._listening, *self._held):
            with contextlib.suppress(OSError):
                one.shutdown(sockets.SHUT_RDWR)
            one.close()


@pytest.fixture
def standing(settings, tmp_path):
    """Start what takes questions and answers none."""
    settings.EMBEDDER_SOCKET = str(tmp_path / "standing")
    meaning.forget()
    with contextlib.ExitStack() as started:

        def start(*, says_ready: bool) -> Standing:
            made = Standing(tmp_path / "standing", says_ready=says_ready)
            started.callback(made.close)
            return made

        yield start
    meaning.forget()


@pytest.mark.django_db
@pytest.mark.parametrize("says_ready", [True, False])
def test_a_process_that_stands_still_is_waited_for_once(client, standing, says_ready):
    a_record("健康の本")
    still = standing(says_ready=says_ready)
    took = []
    for _ in range(3):
        began = time.monotonic()
        page = client.post(AI, {"q": "健康に長寿で"}).content.decode()
        took.append(time.monotonic() - began)
        assert "ただいま、意味の近い本を選ぶことができません。" in page
        assert "健康の本" in page
        assert "健康に長寿で" in page
    assert meaning.DEADLINE_SECONDS <= 1
    # The last asked nobody: what it took is what a page takes.
    assert took[0] < meaning.DEADLINE_SECONDS + meaning.READY_SECONDS + took[-1] + 1
    assert still.asked == [b"", "健康に長寿で".encode()][: 1 + says_ready]


@pytest.mark.django_db
def test_of_one_web_process_two_ask_at_once_and_others_are_answered_by_words(
    client, standing, monkeypatch
):
    # Both still wait when the page comes, on however slow a machine.
    monkeypatch.setattr(meaning, "DEADLINE_SECONDS", 60.0)
    a_record("健康の本")
    still = standing(says_ready=True)
    assert meaning.available()

    def ask(question: str) -> None:
        with pytest.raises(meaning.Unanswered):
            meaning.query(question)

    waiting = [threading.Thread(target=ask, args=[question]) for question in "ab"]
    for thread in waiting:
        thread.start()
    eventually(lambda: len(still.asked) == 3)
    page = client.post(AI, {"q": "健康に長寿で"}).content.decode()
    assert "ただいま、意味の近い本を選ぶことができません。" in page
    assert "健康の本" in page
    assert sorted(still.asked) == [b"", b"a", b"b"]
    # Nothing is wrong with the process.
    assert meaning.available()
    still.close()
    for thread in waiting:
        thread.join()
    assert not meaning.available()


@pytest.mark.django_db
def test_a_server_without_pgvector_is_named_and_nothing_is_made():
    if meanings.has_pgvector():
        pytest.skip("this PostgreSQL has pgvector")
    assert "has no pgvector" in table.missing()
    with pytest.raises(table.CannotSetUp, match="has no pgvector"):
        table.set_up()
    assert not meaning.available()


@pytest.mark.django_db
def test_who_may_not_create_the_extension_is_told_who_may():
    if not meanings.has_pgvector():
        pytest.skip(meanings.WITHOUT)
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE nobody_special; SET LOCAL ROLE nobody_special")
        with pytest.raises(table.CannotSetUp, match="superuser say, in this database: CREATE"):
            table.set_up()
        cursor.execute("RESET ROLE")


@pytest.mark.django_db
def test_set_up_once_makes_all_and_again_nothing_and_another_models_vectors_go(monkeypatch):
    if not meanings.has_pgvector():
        pytest.skip(meanings.WITHOUT)
    assert "embedder --setup" in table.missing()
    assert table.set_up()
    assert not table.set_up()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = %s ORDER BY 1", [table.TABLE]
        )
        indexes = " ".join(definition for (definition,) in cursor.fetchall())
        assert "USING hnsw (vector halfvec_cosine_ops)" in indexes
        cursor.execute(
            f"INSERT INTO {table.TABLE} VALUES (1, now(), %s::halfvec, '{{}}', '{{}}');"
            f" COMMENT ON TABLE {table.TABLE} IS 'another'".replace("%s", f"'{written([1] * 384)}'")
        )
    assert "another model's" in table.missing()
    assert table.set_up()
    assert meanings.rows() == {}
    record = a_record("猫の本")
    monkeypatch.setattr(embedder, "use_limits", lambda limits: None)
    said = StringIO()
    call_command("embedder", "--once", stdout=said)
    assert said.getvalue() == "1 records embedded.\n"
    assert meanings.rows() == {record.pk: ["猫の本"]}


@pytest.mark.django_db
def test_check_says_why(tmp_path):
    log = tmp_path / "check.log"
    check = processes.start("check", log=log, environment={"EMBEDDER_SOCKET": "/nowhere/socket"})
    assert check.wait(60) == 0
    said = log.read_text()
    assert "AI蔵書探索 is not offered. No embedding process answers" in said
    assert "run manage.py embedder --setup" in said or "has no pgvector" in said


class Slow:
    """A model that answers when it is told to, and notes what it was asked."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked: list[str] = []

    def passages(self, texts):
        return [self.query(text) for text in texts]

    def query(self, text):
        self.go.wait(30)
        self.asked.append(text)
        return [1.0]


def test_questions_go_before_what_waits_and_too_many_are_refused_at_once():
    slow = Slow()
    model = process.Model(slow)
    answers: list[object] = []
    phrases = [threading.Thread(target=model.passage, args=[f"phrase {n}"]) for n in range(3)]
    questions = [
        threading.Thread(target=lambda n=n: answers.append(model.query(f"question {n}")))
        for n in range(process.MOST_WAITING)
    ]
    for thread in phrases:
        thread.start()
    # One is being embedded.
    eventually(lambda: model._jobs.qsize() == 2)
    for thread in questions:
        thread.start()
    eventually(lambda: model._jobs.qsize() == 2 + process.MOST_WAITING)
    assert model.query("one too many") is None
    slow.go.set()
    for thread in (*phrases, *questions):
        thread.join()
    assert answers == [[1.0]] * process.MOST_WAITING
    assert all(one.startswith("question") for one in slow.asked[1:-2])
    assert model.query("again") == [1.0]


def test_one_process_answers_at_a_socket(tmp_path):
    at, model = tmp_path / "socket", process.Model(Slow())
    # Left by one that was killed.
    at.touch()
    with process.answering(at, model):
        assert at.stat().st_mode & 0o777 == 0o600
        with pytest.raises(process.AlreadyRunning), process.answering(at, model):
            pass
    assert not at.exists()
