"""The client's address is taken from a forwarded header only behind a trusted proxy."""

import pytest
from django.http import HttpRequest, HttpResponse

from oita_library.middleware import ClientAddressMiddleware


def seen_through(peer: str, **headers: str) -> dict[str, str]:
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": peer, **headers}
    ClientAddressMiddleware(lambda _: HttpResponse())(request)
    return request.META


@pytest.fixture(autouse=True)
def behind_proxies(settings):
    settings.TRUSTED_PROXY_CIDRS = ["10.0.0.0/8", "fd00::/8"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("fd00::1", "2001:db8::9", "2001:db8::9"),
        ("10.0.0.1", "garbage", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("203.0.113.5", "192.0.2.1", "203.0.113.5"),
        ("", "192.0.2.1", ""),
    ],
)
def test_remote_address(peer, forwarded, expected):
    assert seen_through(peer, HTTP_X_FORWARDED_FOR=forwarded)["REMOTE_ADDR"] == expected


def test_a_stranger_cannot_claim_https():
    assert "HTTP_X_FORWARDED_PROTO" not in seen_through(
        "203.0.113.5", HTTP_X_FORWARDED_PROTO="https"
    )


def test_a_trusted_proxy_can_say_https():
    meta = seen_through("10.0.0.1", HTTP_X_FORWARDED_PROTO="https")
    assert meta["HTTP_X_FORWARDED_PROTO"] == "https"
