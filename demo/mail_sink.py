"""A mail server that delivers nothing: what is sent to it can be read in the browser.

`python -m demo.mail_sink --smtp-port 8026 --web-port 8025 --directory var/mail`. The
newest `KEPT` messages stay in the directory, one file each. For demo and development only.
"""

import argparse
import html
import os
import re
import secrets
import signal
import threading
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

KEPT = 200
LARGEST = 1024 * 1024
NAME = re.compile(r"[0-9]{20}-[0-9a-f]{8}")
LINK = re.compile(r"https?://[^\s<>\"'）」』]+")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
STYLE = """
body { margin: 0 auto; padding: 1rem; max-width: 60rem; color: #1a1a1a; background: #fff;
  font: 1rem/1.7 "Noto Sans JP", "Noto Sans CJK JP", "Hiragino Sans", "Yu Gothic", sans-serif; }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; }
.note { padding: .5rem 1rem; background: #e8f1fe; }
ul { padding: 0; list-style: none; }
li { padding: .75rem 0; border-bottom: 1px solid #949494; overflow-wrap: anywhere; }
small, dt { color: #595959; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
pre { padding: 1rem; border: 1px solid #949494; font: inherit; white-space: pre-wrap;
  overflow-wrap: anywhere; }
a { color: #0017c1; }
a:focus-visible { outline: 4px solid #000; outline-offset: 2px; background: #ffd43d; }
"""


class Mailbox:
    """The newest messages in a directory; a message's name sorts by time of arrival."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def add(self, content: bytes) -> None:
        """Store one message, whole or not at all, and forget the oldest beyond `KEPT`."""
        name = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        unfinished = self.directory / f"{name}.tmp"
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(content)
        unfinished.rename(self.directory / f"{name}.eml")
        for old in self.names()[KEPT:]:
            (self.directory / f"{old}.eml").unlink(missing_ok=True)

    def names(self) -> list[str]:
        """Return the messages' names, newest first."""
        return sorted((path.stem for path in self.directory.glob("*.eml")), reverse=True)

    def read(self, name: str) -> EmailMessage | None:
        """Return a message, None if there is none of that name."""
        if not NAME.fullmatch(name):
            return None
        try:
            content = (self.directory / f"{name}.eml").read_bytes()
        except FileNotFoundError:
            return None
        return message_from_bytes(content, policy=default)


class Receiver:
    """aiosmtpd's handler: every recipient is fine, every message is kept."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Answer 250 only after the message is on the disk."""
        content = envelope.content or b""
        self.mailbox.add(content if isinstance(content, bytes) else content.encode())
        return "250 Message kept, not delivered"


def body_text(message: EmailMessage) -> str:
    """Return a message's text: the plain part, else the source of the HTML part."""
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        return part.get_content()
    except (LookupError, ValueError):
        content: Any = part.get_payload(decode=True)
        return (content or b"").decode(errors="replace")


def arrived(message: EmailMessage) -> str:
    """Return the Date header in Japan, as 2026年03月10日 9時00分; empty if missing or wrong."""
    try:
        moment = parsedate_to_datetime(str(message["date"])).astimezone(ZoneInfo("Asia/Tokyo"))
    except (TypeError, ValueError):
        return ""
    return f"{moment:%Y年%m月%d日} {moment.hour}時{moment:%M}分"


def list_page(mailbox: Mailbox) -> str:
    """Return the page that lists the messages."""
    rows = []
    for name in mailbox.names():
        if message := mailbox.read(name):
            subject = _header(message, "subject") or "（件名なし）"
            rows.append(
                f'<li><a href="/mails/{name}">{html.escape(subject)}</a><br><small>宛先 '
                f"{html.escape(_header(message, 'to'))}　{arrived(message)}</small></li>"
            )
    content = f"<ul>{''.join(rows)}</ul>" if rows else "<p>まだメールはありません。</p>"
    return _page("送信されたメール", f"<p>新しい順に{KEPT}通まで残ります。</p>{content}")


