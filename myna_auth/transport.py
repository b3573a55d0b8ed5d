"""Calls to the identity service: bounded in time and size, never redirected, kept alive.

Import it lazily: requests stays out of web processes until somebody comes back from the service.
"""

import io
import os
import socket
import threading
from functools import lru_cache
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from typing import Any, ClassVar

import requests
from django.db import connection
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
)

from myna_auth.errors import NoAnswer, ProviderUnavailable
from outages.deadline import DeadlineReader, connect

MAXIMUM_BODY = 64 * 1024
CONNECT_SECONDS = 3.0
IDLE_CONNECTIONS = 4
HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "oita-library",
}

_call = threading.local()


class _DeadlineResponse(HTTPResponse):
    """http.client's response, headers included, read against the deadline of this thread's call."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(DeadlineReader(self.fp.detach(), sock, _call.deadline))


class _DeadlineConnection(HTTPConnection):
    """Finds the host, connects and reads before the deadline of this thread's call.

    urllib3 would give each of the host's addresses the whole time, and the resolver any.
    """

    response_class = _DeadlineResponse

    def _new_conn(self) -> socket.socket:
        try:
            return connect(
                self._dns_host.strip("[]"),
                self.port,
                deadline=_call.deadline,
                step_seconds=CONNECT_SECONDS,
                options=self.socket_options or (),
            )
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "not connected in time") from error
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error


class _TLSConnection(_DeadlineConnection, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _DeadlineConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _Adapter(HTTPAdapter):
    pools: ClassVar = {"http": _PlainPool, "https": _TLSPool}

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self.pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self.pools
        return manager


@lru_cache(maxsize=8)
def _session(origin: str, pid: int) -> requests.Session:
    """One session per origin and process; the environment's proxy is read once, netrc never."""
    session = requests.Session()
    session.trust_env = False
    session.proxies.update(get_environ_proxies(origin))
    session.headers.clear()
    # What the service sets for one person must not go out with the next one's call.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _Adapter(pool_connections=IDLE_CONNECTIONS, pool_maxsize=IDLE_CONNECTIONS)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def call(name: str, url: str, *, deadline: float, **sent: Any) -> bytes:
    """Return the body of a 200 answer, at most MAXIMUM_BODY bytes, before `deadline`.

    `deadline` is a `time.monotonic()` moment for the whole call. Raises ProviderUnavailable with a
    reason that starts with `name`, NoAnswer when no HTTP answer came.
    """
    if not connection.in_atomic_block:
        # Back to the pool, so that a provider that hangs cannot hold it.
        connection.close()
    try:
        with send(url, deadline=deadline, **sent) as response:
            return _body(name, response)
    except requests.Timeout:
        raise NoAnswer(f"{name}_timeout") from None
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        # A timeout in the middle of a body arrives wrapped in another class.
        reason = "timeout" if monotonic() >= deadline else "connection"
        raise NoAnswer(f"{name}_{reason}") from error


def send(
    url: str,
    *,
    deadline: float,
    headers: dict[str, str] | None = None,
    form: dict[str, str] | None = None,
) -> requests.Response:
    """Return an answer of any status, its body to be read before `deadline`; a `form` is posted."""
    remaining = deadline - monotonic()
    if remaining <= 0:
        raise requests.Timeout
    _call.deadline = deadline
    origin = "/".join(url.split("/", 3)[:3])
    return _session(origin, os.getpid()).request(
        "POST" if form else "GET",
        url,
        data=form,
        headers=HEADERS | (headers or {}),
        timeout=remaining,
        allow_redirects=False,
        stream=True,
    )


def _body(name: str, response: requests.Response) -> bytes:
    if response.is_redirect or 300 <= response.status_code < 400:
        raise ProviderUnavailable(f"{name}_redirect")
    if response.status_code != 200:
        raise ProviderUnavailable(f"{name}_{response.status_code}")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ProviderUnavailable(f"{name}_encoding")
    body = bytearray()
    while chunk := response.raw.read(MAXIMUM_BODY + 1 - len(body), decode_content=False):
        body += chunk
        if len(body) > MAXIMUM_BODY:
            raise ProviderUnavailable(f"{name}_huge")
    return bytes(body)
