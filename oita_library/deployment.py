"""What a production deployment must set, and the demo's own secret.

`refuse_weak_production` is called at the end of the settings: a process that would run with a
missing or weak setting does not start, and says every one that is wrong at once.
"""

import ipaddress
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from characters.text import is_visible

TEST_ISSUER_MARKS = ("sb-", "localhost", "127.0.0.1", "[::1]", "simulator")
# Prefix lengths by version; the widest networks of content delivery services are narrower.
WIDEST_PUBLIC = {4: 8, 6: 24}
# Mapped addresses (RFC 4291), and those of NAT64 (RFC 6052).
IPV4_IN_IPV6 = (ipaddress.ip_network("::ffff:0:0/96"), ipaddress.ip_network("64:ff9b::/96"))
TLS_DECIDED = ("disable", "require", "verify-ca", "verify-full")
# The first parts of public addresses, which the admin's would hide.
PUBLIC_PATHS = (
    *("accessibility", "catalog", "counter", "errors", "health", "isbn", "language", "manual"),
    *("mylibrary", "myna", "news", "oai", "privacy", "registration", "sru", "static"),
)
ADMIN_PATH = re.compile(f"(?!(?:{'|'.join(PUBLIC_PATHS)})/)[a-z0-9][a-z0-9-]*/")
MINIMUM_SECRET_LENGTH = 50
MINIMUM_SECRET_CHARACTERS = 16


def demo_secret_key(base_dir: Path) -> str:
    """Return the demo's SECRET_KEY, made once and kept in `var/`: sessions survive restarts."""
    path = base_dir / "var" / "secret-key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileExistsError):  # another program of the demo was faster
            path.touch(mode=0o600, exist_ok=False)
            path.write_text(secrets.token_urlsafe(64))
    return path.read_text()


def refuse_weak_production(settings: Mapping[str, Any]) -> None:
    """Raise ImproperlyConfigured naming every missing or weak setting of production."""
    if settings["DEPLOYMENT"] not in ("demo", "production"):
        raise ImproperlyConfigured("DEPLOYMENT must be 'demo' or 'production'.")
    if settings["DEMO"]:
        return
    if problems := list(_problems(settings)):
        raise ImproperlyConfigured(
            "DEPLOYMENT=production cannot start:\n" + "\n".join(f"  - {line}" for line in problems)
        )


def _problems(settings: Mapping[str, Any]) -> Iterator[str]:
    secret = settings["SECRET_KEY"]
    if not secret:
        yield "SECRET_KEY is missing."
    elif (
        len(secret) < MINIMUM_SECRET_LENGTH
        or len(set(secret)) < MINIMUM_SECRET_CHARACTERS
        or secret.startswith("django-insecure-")
    ):
        yield f"SECRET_KEY is weak: at least {MINIMUM_SECRET_LENGTH} random characters."
    if settings["DEBUG"]:
        yield "DEBUG must be off."
    if not settings["PUBLIC_BASE_URL"]:
        yield "PUBLIC_BASE_URL is missing (the https address residents see)."
    elif not settings["HTTPS"]:
        yield "PUBLIC_BASE_URL must start with https://."
    if not settings["ALLOWED_HOSTS"] or "*" in settings["ALLOWED_HOSTS"]:
        yield "ALLOWED_HOSTS must name the site's hosts."
    if not settings["env"]("DATABASE_URL", default=""):
        yield "DATABASE_URL is missing."
    if not settings["env"]("EMAIL_URL", default=""):
        yield "EMAIL_URL is missing (for example smtp+tls://user:password@mail.example:587)."
    for name in ("DEFAULT_FROM_EMAIL", "MYNA_CLIENT_ID", "MYNA_CLIENT_PRIVATE_KEY_FILE"):
        if not settings[name]:
            yield f"{name} is missing."
    yield from _identity_problems(settings)
    if not is_visible(settings["LIBRARY_PHONE"]):
        yield "LIBRARY_PHONE is missing (pages and mails send people to it)."
    ebooks = settings["EBOOK_LIBRARY_URL"]
    if ebooks and urlsplit(ebooks).scheme != "https":
        yield "EBOOK_LIBRARY_URL must start with https://."
    yield from clear_text_problems(settings)
    yield from _proxy_problems(settings["TRUSTED_PROXY_CIDRS"])
    yield from _admin_problems(settings["ADMIN_PATH"], settings["STAFF_NETWORKS"])