def message_page(message: EmailMessage) -> str:
    """Return the page that shows one message, everything in it escaped."""
    subject = _header(message, "subject") or "（件名なし）"
    rows = (("差出人", "from"), ("宛先", "to"), ("返信先", "reply-to"))
    terms = [(label, _header(message, name)) for label, name in rows]
    terms.append(("日時", arrived(message)))
    terms.append(
        (
            "添付",
            "、".join(part.get_filename() or "名前なし" for part in message.iter_attachments()),
        )
    )
    listing = "".join(f"<dt>{k}</dt><dd>{html.escape(v)}</dd>" for k, v in terms if v)
    text = LINK.sub(
        lambda found: f'<a href="{found[0]}" rel="noreferrer">{found[0]}</a>',
        html.escape(body_text(message), quote=False),
    )
    back = '<p><a href="/">一覧に戻る</a></p>'
    return _page(subject, f"<dl>{listing}</dl><pre>{text}</pre>{back}")


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())


def _page(title: str, content: str) -> str:
    title = html.escape(title)
    return (
        '<!doctype html><html lang="ja"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width, initial-scale=1">'
        f"<title>{title}｜メールの確認（模擬）</title>"
        '<link rel="stylesheet" href="/style.css"></head><body><main><p class="note">模擬環境です。'
        f"メールは実際には配達されず、ここに届きます。</p><h1>{title}</h1>{content}</main></body></html>"
    )


class Viewer(BaseHTTPRequestHandler):
    """The pages. Only for names of this machine: another site's page must not read the mails."""

    mailbox: Mailbox
    hosts: frozenset[str]
    server_version = "mail-sink"
    sys_version = ""
    timeout = 10

    def do_GET(self) -> None:
        """Answer the list, one message or the style sheet."""
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        path = self.path.split("?", 1)[0]
        message = self.mailbox.read(path.removeprefix("/mails/"))
        if host not in self.hosts:
            self._answer(HTTPStatus.FORBIDDEN, _page("この名前では開けません", ""))
        elif path == "/":
            self._answer(HTTPStatus.OK, list_page(self.mailbox))
        elif path == "/style.css":
            self._answer(HTTPStatus.OK, STYLE, "text/css")
        elif path.startswith("/mails/") and message:
            self._answer(HTTPStatus.OK, message_page(message))
        else:
            back = '<p><a href="/">一覧に戻る</a></p>'
            self._answer(HTTPStatus.NOT_FOUND, _page("見つかりません", back))

    do_HEAD = do_GET  # http.server's own names

    def _answer(self, status: HTTPStatus, text: str, kind: str = "text/html") -> None:
        body = text.encode(errors="replace")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing: the mails are personal, and so is who reads which."""


def serve(arguments: argparse.Namespace) -> None:
    """Run the SMTP server and the pages until SIGTERM or SIGINT."""
    mailbox = Mailbox(arguments.directory)
    smtp = Controller(
        Receiver(mailbox),
        hostname=arguments.host,
        port=arguments.smtp_port,
        data_size_limit=LARGEST,
    )
    hosts = frozenset({"localhost", "127.0.0.1", "[::1]", *arguments.allow_host})
    viewer = type("BoundViewer", (Viewer,), {"mailbox": mailbox, "hosts": hosts})
    web = ThreadingHTTPServer((arguments.host, arguments.web_port), viewer)
    web.daemon_threads = True
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    smtp.start()
    threading.Thread(target=web.serve_forever, daemon=True).start()
    stop.wait()
    web.shutdown()
    smtp.stop()


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; every option has a default fit for the demo."""
    parser = argparse.ArgumentParser(prog="mail_sink", description=__doc__.split("\n")[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, default=8026)
    parser.add_argument("--web-port", type=int, default=8025)
    parser.add_argument("--directory", type=Path, default=Path("var/mail"))
    parser.add_argument("--allow-host", action="append", default=[], help="a further host name")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    os.umask(0o077)
    serve(parse())
