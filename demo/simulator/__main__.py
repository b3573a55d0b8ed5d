"""Run the simulator: `python -m demo.simulator`. It needs neither Django nor a database.

Options default to the environment's settings of the client it serves.
"""

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from demo.simulator.assertions import Client
from demo.simulator.pages import App
from demo.simulator.protocol import Service
from demo.simulator.refusals import reasons_to_ask, reasons_to_refuse
from demo.simulator.server import Server


def main() -> None:
    options = _parse()
    if problems := list(_problems(options)):
        sys.exit(
            "The simulator lets anybody be anybody, so it does not run here:\n"
            + "\n".join(f"  - {line}" for line in problems)
        )
    if not options.client_key:
        sys.exit("Set MYNA_CLIENT_PRIVATE_KEY_FILE or --client-key (PEM, JWK or JWKS).")
    app = App(name=options.app_name, ios_url=options.ios_url, android_url=options.android_url)
    server = Server((options.host, options.port), app=app)
    port = server.server_address[1]
    issuer = options.issuer or f"http://127.0.0.1:{port}"
    client = Client(
        client_id=options.client_id,
        redirect_uri=options.redirect_uri or f"{options.public_base_url}/myna/callback/",
        key_file=options.client_key,
        key_id=options.client_key_id,
        assertion_audience=options.assertion_audience,
    )
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    sys.stdout.write(f"模擬 本人確認サービス {issuer} ({options.host}:{port})\n")
    sys.stdout.flush()
    server.serve(Service(issuer=issuer, client=client))


def _problems(options: argparse.Namespace) -> Iterator[str]:
    addresses = {
        "PUBLIC_BASE_URL": options.public_base_url,
        "MYNA_ISSUER": options.issuer,
        "--redirect-uri": options.redirect_uri,
    }
    # The default of DEPLOYMENT is production, as in the settings.
    yield from reasons_to_refuse(deployment=options.deployment, addresses=addresses)
    if not options.allow_remote:
        for reason in reasons_to_ask(
            environment_file=Path(".env"), host=options.host, addresses=addresses
        ):
            yield f"{reason} For a rehearsal on purpose: --allow-remote."


def _parse() -> argparse.Namespace:
    env = os.environ.get
    parser = argparse.ArgumentParser(description="A strict stand-in for the identity service.")
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--allow-remote", action="store_true", help="run in a container or beside an https site")
    add("--port", type=int, default=int(env("MYNA_SIMULATOR_PORT", "8001")))
    add("--issuer", default=env("MYNA_ISSUER", ""))
    add("--deployment", default=env("DEPLOYMENT", "production"))
    add("--client-id", default=env("MYNA_CLIENT_ID", "oita-library-demo"))
    add("--client-key", default=env("MYNA_CLIENT_PRIVATE_KEY_FILE", ""))
    add("--client-key-id", default=env("MYNA_CLIENT_KEY_ID", ""))
    add("--assertion-audience", default=env("MYNA_CLIENT_ASSERTION_AUDIENCE", ""))
    add("--public-base-url", default=env("PUBLIC_BASE_URL", "http://localhost:8000").rstrip("/"))
    add("--redirect-uri", default="")
    add("--app-name", default=env("MYNA_APP_NAME", "デジタル認証アプリ"))
    add("--ios-url", default=env("MYNA_APP_IOS_URL", "https://www.apple.com/jp/app-store/"))
    add("--android-url", default=env("MYNA_APP_ANDROID_URL", "https://play.google.com/store/apps"))
    return parser.parse_args()


def _stop(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
