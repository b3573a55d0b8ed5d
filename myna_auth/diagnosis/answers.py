"""What the service's answers tell besides their content: presence, certificates, the clock."""

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from myna_auth.diagnosis.findings import REACH, Ask, Finding, note, ok, problem, status
from myna_auth.diagnosis.http import NoReply, Reply
from myna_auth.provider import Provider

CLOCK_OK_SECONDS = 5
CLOCK_NOTE_SECONDS = 60
CERTIFICATE_NOTE_DAYS = 14
DAY = 24 * 60 * 60
NOT_THERE = (404, 410)


def endpoints(provider: Provider, ask: Ask) -> Iterator[Finding]:
    """Ask without saying anything: a refusal is what a sound endpoint gives."""
    for name in ("authorization_endpoint", "userinfo_endpoint"):
        url, setting = getattr(provider, name), f"MYNA_{name.upper()}"
        try:
            reply = ask("GET", url)
        except NoReply as reason:
            yield problem(f"{setting}: {url} cannot be used: {reason}. {REACH}")
            continue
        if reply.status in NOT_THERE:
            yield problem(f"{setting}: nothing is at {url} ({status(reply)}). Correct it.")
        elif reply.status >= 500:
            yield problem(
                f"{setting}: {url} is out of order ({status(reply)}). "
                "Try later, then ask the service."
            )
        elif name == "userinfo_endpoint" and reply.status < 400:
            yield problem(
                f"{setting}: {url} does not ask for a token ({status(reply)}), so it is not "
                "UserInfo. Correct it."
            )
        else:
            yield ok(f"{setting}: there ({status(reply)} to an empty request).")


def certificates(replies: Mapping[str, Reply]) -> Iterator[Finding]:
    ends = {
        urlsplit(url).netloc: (reply.certificate_ends, reply.received)
        for url, reply in replies.items()
    }
    for host, (end, now) in ends.items():
        if end is None:
            continue
        days = int((end - now) // DAY)
        if days < CERTIFICATE_NOTE_DAYS:
            yield note(
                f"TLS: the certificate of {host} ends in {days} days, and then nobody can be "
                "identified. Ask the service when it is renewed."
            )
        else:
            yield ok(f"TLS: the certificate of {host} is good for {days} days.")


def clock(replies: Mapping[str, Reply]) -> Iterator[Finding]:
    offsets = [offset for reply in replies.values() if (offset := _offset(reply)) is not None]
    if not replies:
        return
    if not offsets:
        yield note("Clock: no answer of the service had a date; look at this machine's NTP.")
        return
    offset = min(offsets, key=abs)
    side = "behind" if offset > 0 else "ahead of"
    text = f"Clock: ours is {abs(offset):.0f} seconds {side} the service's."
    if abs(offset) <= CLOCK_OK_SECONDS:
        yield ok(f"Clock: within {CLOCK_OK_SECONDS} seconds of the service's.")
    elif abs(offset) <= CLOCK_NOTE_SECONDS:
        yield note(f"{text} It still works; see that NTP runs (`timedatectl`).")
    else:
        yield problem(
            f"{text} Assertions and ID tokens live for a minute or so and are refused. "
            "Let NTP set the clock (`timedatectl`)."
        )


def _offset(reply: Reply) -> float | None:
    """Return by how many seconds the service's clock is ahead of ours, at least; None if unknown.

    A Date has whole seconds and its answer was on the way: within that, the clocks agree.
    """
    try:
        date = parsedate_to_datetime(reply.headers.get("Date", "")).timestamp()
        date += max(0, int(reply.headers.get("Age", 0)))
    except (ValueError, OverflowError):
        return None
    if date > reply.received:
        return date - reply.received
    return min(0.0, date + 1 - reply.sent)
