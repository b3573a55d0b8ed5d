"""The simulator's pages and its way of being told what to do, and where it refuses to run."""

import os
import signal
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.conf import settings as django_settings

from demo.simulator.__main__ import reasons_to_ask
from demo.simulator.cards import CARDS
from demo.simulator.faults import FAULTS
from patrons.residency import decide
from tests.demo.simulator.test_simulator import authorize, exchange, service

__all__ = ["service"]


def test_the_manuals_page_is_there_and_says_it_is_a_simulation(service):
    response = authorize(service)
    text = response.text

    for words in (
        "マイナンバーカードで本人確認",
        "マイキープラットフォーム利用規約",
        "マイキープラットフォームプライバシーポリシー",
        "本人確認をキャンセルする",
        "デジタル認証アプリをダウンロード",
        "iOS",
        "Android",
        "模擬",
    ):
        assert words in text
    assert text.count("<svg") == 2
    assert "Set-Cookie" not in response.headers
    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
    assert "style=" not in text


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/terms", "/privacy", "/nowhere"),
        *("/card?transaction=x", "/pc?transaction=x", "/phone?pairing=x"),
    ],
)
def test_every_page_says_it_is_a_simulation(service, path):
    assert "模擬" in requests.get(service.issuer + path, timeout=30).text


def test_the_cards_say_rightly_who_may_register():
    wrong = [card.key for card in CARDS.values() if decide(card.address).eligible != card.eligible]
    municipalities = {decide(card.address).municipality_name for card in CARDS.values()}

    assert wrong == []
    assert municipalities >= {
        *("大分市", "別府市", "臼杵市", "津久見市", "竹田市", "豊後大野市", "由布市", "日出町")
    }


def test_every_fault_can_be_picked(service):
    page = requests.get(
        f"{service.issuer}/card",
        params={"transaction": service._transaction(authorize(service).text)},
        timeout=30,
    ).text

    assert [name for name in FAULTS if f'value="{name}"' not in page] == []


@pytest.mark.parametrize(
    "options",
    [
        b"",
        b"[]",
        b'{"fault": "unknown"}',
        b'{"fault": []}',
        b'{"bodies": {"token": "?"}}',
        b'{"delay_ms": "long"}',
        b'{"id_token": 5}',
        b'{"falt": "cancel"}',
        b'{"replies": {"token": "slowly"}}',
        b'{"replies": {"token": "9999"}}',
        b'{"replies": {"tokens": "500"}}',
    ],
)
def test_a_wrong_config_is_said_and_changes_nothing(service, options):
    headers = {"Content-Type": "application/json"}
    response = requests.post(f"{service.issuer}/config", data=options, headers=headers, timeout=30)

    assert response.status_code == 400
    assert exchange_code(service).status_code == 200


def exchange_code(service):
    way_back = service.approve(authorize(service).url)
    return exchange(parse_qs(urlsplit(way_back).query)["code"][0])


def test_what_was_typed_is_kept_when_something_is_missing(service):
    form = {
        "transaction": service._transaction(authorize(service).text),
        "card": "beppu",
        "name": '"大分"',
        "birthdate": "２０１３",
        "fault": "wrong_nonce",
    }
    response = requests.post(f"{service.issuer}/card", data=form, timeout=30)

    assert response.status_code == 422
    for kept in (
        'value="&quot;大分&quot;"',
        'value="２０１３"',
        'value="beppu" checked',
        'value="wrong_nonce" selected',
        "<details open>",
    ):
        assert kept in response.text


@pytest.mark.parametrize("path", ["card", "cancel", "pc", "phone", "phone/cancel"])
@pytest.mark.parametrize("form", [{}, {"transaction": "\0", "pairing": "\0"}, {"card": "x" * 500}])
def test_a_form_out_of_nowhere_gets_a_page(service, path, form):
    response = requests.post(f"{service.issuer}/{path}", data=form, timeout=30)

    assert response.status_code == 400
    assert "模擬" in response.text


def test_config_takes_json_only(service):
    response = requests.post(f"{service.issuer}/config", data={"fault": "cancel"}, timeout=30)

    assert response.status_code == 415


def run(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "demo.simulator", "--port=0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=django_settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], **environment},
    )


REFUSED = {
    "no deployment named": ({}, [], "DEPLOYMENT"),
    "production": ({"DEPLOYMENT": "production"}, [], "DEPLOYMENT"),
    "production, remote allowed": ({"DEPLOYMENT": "production"}, ["--allow-remote"], "DEPLOYMENT"),
    "a public site": (
        {"DEPLOYMENT": "demo", "PUBLIC_BASE_URL": "https://library.example.jp"},
        [],
        "PUBLIC_BASE_URL",
    ),
    "a public callback": (
        {"DEPLOYMENT": "demo"},
        ["--redirect-uri=https://library.example.jp/myna/callback/"],
        "--redirect-uri",
    ),
    "a public issuer": (
        {"DEPLOYMENT": "demo", "MYNA_ISSUER": "https://idp.example.jp/realm"},
        [],
        "MYNA_ISSUER",
    ),
    "the real issuer, remote allowed": (
        {"DEPLOYMENT": "demo", "MYNA_ISSUER": "https://auth-and-sign.go.jp/api/realms/main"},
        ["--allow-remote"],
        "the real identity service",
    ),
    "every interface": ({"DEPLOYMENT": "demo"}, ["--host=0.0.0.0"], "--host"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses_to_run_beside_production(client_key_file, name):
    environment, arguments, word = REFUSED[name]
    process = run(f"--client-key={client_key_file}", *arguments, **environment)
    _, errors = process.communicate(timeout=30)

    assert process.returncode == 1
    assert word in errors


def test_it_refuses_to_run_in_a_directory_set_up_for_production(tmp_path):
    settings_file = tmp_path / ".env"
    settings_file.write_text("# settings\nDEPLOYMENT='production'\n")
    asked = {"environment_file": settings_file, "host": "::1", "addresses": {}}

    assert list(reasons_to_ask(**asked)) == [f"{settings_file} configures production."]
    settings_file.write_text("#DEPLOYMENT=production\nDEPLOYMENT=demo\n")
    assert list(reasons_to_ask(**asked)) == []


def test_a_container_may_open_it_on_purpose(client_key_file):
    process = run(
        f"--client-key={client_key_file}",
        "--host=0.0.0.0",
        "--allow-remote",
        DEPLOYMENT="demo",
        PUBLIC_BASE_URL="https://rehearsal.example.jp",
    )
    line = process.stdout.readline()
    process.terminate()
    process.communicate(timeout=30)

    assert "(0.0.0.0:" in line


def test_it_stops_at_once_also_with_a_request_under_way(client_key_file):
    process = run(f"--client-key={client_key_file}", DEPLOYMENT="demo")
    issuer = process.stdout.readline().split()[2]
    session = requests.Session()
    assert session.get(f"{issuer}/health", timeout=30).text == "ok"
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    session.close()

    assert process.returncode == 0
    assert time.monotonic() - begun < 2
