"""Questions to the identity service whose whole answer matters: status, headers, certificate.

They are sent as the client sends its own, so what is refused here is refused there.
"""

import re
import ssl
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import monotonic, time
from typing import Any, NamedTuple

import requests
from urllib3.exceptions import HTTPError

from myna_auth import transport
from myna_auth.claims import parse_object
from myna_auth.errors import ProviderUnavailable

DAY = 24 * 60 * 60
UNTRUSTED = re.compile(r"certificate verify failed: ([^(\"']+)")


class Reply(NamedTuple):
    """An HTTP answer; `sent` and `received` are our clock's seconds around its head.

    `certificate_days` are the days that its TLS certificate is still good; None for plain http.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    sent: float
    received: float
    certificate_days: int | None

    @property
    def status_line(self) -> str:
        return f"HTTP {self.status}" + (", a redirect" if 300 <= self.status < 400 else "")

    def document(self) -> dict[str, Any] | None:
        """Return the JSON object it consists of; None where it is anything else."""
        try:
            return parse_object(self.body, ProviderUnavailable("json"))
        except ProviderUnavailable:
            return None

    def clock_offset(self) -> float | None:
        """Return by how many seconds its clock is ahead of ours, at least; None if unknown.

        A Date has whole seconds and its answer was on the way: within that, the clocks agree.
        """
        try:
            date = parsedate_to_datetime(self.headers.get("Date", "")).timestamp()
            date += max(0, int(self.headers.get("Age", 0)))
        except (ValueError, OverflowError):
            return None
        if date > self.received:
            return date - self.received
        return min(0.0, date + 1 - self.sent)


class NoReply(Exception):
    """No answer that the client would take; the text says why in plain words."""


def request(url: str, *, seconds: float, form: dict[str, str] | None = None) -> Reply:
    """Return the answer, whatever its status; raise NoReply. Redirects are not followed."""
    deadline = monotonic() + seconds
    sent = time()
    try:
        with transport.send(url, deadline=deadline, form=form) as response:
            received = time()
            days = _certificate_days(response, received)
            body = response.raw.read(transport.MAXIMUM_BODY + 1, decode_content=False)
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise NoReply(_in_words(error, late=monotonic() >= deadline, seconds=seconds)) from None
    if len(body) > transport.MAXIMUM_BODY:
        raise NoReply(f"the answer is larger than {transport.MAXIMUM_BODY // 1024} KiB")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise NoReply("the answer is compressed though that was not asked for")
    return Reply(url, response.status_code, response.headers, body, sent, received, days)


def _certificate_days(response: requests.Response, now: float) -> int | None:
    sock = getattr(response.raw.connection, "sock", None)
    if not isinstance(sock, ssl.SSLSocket):
        return None
    certificate = sock.getpeercert() or {}
    return int((ssl.cert_time_to_seconds(str(certificate["notAfter"])) - now) // DAY)


def _in_words(error: Exception, *, late: bool, seconds: float) -> str:
    text = str(error)
    if untrusted := UNTRUSTED.search(text):
        return f"its TLS certificate is refused: {untrusted.group(1).strip()}"
    if isinstance(error, requests.exceptions.SSLError):
        return "there is no TLS connection"
    if late or isinstance(error, requests.Timeout):
        return f"no complete answer came within {seconds:g} seconds"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy named in this machine's environment does not let us through"
    if "Failed to resolve" in text:
        return "the host name is unknown (DNS)"
    if "Connection refused" in text:
        return "nothing listens there (connection refused)"
    if isinstance(error, ValueError):
        return "that is not a web address"
    return "the connection failed, or what came is not HTTP"
