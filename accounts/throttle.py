"""Which limits a try to log in falls into: those of its account, its browser, where it comes from.

A try is counted before the password is looked at, in its own transaction, so that parallel tries
count as well (`accounts.buckets`). A browser that has logged in to the account before ("device
cookie", OWASP) falls into no bucket that strangers could fill. Why each limit is as it is:
docs/adr/0021-limits-on-logins.md.
"""

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string

from accounts.buckets import Bucket, Limit, bucket, count, keyed, refuse, release, reserve
from accounts.validators import PATRON_PREFIX, fold_digits
from audit.enums import Event
from audit.services import record
from characters.text import without_unseen

DEVICE_COOKIE = "known_browser"
DEVICE_COOKIE_AGE = timedelta(days=400)
# Families share a phone, and everybody at a desk of the library its computer.
DEVICE_ACCOUNTS = {"patron": 6, "staff": 30}
_SALT = "accounts.throttle"
# So much of an account's name stands in the cookie: nobody without our key can choose it.
_SHORT = 16
# NW-7's start and stop characters (JIS X 0506) around a number.
_SCANNED = re.compile("[a-d]?([0-9]+)[a-d]?")


class Widths(NamedTuple):
    """Limits on where tries come from: an address, an IPv6 home, a network."""

    address: Limit
    home: Limit
    network: Limit


# Attributes of a request to log in: its `Admission`, and whether its sender is logged in already.
ADMISSION = "login_admission"
AGAIN = "login_again"

ACCOUNT = Limit(10, timedelta(minutes=10))
DEVICE = Limit(10, timedelta(minutes=1))
# All browsers that one account is known in: whoever once had its password may have many.
DEVICES = Limit(60, timedelta(minutes=1))
# Of one day's children few log in for the first time within minutes, and a success counts nothing.
EIGHT_DIGITS = Limit(10, timedelta(minutes=10))
# Phones share their carrier's addresses and readers share the library's computers: generous.
LOGINS = Widths(
    address=Limit(60, timedelta(seconds=5)),
    home=Limit(120, timedelta(seconds=4)),
    network=Limit(300, timedelta(seconds=2)),
)
# Every one costs a hash. Above this only networks go on that hardly anybody has failed from, and
# nobody above the ceiling: half a core.
OVERALL = Limit(600, timedelta(milliseconds=200))
QUIET_NETWORK = Limit(10, timedelta(minutes=1))
CEILING = Limit(600, timedelta(milliseconds=67))
# Of a million codes three are right: guessing one takes years.
CODES = Limit(5, timedelta(minutes=10))
# Where the birth date alone opens an account: a hundred failures an hour.
FIRST_LOGINS = Limit(100, timedelta(seconds=36))
# What strangers may have stored: every computer of the library at once, and a carrier's phones.
WRITES = Widths(
    address=Limit(300, timedelta(seconds=3)),
    home=Limit(400, timedelta(seconds=2)),
    network=Limit(1000, timedelta(seconds=1)),
)


class KnownBrowser(NamedTuple):
    """What the device cookie says: a random name, and accounts by kind, the last one first."""

    browser: str
    accounts: dict[str, list[str]]


@dataclass(frozen=True)
class Admission:
    """What became of a try: counted in `buckets`, or to wait.

    `is_birth_date_closed`: too many birth dates were tried, so that one opens nothing here now.
    """

    buckets: list[Bucket]
    wait: timedelta | None = None
    is_birth_date_closed: bool = False


class ThrottleBackend:
    """Stop `authenticate()` before any password is looked at when a limit is reached.

    Accepts every kind of credentials, and leaves the request its `Admission`, whose buckets are to
    be released after a success. A call without a request (no browser behind it) is not counted.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Count the try; raises PermissionDenied, which ends `authenticate()`, when throttled."""
        if request is None:
            return
        kind = "patron" if "patron_number" in credentials else "staff"
        identifier = credentials.get("patron_number") or credentials.get("username") or ""
        if kind == "staff" and identifier.startswith(PATRON_PREFIX):
            # A patron's login has one door, with the limits of the number.
            raise PermissionDenied
        if getattr(request, AGAIN, False) and request.user.is_authenticated:
            admission = admit_again(request.user.pk)
        else:
            password = credentials.get("password") or ""
            admission = admit(request, kind=kind, identifier=identifier, password=password)
        setattr(request, ADMISSION, admission)
        if admission.wait is not None:
            raise PermissionDenied


