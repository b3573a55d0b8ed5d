"""How often a password may be tried: per account, per address, per birth date, and over all.

Each limit is a leaky bucket whose whole state is one time: `free_at`, when all of it has leaked
out. A try adds one interval to it and is refused when that would overfill the bucket; a refused
try adds nothing to any of them, so nobody can push a wait further away. A try is counted before the
password is looked at, in its own transaction, so that parallel tries count as well.

A browser that has logged in to the account before ("device cookie", OWASP) has a bucket of its
own, so a stranger's tries do not keep the person out there.

Patrons' first passwords are birth dates. Whoever tries one date with many numbers, each once, stays
within the limit of every account: so eight digits have a bucket of their own, whichever number they
are tried with. It is named by an HMAC; the digits are neither stored nor logged.
"""

import ipaddress
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import get_random_string, salted_hmac

from accounts import eight_digits
from accounts.models import LoginBucket

DEVICE_COOKIE = "known_browser"
DEVICE_COOKIE_AGE = timedelta(days=400)
DEVICE_ACCOUNTS = 6
_SALT = "accounts.throttle"


@dataclass(frozen=True)
class Limit:
    """`burst` tries at once, and after those one more per `interval`."""

    burst: int
    interval: timedelta


ACCOUNT = Limit(10, timedelta(minutes=10))
DEVICE = Limit(10, timedelta(minutes=1))
# Of one day's children few log in for the first time within minutes, and a success counts nothing.
EIGHT_DIGITS = Limit(10, timedelta(minutes=10))
# Phones share their carrier's addresses and readers share the library's computers: generous.
ADDRESS = Limit(60, timedelta(seconds=5))
# A home may have 256 networks of its own (/56), and 256 phones of a carrier may be in one /56.
WIDE_NETWORK = Limit(240, timedelta(seconds=1))
OVERALL = Limit(600, timedelta(milliseconds=200))


@dataclass(frozen=True, order=True)
class Bucket:
    """One limit on one thing, named by an HMAC."""

    key: str
    limit: Limit


def bucket(kind: str, value: str, limit: Limit) -> Bucket:
    """Return the bucket of one thing."""
    return Bucket(_hmac(kind, value), limit)


def network_bucket(request: HttpRequest, kind: str, limit: Limit) -> Bucket:
    """Return the bucket of the network that a request comes from."""
    return bucket(kind, _network(request.META.get("REMOTE_ADDR", "")), limit)


def buckets_for(
    request: HttpRequest, *, kind: str, identifier: str, password: str = ""
) -> list[Bucket]:
    """Return the buckets a try falls into, the account's (or this browser's) first.

    `kind` keeps staff and patrons apart ("staff", "patron"); `identifier` and `password` are what
    was typed.
    """
    account = _account_key(kind, identifier)
    addresses = address_buckets(request)
    browser, accounts = _known(request)
    if account in accounts:
        return [bucket("device", f"{browser}:{account}", DEVICE), *addresses]
    buckets = [Bucket(account, ACCOUNT), *addresses, bucket("overall", "", OVERALL)]
    digits = eight_digits.fold(password)
    if kind == "patron" and eight_digits.has_shape(digits):
        buckets.append(bucket("eight-digits", digits, EIGHT_DIGITS))
    return buckets


def address_buckets(request: HttpRequest) -> list[Bucket]:
    """Return the buckets of where a try comes from: all there is while no account is named."""
    narrow = network_bucket(request, "address", ADDRESS)
    wide = _network(request.META.get("REMOTE_ADDR", ""), prefix=56)
    if ":" not in wide:
        return [narrow]
    return [narrow, bucket("wide-network", wide, WIDE_NETWORK)]


def reserve(buckets: Sequence[Bucket]) -> timedelta | None:
    """Count one try in every bucket; if one of them is full, in none, and return how long to wait.

    Must not run inside a transaction, whose rollback would take the count back.
    """
    # Always in the same order, so that two tries cannot wait for each other's rows.
    ordered = sorted(buckets, key=lambda bucket: bucket.key)
    rows = ", ".join(["(%s, clock_timestamp() + %s, %s, %s)"] * len(ordered))
    values = [
        value
        for bucket in ordered
        for value in (
            bucket.key,
            bucket.limit.interval,
            bucket.limit.interval,
            bucket.limit.interval * bucket.limit.burst,
        )
    ]
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_RESERVE.format(rows=rows), values)
        admitted = {key for (key,) in cursor.fetchall()}
        full = {bucket.key: bucket.limit for bucket in ordered if bucket.key not in admitted}
        if not full:
            return None
        # One full bucket must not fill the others: an address that goes on would close the login.
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute(_WAITS, [list(full)])
        waits = [
            used + full[key].interval * (1 - full[key].burst) for key, used in cursor.fetchall()
        ]
    return max([*waits, timedelta(seconds=1)])


