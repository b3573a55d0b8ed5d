"""When things go wrong on the way: nothing is lost, and no log names a person."""

import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from bench.browser import Browser, Page
from tests.journey.demo import Demo

NAME = "津久見　みかん子"
BIRTH_DATE = "19910203"
ADDRESS = "大分県津久見市宮本町２０番１５号"
TYPED = {
    "last_name_kana": "ツクミ",
    "first_name_kana": "ミカンコ",
    "postal_code": "8792435",
    "phone": "0972829511",
    "email": "mikanko@tsukumi.example.jp",
    "contact_method": "email",
}
WRONG_PASSWORD = "mikanko-no-himitsu"
PERSONAL = [NAME, "みかん子", BIRTH_DATE, ADDRESS, "宮本町", WRONG_PASSWORD, *TYPED.values()]


def identify(
    browser: Browser, demo: Demo, *, subject: str, fault: str = "none", **typed: str
) -> Page:
    form = browser.get(f"{demo.site}/registration/")
    service = browser.press(form, "マイナンバー読込", **typed)
    cards = browser.press(service, "マイナンバーカードで本人確認")
    return browser.press(
        cards,
        "この内容で本人確認を完了する",
        card="typed",
        name=NAME,
        birthdate=BIRTH_DATE,
        address=ADDRESS,
        subject=subject,
        fault=fault,
    )


@contextmanager
def database_down(demo: Demo) -> Iterator[None]:
    """Kill the database's server, and keep the demo from starting it again."""
    demo.process.send_signal(signal.SIGSTOP)
    for child in psutil.Process(demo.process.pid).children():
        if child.name() == "postgres":
            # Its own processes outlive it for a moment, and would answer.
            processes = [child, *child.children(recursive=True)]
            for process in processes:
                process.kill()
            psutil.wait_procs(processes[1:], timeout=30)
    yield
    demo.process.send_signal(signal.SIGCONT)


def press_until(browser: Browser, page: Page, button: str, mark: str) -> Page:
    """Press again and again until the answer has the mark."""
    for _ in range(60):
        answer = browser.press(page, button)
        if mark in answer.text:
            return answer
        time.sleep(0.5)
    raise AssertionError(f"never answered with {mark}: {answer.status}")


def test_a_journey_with_every_fault_ends_well_and_leaves_no_name_in_a_log(demo: Demo):
    browser = Browser()
    form = browser.get(f"{demo.site}/registration/")
    _, body = browser.filled(form, "マイナンバー読込", **TYPED)
    too_early, _ = browser.send("POST", f"{demo.site}/registration/", body)
    assert (too_early.status, "先に【マイナンバー読込】" in too_early.text) == (422, True)

    for fault, calm in [
        ("cancel", "本人確認を中止しました"),
        ("token_500", "本人確認サービスに接続できません"),
        ("nul_in_name", "登録は行われていません"),
        ("bad_signature", "登録は行われていません"),
    ]:
        page = identify(browser, demo, subject="mikanko", fault=fault, **TYPED)
        assert calm in page.text, fault
        assert TYPED["email"] in page.text, f"{fault}: what was typed is lost"

    form = identify(browser, demo, subject="mikanko", **TYPED)
    wrong = browser.press(form, "登録", **TYPED | {"email": f"{TYPED['email']}, {TYPED['email']}"})
    assert wrong.status == 422
    confirm = browser.press(wrong, "登録", **TYPED)
    assert "利用者情報登録確認" in confirm.text

    with database_down(demo):
        missing = browser.press(confirm, "登録")
    assert missing.status == 503
    assert "1分ほど待って" in missing.text
    result = press_until(browser, confirm, "登録", "利用者情報登録結果")

    # The same person under another subject: staff decide.
    other = Browser()
    form = identify(other, demo, subject="mikanko-again")
    assert "すでに登録されている可能性があります" in other.press(form, "登録", **TYPED).text

    number = re.search("『([0-9]+)』", result.text)
    assert number
    login = browser.get(f"{demo.site}/mylibrary/login/")
    failed = browser.press(login, "ログイン", username=number.group(1), password=WRONG_PASSWORD)
    assert failed.status == 422

    logs = demo.logs()
    assert "/registration/confirm/ 503" in logs, "the web server's log was not looked at"
    assert '"event": "myna"' in logs, "the identity client's events were not looked at"
    escaped = [value.encode("unicode_escape").decode() for value in PERSONAL]
    assert [value for value in (*PERSONAL, *escaped) if value in logs] == []
