"""A mail server that delivers nothing: what is sent to it can be read in the browser.

`python -m demo.mail_sink`: the newest `KEPT` messages stay in a directory, one file each.
"""

import argparse
import html
import os
import re
import secrets
import signal
import sys
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.utils.safestring import SafeString

from demo import web

KEPT = 200
LARGEST = 1024 * 1024
NAME = re.compile(r"[0-9]{20}-[0-9a-f]{8}")
LINK = re.compile(r"https?://[^\s<>\"'）」』]+")
HOSTS = ("localhost", "127.0.0.1", "[::1]")
STYLESHEET = (web.FOLDER / "mail.css").read_bytes()


class Mailbox:
    """The newest messages in a directory; a message's name sorts by time of arrival.

    It is aiosmtpd's handler: every recipient is fine, every message is kept.
    """

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

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Answer 250 only after the message is on the disk."""
        content = envelope.content or b""
        self.add(content if isinstance(content, bytes) else content.encode())
        return "250 Message kept, not delivered"

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
    moment = getattr(message["date"], "datetime", None)
    if moment is None:
        return ""
    moment = moment.astimezone(ZoneInfo("Asia/Tokyo"))
    return f"{moment:%Y年%m月%d日} {moment.hour}時{moment:%M}分"


def list_page(mailbox: Mailbox) -> str:
    mails = [
        (name, _subject(message), _header(message, "to"), arrived(message))
        for name in mailbox.names()
        if (message := mailbox.read(name))
    ]
    return web.render("mail/list.html", title="送信されたメール", mails=mails, kept=str(KEPT))


def message_page(message: EmailMessage) -> str:
    """Return the page that shows one message, everything in it escaped."""
    rows = (("差出人", "from"), ("宛先", "to"), ("返信先", "reply-to"))
    files = [part.get_filename() or "名前なし" for part in message.iter_attachments()]
    terms = [(label, _header(message, name)) for label, name in rows]
    terms += [("日時", arrived(message)), ("添付", "、".join(files))]
    text = LINK.sub(
        lambda found: f'<a href="{found[0]}" rel="noreferrer">{found[0]}</a>',
        html.escape(body_text(message), quote=False),
    )
    context = {"title": _subject(message), "terms": terms, "text": SafeString(text)}
    return web.render("mail/message.html", **context)


def _subject(message: EmailMessage) -> str:
    return _header(message, "subject") or "（件名なし）"


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())


class Viewer(web.Handler):
    """The pages. Only for names of this machine: another site's page must not read the mails."""

    mailbox: Mailbox

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        path = self.path.split("?", 1)[0]
        message = self.mailbox.read(path.removeprefix("/mails/"))
        if host not in HOSTS:
            self.page(403, "mail/layout.html", title="この名前では開けません")
        elif path == "/":
            self.show(200, list_page(self.mailbox))
        elif path == "/style.css":
            self.send(200, "text/css", STYLESHEET)
        elif path.startswith("/mails/") and message:
            self.show(200, message_page(message))
        else:
            self.page(404, "mail/layout.html", title="見つかりません", back=True)


def main() -> None:
    """Run the SMTP server and the pages until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="mail_sink", description=__doc__.split("\n")[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, default=8026)
    parser.add_argument("--web-port", type=int, default=8025)
    parser.add_argument("--directory", type=Path, default=Path("var/mail"))
    options = parser.parse_args()
    os.umask(0o077)
    mailbox = Mailbox(options.directory)
    smtp = Controller(
        mailbox, hostname=options.host, port=options.smtp_port, data_size_limit=LARGEST
    )
    viewer = type("BoundViewer", (Viewer,), {"mailbox": mailbox})
    pages = web.Server((options.host, options.web_port), viewer)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    smtp.start()
    try:
        pages.serve_forever()
    finally:
        smtp.stop()


if __name__ == "__main__":
    main()
