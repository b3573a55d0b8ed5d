"""Which connections to other machines would be readable on the way.

Encryption can be declined on purpose, in the address itself: `sslmode=disable` for PostgreSQL,
`tls=off` for mail. What is only left out, or may fall back (libpq's `prefer`), is a mistake.
"""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

DECIDED = ("disable", "require", "verify-ca", "verify-full")


def clear_text_problems(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for every address of the settings that would be used in the clear."""
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
        if _is_elsewhere(host) and database.get("sslmode") not in DECIDED:
            yield (
                f"{name} would be used in the clear: add ?sslmode=verify-full (or require), or "
                "?sslmode=disable where the network between is private."
            )
    mail = urlsplit(settings["EMAIL_URL"])
    on_purpose = parse_qs(mail.query).get("tls") == ["off"]
    if mail.scheme == "smtp" and _is_elsewhere(mail.hostname or "") and not on_purpose:
        yield (
            "EMAIL_URL would be used in the clear: use smtp+tls:// or smtp+ssl://, or add ?tls=off "
            "where the network between is private."
        )


def _is_elsewhere(hosts: str) -> bool:
    """Return whether one of libpq's hosts, comma-separated, is another machine; "" is a socket."""
    return not all(map(_is_here, hosts.split(",")))


def _is_here(host: str) -> bool:
    if host in ("", "localhost") or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
