"""The environment of the demo's programs: what is set stays, what is unset gets a default."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# As in the image (Dockerfile): what a process has freed goes back to the system.
MALLOC = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "1048576"}


@dataclass(frozen=True)
class DemoEnvironment:
    """Variables for every program, which of our own stand-ins are wanted, and their ports."""

    variables: Mapping[str, str]
    embedded_server: bool
    simulator: bool
    mail_sink: bool
    exchanges_files: bool
    library_system: bool
    web_port: int
    simulator_port: int
    smtp_port: int
    mail_port: int

    def ports(self) -> list[tuple[str, str, int]]:
        """Return (what, variable that changes it, port) for every port the demo listens on."""
        ports = [("the site", "PORT", self.web_port)]
        if self.simulator:
            ports.append(("the simulator", "MYNA_SIMULATOR_PORT", self.simulator_port))
        if self.mail_sink:
            ports.append(("the mail sink", "MAIL_SMTP_PORT", self.smtp_port))
            ports.append(("the mail sink's pages", "MAIL_WEB_PORT", self.mail_port))
        return ports


def demo_environment(given: Mapping[str, str], base_dir: Path) -> DemoEnvironment:
    """Complete the given environment; an empty variable counts as unset. Raises ValueError."""
    given = {name: value for name, value in given.items() if value}
    web = _port(given, "PORT", 8000)
    simulator = _port(given, "MYNA_SIMULATOR_PORT", 8001)
    smtp = _port(given, "MAIL_SMTP_PORT", 8026)
    mail = _port(given, "MAIL_WEB_PORT", 8025)
    defaults = MALLOC | {
        "DEPLOYMENT": "demo",
        "PUBLIC_BASE_URL": f"http://localhost:{web}",
        "GUNICORN_BIND": ",".join(f"{host}:{web}" for host in _loopback_hosts()),
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp}",
        # Another name than the site's: cookies ignore ports, and one name would hide mistakes.
        "MYNA_ISSUER": f"http://127.0.0.1:{simulator}",
        "MYNA_SIMULATOR_PORT": str(simulator),
        "MYNA_CLIENT_ID": "oita-library-demo",
        "MYNA_CLIENT_PRIVATE_KEY_FILE": str(base_dir / "var" / "myna-client-key.pem"),
    }
    exchanges_files = given.get("LIBRARY_SYSTEM") == "files"
    library_system = exchanges_files and "LIBRARY_SYSTEM_FOLDER" not in given
    if library_system:
        home = base_dir / "var" / "library-system"
        defaults["LIBRARY_SYSTEM_FOLDER"] = str(home / "exchange")
        defaults["PATRON_EXPORT_FOLDER"] = str(home / "patrons")
    return DemoEnvironment(
        variables=defaults | given,
        embedded_server="DATABASE_URL" not in given,
        simulator="MYNA_ISSUER" not in given,
        mail_sink="EMAIL_URL" not in given,
        exchanges_files=exchanges_files,
        library_system=library_system,
        web_port=web,
        simulator_port=simulator,
        smtp_port=smtp,
        mail_port=mail,
    )


def _port(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ValueError(f"{name} must be a port number, not {text!r}.")
    return int(text)


def _loopback_hosts() -> list[str]:
    """`localhost` is ::1 first to many browsers; some machines have no IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return ["127.0.0.1"]
    return ["127.0.0.1", "[::1]"]