def admit(request: HttpRequest, *, kind: str, identifier: str, password: str) -> Admission:
    """Count a try to log in, or refuse it; see `buckets_for`."""
    buckets = buckets_for(request, kind=kind, identifier=identifier, password=password)
    network = bucket(f"{kind}-quiet", _networks(request)[-1][1], QUIET_NETWORK)
    first = bucket("first-logins", "", FIRST_LOGINS)
    instead = {_overall(kind): [network, bucket(f"{kind}-ceiling", "", CEILING)], first: []}
    full = count(buckets)
    closed = first in full
    if closed:
        record(Event.THROTTLED, reason=first.kind)
    if full and full.keys() <= instead.keys():
        buckets = [bucket for bucket in buckets if bucket not in full]
        buckets += [bucket for one in full for bucket in instead[one]]
        full = count(buckets)
    return Admission(buckets, refuse(full) if full else None, closed)


def admit_again(user_id: int) -> Admission:
    """Count a try of somebody who is logged in and types the own password once more."""
    buckets = [bucket("again", str(user_id), DEVICE)]
    return Admission(buckets, reserve(buckets))


def admit_code(request: HttpRequest, user: AbstractBaseUser) -> Admission:
    """Count a try of a second factor's code, after the right password.

    In a browser that its owner has used before, whoever else has the password is in nobody's way.
    """
    name = user.get_username()
    known = is_known(request, kind="staff", identifier=name)
    own = _known(request).browser if known else ""
    buckets = [bucket("second-factor", f"{user.pk}:{own}", CODES)]
    return Admission(buckets, reserve(buckets))


def buckets_for(
    request: HttpRequest, *, kind: str, identifier: str, password: str = ""
) -> list[Bucket]:
    """Return the buckets a try falls into, the account's (or this browser's) first.

    `kind` is "staff" or "patron"; `identifier` and `password` are what was typed.
    """
    account = _account_key(kind, identifier)
    names = {identifier, _without_start_and_stop(kind, _folded(identifier))}
    if any(is_known(request, kind=kind, identifier=name) for name in names):
        browser = _known(request).browser
        own = bucket("device", f"{browser}:{account}", DEVICE)
        return [own, bucket("devices", account, DEVICES)]
    networks = network_buckets(request, kind=kind)
    buckets = [Bucket(account, ACCOUNT, f"{kind}-account"), *networks, _overall(kind)]
    digits = fold_digits(password)
    if kind == "patron" and re.fullmatch("[0-9]{8}", digits):
        buckets.append(bucket("eight-digits", digits, EIGHT_DIGITS))
        if not settings.FIRST_LOGIN_CONFIRMATION:
            buckets.append(bucket("first-logins", "", FIRST_LOGINS))
    return buckets


def network_buckets(
    request: HttpRequest, *, kind: str, widths: Widths | None = None
) -> list[Bucket]:
    """Return the buckets of where a request comes from, the narrowest first."""
    limits = (widths or LOGINS)._asdict()
    networks = _networks(request)
    return [bucket(f"{kind}-{width}", name, limits[width]) for width, name in networks]


def visitor_buckets(
    request: HttpRequest, *, kind: str, widths: Widths | None = None
) -> list[Bucket]:
    """Return the buckets of somebody who names no account.

    In a browser that is known to a patron it is the patron's, so no neighbour can fill it. Not a
    member of staff's: one account may stand at every desk, where many are registered.
    """
    if accounts := _known(request).accounts.get("patron"):
        return [bucket(f"{kind}-known", accounts[0], DEVICES)]
    return network_buckets(request, kind=kind, widths=widths)


