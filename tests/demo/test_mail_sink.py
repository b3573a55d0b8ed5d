"""The mail sink: what is sent arrives, can be read in Japanese, is escaped and bounded."""

import smtplib
import subprocess
import sys
from email.message import EmailMessage

import pytest
import requests

from demo import mail_sink
from tests.platform.support import ROOT, free_port
from tests.waiting import eventually


@pytest.fixture(scope="module")
def sink(tmp_path_factory):
    """A running mail sink: (SMTP port, address of its pages)."""
    smtp, web = free_port(), free_port()
    command = [sys.executable, "-m", "demo.mail_sink", "--smtp-port", str(smtp)]
    command += ["--web-port", str(web), "--directory", tmp_path_factory.mktemp("mail") / "box"]
    address = f"http://127.0.0.1:{web}"
    with subprocess.Popen(command, cwd=ROOT) as process:
        eventually(lambda: answers(address))
        yield smtp, address
        process.terminate()


def answers(address):
    try:
        return requests.get(address, timeout=2).ok
    except requests.ConnectionError:
        return False


def mail(**headers):
    message = EmailMessage()
    for name, value in ({"From": "library@example.jp", "To": "oita@oita.co.jp"} | headers).items():
        message[name] = value
    return message


def send(sink, message):
    with smtplib.SMTP("127.0.0.1", sink[0], timeout=10) as client:
        client.send_message(message)


def test_a_japanese_mail_can_be_read_in_the_browser(sink, page):
    message = mail(
        Subject="【大分市民図書館】利用者登録の申請を受け付けました",
        Date="Tue, 10 Mar 2026 00:00:00 +0000",
    )
    message.set_content(
        "利用者番号（貸出券の番号）：8000028\nhttps://library.example.jp/mylibrary/\n"
    )
    send(sink, message)
    page.goto(sink[1])
    page.get_by_role("link", name="利用者登録の申請を受け付けました").first.click()
    assert page.get_by_role("heading").inner_text() == message["Subject"]
    text = page.locator("main").inner_text()
    assert "利用者番号（貸出券の番号）：8000028" in text
    assert "oita@oita.co.jp" in text
    assert "2026年03月10日 9時00分" in text
    link = page.get_by_role("link", name="library.example.jp")
    assert link.get_attribute("href") == "https://library.example.jp/mylibrary/"


def test_what_a_mail_contains_is_never_markup(sink):
    message = mail(Subject="<script>alert(1)</script>", To='"<b>" <a@example.jp>')
    message.set_content("<img src=x onerror=alert(1)> https://x.example/\"onclick='a'")
    send(sink, message)
    listing = requests.get(sink[1], timeout=30).text
    name = listing.split('href="/mails/')[1].split('"')[0]
    shown = requests.get(f"{sink[1]}/mails/{name}", timeout=30)
    for text in (listing, shown.text):
        assert "<script" not in text
        assert "<b>" not in text
        assert "<img" not in text
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/mails/../../etc/passwd", "/mails/", "/etc", "/mails/%00"])
def test_there_is_nothing_but_mails(sink, path):
    with requests.Session() as session:
        request = requests.Request("GET", sink[1]).prepare()
        request.url = sink[1] + path
        assert session.send(request, timeout=30).status_code == 404


def test_a_page_of_another_site_cannot_read_the_mails(sink):
    answer = requests.get(sink[1], headers={"Host": "rebound.example"}, timeout=30)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"Content-Type: text/plain; charset=unknown-8\n\nabc", "abc"),
        (b"Content-Type: text/html; charset=utf-8\n\n<p>abc</p>", "<p>abc</p>"),
        (b"Subject: only headers\n", ""),
        (b"", ""),
        (b"Content-Type: multipart/mixed; boundary=x\n\nno part", ""),
    ],
)
def test_a_strange_mail_is_shown_as_well_as_can_be(tmp_path, source, expected):
    box = mail_sink.Mailbox(tmp_path)
    box.add(source)
    message = box.read(box.names()[0])
    assert mail_sink.body_text(message).strip() == expected
    assert "一覧に戻る" in mail_sink.message_page(message)


def test_only_the_newest_mails_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(mail_sink, "KEPT", 3)
    box = mail_sink.Mailbox(tmp_path)
    for number in range(5):
        box.add(f"Subject: {number}\n\n".encode())
    assert [box.read(name)["subject"] for name in box.names()] == ["4", "3", "2"]
    assert len(list(tmp_path.iterdir())) == 3
