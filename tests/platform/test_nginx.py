"""Debian's nginx with the deployed configuration, in front of a real gunicorn of the site."""

import json
import re
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest
import requests
from csp.utils import build_policy

from bench.front import NOTICE as NO_NGINX
from bench.front import ROOT, configure, front, nginx, site
from bench.slow_clients import HEAD, slow_clients
from bench.stack import free_ports
from oita_library.middleware import same_for_all
from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.browser import is_required
from tests.waiting import eventually

# In CI it must be there: without it, these fail.
pytestmark = pytest.mark.skipif(nginx() is None and not is_required(), reason=NO_NGINX)
ELSEWHERE = "127.0.0.2"
BROKEN = "この内容は受け付けられませんでした"
BUSY = "ただいまアクセスが集中しています"
AWAY = "ただいま混み合っているか、点検中です"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """nginx and the site behind it."""
    folder = tmp_path_factory.mktemp("front")
    (https,) = free_ports(1)
    with (
        site(folder, https) as port,
        front(folder, https=https, site_port=port) as served,
    ):
        yield served


@pytest.fixture
def alone(tmp_path):
    """nginx before a site that is not there."""
    https, nobody = free_ports(2)
    with front(tmp_path, https=https, site_port=nobody) as served:
        yield served


@pytest.fixture
def policy(settings):
    """The headers that everything must have, each once."""
    settings.SECURE_HSTS_SECONDS = 31536000
    return dict(same_for_all()) | {"Content-Security-Policy": build_policy()}


def differences(answer, policy) -> list[str]:
    """Return the names of headers that are missing, doubled or different."""
    return [
        name
        for name, value in policy.items()
        if [_in_order(given) for given in answer.headers.get_all(name, [])] != [_in_order(value)]
    ]


def _in_order(value: str) -> list[str]:
    return sorted(part.strip() for part in value.split(";"))


def test_the_configuration_is_valid_and_nothing_in_it_is_doubtful(tmp_path):
    http, https, port = free_ports(3)
    path = configure(tmp_path, http=http, https=https, site_port=port)
    tested = subprocess.run(
        [nginx(), "-t", "-e", "stderr", "-c", str(path)], capture_output=True, text=True
    )
    assert tested.returncode == 0, tested.stderr
    assert "[" not in tested.stderr, tested.stderr


def test_pages_and_files_have_the_sites_headers_once(running, policy):
    page = running.ask("/manual/")
    named = re.search(r"/static/css/site\.[0-9a-f]{12}\.css", page.text).group()
    answers = {path: running.ask(path) for path in (named, "/static/css/site.css", "/static/none")}
    assert {path: differences(answer, policy) for path, answer in answers.items()} == {
        path: [] for path in answers
    }
    assert differences(page, policy) == []


def test_files_come_from_the_disk_and_are_kept_as_long_as_their_names(running):
    page = running.ask("/manual/")
    named = re.search(r"/static/css/site\.[0-9a-f]{12}\.css", page.text).group()
    for_ever, plain = running.ask(named), running.ask("/static/css/site.css")
    assert [answer.status for answer in (page, for_ever, plain)] == [200] * 3
    assert "X-Seen" in page.headers
    assert "X-Seen" not in for_ever.headers
    assert for_ever.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert plain.headers["Cache-Control"] == "max-age=60, public"
    packed = requests.get(
        f"https://localhost:{running.https}{named}",
        headers={"Accept-Encoding": "gzip"},
        verify=str(running.certificate),
        timeout=30,
    )
    assert packed.headers["Content-Encoding"] == "gzip"
    for path in ("/static/none.css", "/static/css/"):
        assert "お探しのページがありません" in running.ask(path).text


def test_nobody_chooses_the_address_they_seem_to_come_from(running):
    for claimed in ("203.0.113.9", "127.0.0.1", "203.0.113.9, 127.0.0.1"):
        answer = running.ask(
            "/", source=ELSEWHERE, X_Forwarded_For=claimed, X_Forwarded_Proto="http"
        )
        assert (answer.status, answer.headers["X-Seen"]) == (200, ELSEWHERE)


def test_plain_http_is_sent_on_to_https(running, policy):
    connection = HTTPConnection("127.0.0.1", running.http, timeout=30)
    connection.request("GET", "/manual/?a=b", headers={"Host": "library.example.jp"})
    answer = connection.getresponse()
    assert answer.status == 301
    assert answer.headers["Location"] == "https://library.example.jp/manual/?a=b"
    assert differences(answer, policy) == []
    connection.close()


def test_health_is_for_this_machine_alone(running):
    assert json.loads(running.ask("/health/live/").text) == {"status": "ok"}
    for path in ("/health/live/", "/health/ready/"):
        answer = running.ask(path, source=ELSEWHERE)
        assert answer.status == 404
        assert "お探しのページがありません" in answer.text


def test_no_log_has_a_query_string_an_address_or_a_browser(running, alone):
    for served in (running, alone):
        served.ask("/counter/?token=secret-of-taro", source=ELSEWHERE, User_Agent="agent-of-taro")
        eventually(lambda served=served: "/counter/" in served.log.read_text())
        written = served.log.read_text() + (served.log.parent / "nginx.log").read_text()
        for word in ("of-taro", "token", ELSEWHERE):
            assert word not in written
        assert json.loads(served.log.read_text().splitlines()[-1])["logger"] == "nginx"


def test_silent_and_dripping_clients_leave_the_site_usable(running):
    with slow_clients(running) as hanging:
        answers = [running.ask("/manual/").status for _ in range(10)]
        assert hanging.open() > 100
    assert answers == [200] * 10