def _admin_problems(path: str, networks: list[str]) -> Iterator[str]:
    if not ADMIN_PATH.fullmatch(path):
        yield "ADMIN_PATH: small letters, digits and hyphens, and no address of the site itself."
    if not networks:
        yield "STAFF_NETWORKS is missing (the staff's networks, or 'any' on purpose)."
    elif networks == ["any"]:
        return
    for cidr in networks:
        try:
            too_wide = _is_half_the_world(ipaddress.ip_network(cidr))
        except ValueError:
            yield f"STAFF_NETWORKS: {cidr!r} is not a network."
            continue
        if too_wide:
            yield f"STAFF_NETWORKS: {cidr} is nearly everybody. Say 'any' if that is meant."


def _proxy_problems(cidrs: list[str]) -> Iterator[str]:
    for cidr in cidrs:
        try:
            too_wide = _is_half_the_world(ipaddress.ip_network(cidr))
        except ValueError:
            yield f"TRUSTED_PROXY_CIDRS: {cidr!r} is not a network."
            continue
        if too_wide:
            yield (
                f"TRUSTED_PROXY_CIDRS: {cidr} is so wide that anybody could choose the address "
                "they seem to come from. Name the proxies' own networks."
            )


def _is_half_the_world(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    """Return whether strangers are in it: no proxy has a public network as wide as these.

    All of IPv4 is also a corner of IPv6, twice.
    """
    for whole in IPV4_IN_IPV6:
        if network.version == 6 and network.overlaps(whole):
            return network.prefixlen < whole.prefixlen + WIDEST_PUBLIC[4]
    return not network.is_private and network.prefixlen < WIDEST_PUBLIC[network.version]


def _identity_problems(settings: Mapping[str, Any]) -> Iterator[str]:
    if not settings["MYNA_ISSUER"]:
        yield "MYNA_ISSUER is missing."
    elif not settings["MYNA_ALLOW_TEST_ISSUER"]:
        host = urlsplit(settings["MYNA_ISSUER"]).netloc
        if any(mark in host for mark in TEST_ISSUER_MARKS):
            yield (
                "MYNA_ISSUER is a simulator or sandbox: set MYNA_ALLOW_TEST_ISSUER=true "
                "only for a rehearsal."
            )
        for name in ("AUTHORIZATION_ENDPOINT", "TOKEN_ENDPOINT", "USERINFO_ENDPOINT", "JWKS_URI"):
            if urlsplit(settings[f"MYNA_{name}"]).scheme != "https":
                yield f"MYNA_{name} must start with https://."


def clear_text_problems(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for every address of the settings that would be used in the clear.

    Encryption can be declined on purpose, in the address itself: `sslmode=disable` for PostgreSQL,
    `tls=off` for mail. What is only left out, or may fall back (libpq's `prefer`), is a mistake.
    """
    default = settings["DATABASES"]["default"]
    options = default.get("OPTIONS", {})
    databases = {"DATABASE_URL": options | {"host": default["HOST"] or options.get("host", "")}}
    if settings["DATABASE_DIRECT_URL"]:
        try:
            databases["DATABASE_DIRECT_URL"] = conninfo_to_dict(settings["DATABASE_DIRECT_URL"])
        except ProgrammingError:
            yield "DATABASE_DIRECT_URL is not the address of a database."
    for name, database in databases.items():
        host = str(database.get("hostaddr") or database.get("host") or "")
        if not all(map(_is_here, host.split(","))) and database.get("sslmode") not in TLS_DECIDED:
            yield (
                f"{name} would be used in the clear: add ?sslmode=verify-full (or require), or "
                "?sslmode=disable where the network between is private."
            )
    mail = urlsplit(settings["EMAIL_URL"])
    on_purpose = parse_qs(mail.query).get("tls") == ["off"]
    if mail.scheme == "smtp" and not _is_here(mail.hostname or "") and not on_purpose:
        yield (
            "EMAIL_URL would be used in the clear: use smtp+tls:// or smtp+ssl://, or add ?tls=off "
            "where the network between is private."
        )


def _is_here(host: str) -> bool:
    """Return whether one of libpq's hosts is this machine; "" is a socket."""
    if host in ("", "localhost") or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
