"""Where the simulator must not run: it would let anybody be anybody."""

import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

REAL_SERVICE = "auth-and-sign.go.jp"
PRODUCTION_FILE = re.compile(r"^\s*(?:export\s+)?DEPLOYMENT\s*=\s*[\"']?production\b", re.MULTILINE)


def reasons_to_refuse(*, deployment: str, addresses: dict[str, str]) -> Iterator[str]:
    """Say why the simulator must not run here at all.

    `addresses` are the web addresses it is told, by name.
    """
    if deployment == "production":
        yield "DEPLOYMENT is production (also when it is not set): set DEPLOYMENT=demo."
    for name, address in addresses.items():
        if (urlsplit(address).hostname or "").endswith(REAL_SERVICE):
            yield f"{name} is the real identity service."


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