def test_one_address_that_takes_too_much_is_told_so_and_nobody_else(running, policy):
    tls = running.tls()
    hanging = []
    try:
        for _ in range(100):
            plain = socket.create_connection(
                ("127.0.0.1", running.https), timeout=30, source_address=(ELSEWHERE, 0)
            )
            hanging.append(tls.wrap_socket(plain, server_hostname="localhost"))
            hanging[-1].sendall(HEAD + b"\r\n")
        eventually(lambda: running.ask("/", source=ELSEWHERE).status == 429)
        refused = running.ask("/", source=ELSEWHERE)
        assert BUSY in refused.text
        assert refused.headers["Retry-After"] == "30"
        assert refused.headers["Cache-Control"] == "no-store"
        assert differences(refused, policy) == []
        assert running.ask("/").status == 200
        assert running.ask("/static/css/site.css", source=ELSEWHERE).status == 200
        assert running.ask("/catalog/1/cover.svg", source=ELSEWHERE).status != 429
    finally:
        for client in hanging:
            client.close()


@pytest.mark.parametrize(
    ("path", "options", "status"),
    [
        ("/registration/", {"body": b"a" * 600_000}, 413),
        ("/" + "a" * 9_000, {}, 400),
        ("/", {"Cookie": "c=" + "d" * 9_000}, 400),
        ("/", {"a b": "c"}, 400),
    ],
)
def test_what_is_too_large_or_broken_is_answered_by_a_page_of_ours(
    running, policy, path, options, status
):
    answer = running.ask(path, **options)
    assert answer.status == status
    assert BROKEN in answer.text
    assert differences(answer, policy) == []


def test_a_picture_that_staff_send_is_let_through_to_the_site_and_no_larger_one(running):
    for path in ("/admin/news/news/add/", "/admin/news/recommendation/12/change/"):
        # The site asks for a login.
        assert running.ask(path, body=b"a" * 600_000).status in (302, 403)
    assert running.ask("/admin/news/news/add/", body=b"a" * 22_500_000).status == 413
    assert running.ask("/admin/news/news/12/delete/", body=b"a" * 600_000).status == 413


def test_what_nginx_itself_refuses_has_the_sites_headers(running, policy):
    answer = running.ask("/manual/", method="TRACE")
    assert answer.status == 405
    assert BROKEN in answer.text
    assert differences(answer, policy) == []


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/" + "a" * 8_000, {}, 404),
        ("/manual/", {"Cookie": "c=" + "d" * 8_000}, 200),
        ("/manual/", {f"x-{number}": "a" for number in range(500)}, 200),
    ],
)
def test_whatever_nginx_lets_through_is_answered_by_the_site(running, path, headers, status):
    answer = running.ask(path, **headers)
    assert answer.status == status
    assert "X-Seen" in answer.headers


def test_a_site_that_is_away_is_a_page_of_ours(alone, policy):
    answer = alone.ask("/registration/", body=b"a=b")
    assert answer.status == 503
    assert AWAY in answer.text
    assert answer.headers["Retry-After"] == "60"
    assert differences(answer, policy) == []


@pytest.mark.parametrize("path", ["/static/none.css", "/health/ready/"])
def test_what_is_sent_on_to_the_site_has_the_same_pages_and_limits(alone, policy, path):
    answer = alone.ask(path, source=ELSEWHERE)
    assert answer.status == 503
    assert AWAY in answer.text
    assert differences(answer, policy) == []
    with ThreadPoolExecutor(20) as visitors:
        asked = [visitors.submit(alone.ask, path, source=ELSEWHERE) for _ in range(600)]
        refused = [answer.result() for answer in asked if answer.result().status == 429]
    assert refused
    assert BUSY in refused[0].text
    assert differences(refused[0], policy) == []


@pytest.mark.parametrize(
    "path",
    [
        *("/catalog/search/?q=a&sort=new", "/catalog/search.atom", "/catalog/discover/"),
        *("/sru", "/oai?verb=Identify"),
    ],
)
def test_searches_have_a_limit_of_their_own_far_below_that_of_pages(alone, path):
    with ThreadPoolExecutor(20) as visitors:
        for asked, are_refused in ((path, True), ("/catalog/1/", False)):
            source = f"127.0.1.{len(path)}"
            answers = list(
                visitors.map(lambda _, a=asked, s=source: alone.ask(a, source=s).status, range(120))
            )
            assert (429 in answers) == are_refused
            assert answers.count(503) >= 60


def test_a_class_gets_all_covers_of_its_pages(alone):
    def cover(number: int) -> int:
        return alone.ask(f"/catalog/{number}/cover.svg?v=1", source="127.0.2.1").status

    with ThreadPoolExecutor(30) as visitors:
        assert {*visitors.map(cover, range(600))} == {503}


@pytest.mark.browser
def test_the_pages_have_the_sites_face(alone, open_page):
    page = open_page(375, ignore_https_errors=True)
    page.goto(f"https://localhost:{alone.https}/")
    assert page.locator("h1").inner_text() == AWAY
    assert "rgb(26, 26, 26)" in page.locator("h1").evaluate("e => getComputedStyle(e).color")
    again = page.get_by_role("link", name="もう一度開く")
    assert again.bounding_box()["height"] >= 44  # a button: the site's style sheets are there
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def test_nginx_waits_less_long_than_gunicorn_keeps_a_connection():
    configuration = (ROOT / "deploy/nginx/nginx.conf").read_text()
    idle = re.search(r"keepalive 32;[^}]*keepalive_timeout (\d+)s", configuration).group(1)
    kept = re.search(r"^keepalive = (\d+)", (ROOT / "gunicorn.conf.py").read_text(), re.MULTILINE)
    assert int(idle) < int(kept.group(1))
