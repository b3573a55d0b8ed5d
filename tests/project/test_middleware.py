"""The client's address is taken from a forwarded header only behind a trusted proxy."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client

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


@pytest.mark.django_db
def test_outside_the_staffs_networks_there_is_no_admin(settings):
    settings.STAFF_NETWORKS = ["192.0.2.0/24", "2001:db8:1::/48"]
    english = {"accept-language": "en"}
    for staff in ("192.0.2.7", "::ffff:192.0.2.7", "2001:db8:1::7"):
        answer = Client().get("/admin/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=staff)
        assert answer.url == "/admin/login/?next=/admin/"
    for stranger in ("203.0.113.5", "2001:db8:2::7", "unknown"):
        client = Client(REMOTE_ADDR=stranger, HTTP_X_FORWARDED_FOR="192.0.2.7", headers=english)
        unknown = client.get("/nothing/")
        for path in ("/admin/", "/admin", "/admin/login/", "/admin/logout/", "/admin/nothing/"):
            for answer in (client.get(path), client.post(path)):
                assert answer.status_code == 404, path
                assert answer.content == unknown.content
                assert answer.headers == unknown.headers
        assert client.get("/mylibrary/login/").status_code == 200
