"""Run the simulator: `python -m demo.simulator`. It needs neither settings nor a database.

Options default to the environment's settings of the client it serves.
"""

import argparse
import ipaddress
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from demo.simulator.assertions import Client
from demo.simulator.protocol import Service
from demo.simulator.server import Server

REAL_SERVICE = "auth-and-sign.go.jp"
PRODUCTION_FILE = re.compile(r"^\s*(?:export\s+)?DEPLOYMENT\s*=\s*[\"']?production\b", re.MULTILINE)


def main(arguments: list[str] | None = None) -> None:
    options = _parse(arguments)
    if problems := list(_problems(options)):
        sys.exit(
            "The simulator lets anybody be anybody, so it does not run here:\n"
            + "\n".join(f"  - {line}" for line in problems)
        )
    if not options.client_key:
        sys.exit("Set MYNA_CLIENT_PRIVATE_KEY_FILE or --client-key (PEM, JWK or JWKS).")
    server = Server((options.host, options.port))
    port = server.server_address[1]
    issuer = options.issuer or f"http://127.0.0.1:{port}"
    client = Client(
        client_id=options.client_id,
        redirect_uri=options.redirect_uri or f"{options.public_base_url}/myna/callback/",
        key_file=options.client_key,
        key_id=options.client_key_id,
        assertion_audience=options.assertion_audience,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    sys.stdout.write(f"模擬 本人確認サービス {issuer} ({options.host}:{port})\n")
    sys.stdout.flush()
    server.serve(Service(issuer=issuer, client=client))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    env = os.environ.get
    parser = argparse.ArgumentParser(description="A strict stand-in for the identity service.")
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--allow-remote", action="store_true", help="run in a container or beside an https site")
    add("--port", type=int, default=int(env("MYNA_SIMULATOR_PORT", "8001")))
    add("--issuer", default=env("MYNA_ISSUER", ""))
    # The default is production, as in the settings.
    add("--deployment", default=env("DEPLOYMENT", "production"))
    add("--client-id", default=env("MYNA_CLIENT_ID", "oita-library-demo"))
    add("--client-key", default=env("MYNA_CLIENT_PRIVATE_KEY_FILE", ""))
    add("--client-key-id", default=env("MYNA_CLIENT_KEY_ID", ""))
    add("--assertion-audience", default=env("MYNA_CLIENT_ASSERTION_AUDIENCE", ""))
    add("--public-base-url", default=env("PUBLIC_BASE_URL", "http://localhost:8000").rstrip("/"))
    add("--redirect-uri", default="")
    return parser.parse_args(arguments)


def _problems(options: argparse.Namespace) -> Iterator[str]:
    """Say why the simulator must not run here at all, or not without --allow-remote."""
    addresses = {
        "PUBLIC_BASE_URL": options.public_base_url,
        "MYNA_ISSUER": options.issuer,
        "--redirect-uri": options.redirect_uri,
    }
    if options.deployment == "production":
        yield "DEPLOYMENT is production (also when it is not set): set DEPLOYMENT=demo."
    for name, address in addresses.items():
        if (urlsplit(address).hostname or "").endswith(REAL_SERVICE):
            yield f"{name} is the real identity service."
    if not options.allow_remote:
        for reason in reasons_to_ask(
            environment_file=Path(".env"), host=options.host, addresses=addresses
        ):
            yield f"{reason} For a rehearsal on purpose: --allow-remote."


def reasons_to_ask(
    *, environment_file: Path, host: str, addresses: dict[str, str]
) -> Iterator[str]:
    """Say what looks like production or opens the simulator to others, which may be meant."""
    if environment_file.is_file() and PRODUCTION_FILE.search(environment_file.read_text()):
        yield f"{environment_file} configures production."
    if not _is_loopback(host):
        yield f"--host {host} can be reached from other machines."
    for name, address in addresses.items():
        parts = urlsplit(address)
        if parts.scheme == "https" and not _is_loopback(parts.hostname or ""):
            yield f"{name} is a public https address: {parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


if __name__ == "__main__":
    main()
