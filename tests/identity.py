"""The simulated identity service for tests: its own process, reached over real HTTP.

`identity_service` starts the simulator (once per run), points the settings at it, and signs people
in: `identity_service.sign_in(client)` walks start, the service's pages and the callback, and
returns the callback's response. `site` and `live_identity` are the same for a real browser.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.conf import settings
from django.test import Client

CLIENT_ID = "client-of-the-tests"
CALLBACK_URL = "http://localhost:8000/myna/callback/"
ENDPOINTS = {
    "MYNA_AUTHORIZATION_ENDPOINT": "auth",
    "MYNA_TOKEN_ENDPOINT": "token",
    "MYNA_USERINFO_ENDPOINT": "userinfo",
    "MYNA_JWKS_URI": "certs",
}
TRANSACTION = re.compile(r'name="transaction" value="([^"]+)"')


def provider_settings(issuer: str, key_file: str | Path) -> dict[str, Any]:
    """Return the settings of a client of the service at `issuer`."""
    base = f"{issuer}/protocol/openid-connect"
    return {name: f"{base}/{path}" for name, path in ENDPOINTS.items()} | {
        "MYNA_ISSUER": issuer,
        "MYNA_CLIENT_ID": CLIENT_ID,
        "MYNA_CLIENT_PRIVATE_KEY_FILE": str(key_file),
        "MYNA_CLIENT_KEY_ID": "",
        "MYNA_CLIENT_ASSERTION_AUDIENCE": f"{base}/token",
        "MYNA_ID_TOKEN_ALGS": ["ES256"],
        "MYNA_SCOPES": "openid name address birthdate",
        "MYNA_CALLBACK_URL": CALLBACK_URL,
        "MYNA_FORM_ACTION_ORIGINS": [issuer],
        "MYNA_TIMEOUT_SECONDS": 5.0,
    }


@dataclass(frozen=True, kw_only=True)
class IdentityService:
    """A running simulator and the walk through its pages."""

    issuer: str
    key_file: Path
    process: subprocess.Popen

    @classmethod
    def launch(
        cls,
        key_file: Path,
        redirect_uri: str = CALLBACK_URL,
        *,
        client_id: str = CLIENT_ID,
        port: int = 0,
    ) -> "IdentityService":
        """Start a simulator that knows one client with this redirect URI, on a free port for 0."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "demo.simulator", f"--port={port}", "--issuer="),
                *("--deployment=demo", "--assertion-audience=", "--client-key-id="),
                f"--client-id={client_id}",
                f"--client-key={key_file}",
                f"--redirect-uri={redirect_uri}",
            ],
            stdout=subprocess.PIPE,
            text=True,
            cwd=settings.BASE_DIR,
        )
        assert process.stdout is not None
        match = re.search(r"http://\S+", process.stdout.readline())
        assert match, "the simulator did not start"
        return cls(issuer=match.group(), key_file=key_file, process=process)

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=30)

    def configure(self, **options: Any) -> None:
        """Misbehave from now on, as `Service.configure` of the simulator describes.

        Without options the service is sound again.
        """
        # Written here, because requests refuses to send NaN and infinity.
        requests.post(
            f"{self.issuer}/config",
            data=json.dumps(options),
            headers={"Content-Type": "application/json"},
            timeout=30,
        ).raise_for_status()

    def start(self, client: Client, data: Mapping[str, str] | None = None) -> str:
        """Press マイナンバー読込 and return the address the browser is sent to."""
        response = client.post("/myna/start/", data or {})
        assert response.status_code == 302, response.status_code
        return response["Location"]

    def approve(
        self,
        address: str,
        *,
        card: str = "oita-taro",
        typed: Mapping[str, str] | None = None,
        fault: str = "none",
    ) -> str:
        """Walk the service's pages with a test card, or what is typed; return the way back."""
        page = requests.get(address, timeout=30)
        assert page.status_code == 200, page.text
        form = {"transaction": self._transaction(page.text), "card": card, "fault": fault}
        if typed is not None:
            form |= {"card": "typed", **typed}
        return self._submit("card", form)

    def cancel(self, address: str) -> str:
        """Press 本人確認をキャンセルする and return the way back."""
        page = requests.get(address, timeout=30)
        return self._submit("cancel", {"transaction": self._transaction(page.text)})

    def sign_in(
        self,
        client: Client,
        *,
        purpose: str = "registration",
        card: str = "oita-taro",
        typed: Mapping[str, str] | None = None,
        fault: str = "none",
        data: Mapping[str, str] | None = None,
    ) -> Any:
        """Go all the way and return the callback's response.

        `typed` is `name`, `birthdate` (YYYYMMDD), `address` and perhaps `subject`; `data` are the
        fields of our own form that are sent along at the start.
        """
        address = self.start(client, {"purpose": purpose, **(data or {})})
        return follow(client, self.approve(address, card=card, typed=typed, fault=fault))

    def _transaction(self, page: str) -> str:
        match = TRANSACTION.search(page)
        assert match, page
        return match.group(1)

    def _submit(self, path: str, form: Mapping[str, str]) -> str:
        response = requests.post(
            f"{self.issuer}/{path}", data=form, allow_redirects=False, timeout=30
        )
        assert response.status_code == 303, response.text
        return response.headers["Location"]


def follow(client: Client, address: str) -> Any:
    """Let the browser follow the service's redirect to our callback."""
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


@pytest.fixture(scope="session")
def client_key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A client key of this run."""
    from myna_auth.keys import new_private_key

    path = tmp_path_factory.mktemp("myna") / "client.pem"
    path.touch(mode=0o600)
    path.write_bytes(new_private_key("ES256"))
    return path


@pytest.fixture(scope="session")
def identity_provider(client_key_file: Path) -> Iterator[IdentityService]:
    """The simulator's process, one per run and xdist worker."""
    service = IdentityService.launch(client_key_file)
    yield service
    service.stop()


@pytest.fixture
def identity_service(
    identity_provider: IdentityService, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> IdentityService:
    """The simulator, sound, with the settings pointing at it; no key of it is remembered."""
    from myna_auth import keysets

    monkeypatch.setattr(keysets, "_remembered", {})
    for name, value in provider_settings(
        identity_provider.issuer, identity_provider.key_file
    ).items():
        setattr(settings, name, value)
    identity_provider.configure()
    return identity_provider


@pytest.fixture(scope="session")
def live_identity(live_server: Any, client_key_file: Path) -> Iterator[tuple[str, IdentityService]]:
    """The live site's address, and an identity service that sends browsers back to it."""
    # Another host name than the simulator's: the same name would hide SameSite mistakes.
    address = live_server.url.replace("127.0.0.1", "localhost")
    service = IdentityService.launch(client_key_file, redirect_uri=f"{address}/myna/callback/")
    yield address, service
    service.stop()


@pytest.fixture
def site(live_identity: tuple[str, IdentityService], client_key_file: Path, settings: Any) -> str:
    """The address of the live site, set up for its identity service."""
    address, service = live_identity
    for name, value in provider_settings(service.issuer, client_key_file).items():
        setattr(settings, name, value)
    settings.MYNA_CALLBACK_URL = f"{address}/myna/callback/"
    settings.PUBLIC_BASE_URL = address
    return address
