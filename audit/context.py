"""Who is at it, and from where, for code that is handed no request."""

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from audit.enums import ActorKind

_SALT = "audit.network"
_request: ContextVar[HttpRequest | None] = ContextVar("audit_request", default=None)
_process: ContextVar[ActorKind] = ContextVar("audit_process", default=ActorKind.COMMAND)


class Actor(NamedTuple):
    """Whoever does something: `user_id` is None where nobody is logged in."""

    kind: ActorKind
    user_id: int | None


@contextmanager
def answering(request: HttpRequest) -> Iterator[None]:
    """What is recorded now is done by whoever sent this request."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def run_as_worker() -> None:
    """What this process, or this asynchronous task, records from now on is done by the worker."""
    _process.set(ActorKind.WORKER)


def current_actor(user: AbstractBaseUser | None = None) -> Actor:
    """Return who is at it: the given user, else whoever sent the request, else this process."""
    request = _request.get()
    if user is None:
        if request is None:
            return Actor(_process.get(), None)
        user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return Actor(ActorKind.NOBODY, None)
    is_staff = getattr(user, "is_staff", False)
    return Actor(ActorKind.STAFF if is_staff else ActorKind.PATRON, user.pk)


def current_network() -> str:
    """Return the code of the network that the request comes from, "" where there is no request."""
    request = _request.get()
    return network_code(request.META.get("REMOTE_ADDR", "")) if request else ""


def network_code(address: str) -> str:
    """Return the keyed hash of an address's network (IPv4 /24, IPv6 /48), "" for no address.

    One network has one code as long as SECRET_KEY stays; without the key nobody can tell which.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    prefix = 24 if parsed.version == 4 else 48
    network = ipaddress.ip_network((parsed.packed, prefix), strict=False)
    return salted_hmac(_SALT, str(network), algorithm="sha256").hexdigest()[:32]