# A row that is full is locked and left as it is, and not returned.
_RESERVE = """
WITH try (key, fresh, one, room) AS (VALUES {rows})
INSERT INTO accounts_loginbucket AS bucket (key, free_at)
SELECT key, fresh FROM try
ON CONFLICT (key) DO UPDATE
SET free_at = GREATEST(bucket.free_at, clock_timestamp())
    + (SELECT one FROM try WHERE try.key = bucket.key)
WHERE GREATEST(bucket.free_at, clock_timestamp())
    + (SELECT one - room FROM try WHERE try.key = bucket.key) <= clock_timestamp()
RETURNING key
"""

_WAITS = """
SELECT key, free_at - clock_timestamp() FROM accounts_loginbucket WHERE key = ANY(%s)
"""


def release(buckets: Sequence[Bucket]) -> None:
    """Empty the account's bucket after a success, and give the others this try back."""
    account, *others = buckets
    _release(emptied=account.key, back=others)


def give_back(buckets: Sequence[Bucket]) -> None:
    """Give every bucket this try back."""
    _release(emptied="", back=buckets)


def forgive(request: HttpRequest, *, kind: str, identifier: str) -> None:
    """Empty the account's bucket and this browser's own: the person has proved who they are."""
    release([Bucket(_account_key(kind, identifier), ACCOUNT)])
    release(buckets_for(request, kind=kind, identifier=identifier)[:1])


def _release(*, emptied: str, back: Sequence[Bucket]) -> None:
    intervals = {bucket.key: bucket.limit.interval for bucket in back}
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [list(intervals), list(intervals.values()), emptied])


# The rows are locked in the order in which `reserve` takes them.
_RELEASE = """
WITH back AS (SELECT * FROM unnest(%s::text[], %s::interval[]) AS back (key, one)),
locked AS (
    SELECT key FROM accounts_loginbucket
    WHERE key = %s OR key IN (SELECT key FROM back) ORDER BY key FOR UPDATE
)
UPDATE accounts_loginbucket AS bucket
SET free_at = COALESCE(free_at - (SELECT one FROM back WHERE back.key = bucket.key), 'epoch')
FROM locked WHERE locked.key = bucket.key
"""


def delete_empty_buckets() -> int:
    """Delete the rows that limit nothing any more; return how many."""
    return LoginBucket.objects.filter(free_at__lt=timezone.now()).delete()[0]


def remember_browser(
    request: HttpRequest, response: HttpResponse, *, kind: str, identifier: str
) -> None:
    """Let this browser be known to the account it has just logged in to.

    The cookie says nothing about the account to anybody without our key; it holds the last
    DEVICE_ACCOUNTS accounts, for families that share a phone.
    """
    browser, accounts = _known(request)
    account = _account_key(kind, identifier)
    accounts = [account, *(known for known in accounts if known != account)][:DEVICE_ACCOUNTS]
    response.set_cookie(
        _cookie_name(),
        signing.dumps([browser or get_random_string(22), accounts], salt=_SALT),
        max_age=DEVICE_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def is_known_browser(request: HttpRequest, *, kind: str, identifier: str) -> bool:
    """Tell whether this browser is known to an account: has logged in to it, or registered it."""
    return _account_key(kind, identifier) in _known(request)[1]


def forget_browser(response: HttpResponse) -> None:
    """Let this browser be known to no account any more: it is not the person's own."""
    response.delete_cookie(_cookie_name(), samesite="Lax")


def _known(request: HttpRequest) -> tuple[str, list[str]]:
    try:
        browser, accounts = signing.loads(
            request.COOKIES.get(_cookie_name(), ""), salt=_SALT, max_age=DEVICE_COOKIE_AGE
        )
    except signing.BadSignature:
        return "", []
    return browser, accounts


def _cookie_name() -> str:
    return f"__Host-{DEVICE_COOKIE}" if settings.HTTPS else DEVICE_COOKIE


def _account_key(kind: str, identifier: str) -> str:
    # Every way to type one identifier must fall into one bucket; that "A-1" and "A1" share one
    # does no harm.
    folded = unicodedata.normalize("NFKC", identifier).casefold()
    return _hmac(kind, "".join(character for character in folded if character.isalnum()))


def _hmac(kind: str, value: str) -> str:
    return salted_hmac(_SALT, f"{kind}:{value}", algorithm="sha256").hexdigest()


def _network(address: str, *, prefix: int = 64) -> str:
    """An IPv4 address, or the network of an IPv6 address: what one customer gets, at least /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, prefix), strict=False))
