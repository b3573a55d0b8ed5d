"""A real SMTP server for tests, which can be told to misbehave."""

import asyncio
import socket
import threading
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class MailSink:
    """An SMTP server on 127.0.0.1 that keeps what it gets.

    `answers` maps a command to what it does instead of accepting: a reply line, "hang" (answer
    nothing), "wait" (accept once `gate` is set) or "drop" (keep the mail, then cut the line without
    a reply).
    """

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.envelopes: list[Envelope] = []
        self.seen = 0
        self.gate = threading.Event()
        self.port = _free_port()
        self._controller: Controller | None = None

    def up(self) -> None:
        """Start to listen."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, decode_data=False)
        self._controller.start()

    def down(self) -> None:
        """Stop to listen, cutting open connections."""
        if self._controller:
            self._controller.stop()
            self._controller = None

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails received, parsed."""
        parser = BytesParser(policy=default)
        return [parser.parsebytes(envelope.content) for envelope in self.envelopes]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer RCPT TO."""
        reply = await self._answer("RCPT", server)
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail and answer the end of DATA."""
        self.seen += 1
        if self.answers.get("DATA", "drop") in ("drop", "wait"):
            self.envelopes.append(envelope)
        return await self._answer("DATA", server)

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Answer QUIT."""
        reply = await self._answer("QUIT", server)
        return "221 Bye" if reply.startswith("250") else reply

    async def _answer(self, command: str, server: SMTP) -> str:
        answer = self.answers.get(command, "250 OK")
        if answer == "wait":
            while not self.gate.is_set():
                await asyncio.sleep(0.02)
            return "250 OK"
        if answer == "hang":
            await asyncio.sleep(60)
        if answer == "drop":
            server.transport.abort()
        return answer


def text_of(mail: EmailMessage) -> str:
    """Return the text of a mail, the first of its two parts, as it was written."""
    text, _ = mail.iter_parts()
    assert text.get_content_type() == "text/plain"
    return text.get_content().replace("\r\n", "\n")


def html_of(mail: EmailMessage) -> str:
    """Return the HTML of a mail, the second of its two parts."""
    _, html = mail.iter_parts()
    assert html.get_content_type() == "text/html"
    return html.get_content()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