def reserve_write(request: HttpRequest) -> timedelta | None:
    """Count something that is about to be stored for a visitor, or return how long to wait."""
    if request.user.is_authenticated and not request.user.is_staff:
        return reserve([bucket("write-user", str(request.user.pk), DEVICES)])
    return reserve(visitor_buckets(request, kind="write", widths=WRITES))


def forgive(request: HttpRequest, *, kind: str, identifier: str) -> None:
    """Empty the account's bucket and this browser's own: the person has proved who they are."""
    release([Bucket(_account_key(kind, identifier), ACCOUNT)])
    release(buckets_for(request, kind=kind, identifier=identifier)[:1])


def is_known(request: HttpRequest, *, kind: str, identifier: str) -> bool:
    """Return whether this browser has logged in to the account before."""
    return _short_key(kind, identifier) in _known(request).accounts.get(kind, ())


def remember_browser(
    request: HttpRequest, response: HttpResponse, *, kind: str, identifier: str
) -> None:
    """Let this browser be known to the account it has just logged in to.

    The cookie says nothing about the account to anybody without our key.
    """
    browser, known = _known(request)
    account = _short_key(kind, identifier)
    others = [other for other in known.get(kind, ()) if other != account]
    accounts = known | {kind: [account, *others][: DEVICE_ACCOUNTS[kind]]}
    _store(response, KnownBrowser(browser or get_random_string(22), accounts))


def forget_patrons(request: HttpRequest, response: HttpResponse) -> None:
    """Let this browser be known to no patron any more: it is not the person's own.

    At a desk, staff stay known in it, or strangers could keep them out.
    """
    browser, known = _known(request)
    if staff := known.get("staff"):
        _store(response, KnownBrowser(browser, {"staff": staff}))
    else:
        response.delete_cookie(_cookie_name(), samesite="Lax")


def _store(response: HttpResponse, known: KnownBrowser) -> None:
    response.set_cookie(
        _cookie_name(),
        signing.dumps(list(known), salt=_SALT),
        max_age=DEVICE_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known(request: HttpRequest) -> KnownBrowser:
    try:
        browser, accounts = signing.loads(
            request.COOKIES.get(_cookie_name(), ""), salt=_SALT, max_age=DEVICE_COOKIE_AGE
        )
    except signing.BadSignature:
        return KnownBrowser("", {})
    if isinstance(accounts, list):
        # A cookie of the release before, whose names were longer; staff's and patrons' differ.
        accounts = {kind: [account[:_SHORT] for account in accounts] for kind in DEVICE_ACCOUNTS}
    return KnownBrowser(browser, accounts)


def _cookie_name() -> str:
    return f"__Host-{DEVICE_COOKIE}" if settings.HTTPS else DEVICE_COOKIE


def _overall(kind: str) -> Bucket:
    return bucket(f"{kind}-overall", "", OVERALL)


def _account_key(kind: str, identifier: str) -> str:
    # Every way to type or scan one identifier must fall into one bucket; that "A-1" and "A1", or
    # "A1B" and "1", share one does no harm.
    return keyed(kind, _without_start_and_stop(kind, _folded(identifier)))


def _short_key(kind: str, identifier: str) -> str:
    # Here two accounts must not be one: a browser that knows "1" does not know "A1B".
    return keyed(kind, _folded(identifier))[:_SHORT]


def _folded(identifier: str) -> str:
    folded = unicodedata.normalize("NFKC", without_unseen(identifier)).casefold()
    return "".join(character for character in folded if character.isalnum())


def _without_start_and_stop(kind: str, folded: str) -> str:
    """Return a patron's number without the letters that a reader may send around it."""
    scanned = _SCANNED.fullmatch(folded) if kind == "patron" else None
    return scanned[1] if scanned else folded


def _networks(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the names of `Widths` that an address has, with its networks, the narrowest first.

    One customer gets at least a /64 of IPv6, a home up to a /56, and a firm or a tunnel a /48.
    """
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return [("address", "")]
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    prefixes = {"address": 32, "network": 24}
    if address.version == 6:
        prefixes = {"address": 64, "home": 56, "network": 48}
    return [
        (width, str(ipaddress.ip_network((address, prefix), strict=False)))
        for width, prefix in prefixes.items()
    ]
