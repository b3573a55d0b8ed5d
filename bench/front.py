"""The site behind nginx as it is deployed: `deploy/nginx`, a real gunicorn, TLS, free ports."""

import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPMessage, HTTPSConnection
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bench.stack import free_ports
from demo.supervisor import Program, Supervisor

ROOT = Path(__file__).resolve().parent.parent
NOTICE = "nginx was not found, and what needs it skipped. Install it (Debian: apt install nginx)."
STATIC = ROOT / "staticfiles"
COLLECT = (
    "import django; django.setup(); from demo import static_collection; static_collection.collect()"
)
# The site's application, which also tells what address it takes the visitor for.
SEEN = """
from oita_library.wsgi import application as site

def application(environ, start_response):
    def start(status, headers, *more):
        return start_response(status, [*headers, ("X-Seen", environ["REMOTE_ADDR"])], *more)
    return site(environ, start)
"""


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers and text."""

    status: int
    headers: HTTPMessage
    text: str


@dataclass(frozen=True)
class Front:
    """A running nginx, and where it writes what it was asked."""

    https: int
    http: int
    log: Path
    certificate: Path

    def tls(self) -> ssl.SSLContext:
        """Return how a client trusts it."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def ask(
        self,
        path: str,
        *,
        source: str = "127.0.0.1",
        body: bytes | None = None,
        method: str = "",
        **headers: str,
    ) -> Answer:
        """Ask for a page on a connection of its own, from an address of this machine.

        With a body it is a form. A header's underscores stand for hyphens.
        """
        connection = HTTPSConnection(
            "localhost", self.https, timeout=60, source_address=(source, 0), context=self.tls()
        )
        try:
            connection.request(
                method or ("GET" if body is None else "POST"),
                path,
                body,
                {name.replace("_", "-"): value for name, value in headers.items()},
            )
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        return Answer(response.status, response.headers, text)


def nginx() -> str | None:
    """Return the path of nginx, which is not on everybody's PATH; None if there is none."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def site(folder: Path, https: int) -> Iterator[int]:
    """Run the site for residents who come by https to that port; yield gunicorn's port.

    It has no database: its public pages do not ask for one.
    """
    (port,) = free_ports(1)
    (folder / "seen.py").write_text(SEEN)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{folder}:{ROOT}",
        "DEPLOYMENT": "demo",
        "PUBLIC_BASE_URL": f"https://localhost:{https}",
        "TRUSTED_PROXY_CIDRS": "127.0.0.1/32",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "GUNICORN_BIND": f"127.0.0.1:{port}",
    }
    environment["DJANGO_SETTINGS_MODULE"] = "oita_library.settings"
    collect(environment)
    programs = Supervisor(ROOT, folder, print)
    command = ["/usr/bin/env", "-i", *(f"{name}={value}" for name, value in environment.items())]
    command += [sys.executable, "-m", "gunicorn", "seen:application"]
    try:
        programs.start([Program("web", command, port=port, path="/health/live/")])
        yield port
    finally:
        programs.stop()


def collect(environment: dict[str, str]) -> None:
    """Bring the static files to where nginx and the site read them."""
    subprocess.run([sys.executable, "-c", COLLECT], cwd=ROOT, env=environment, check=True)


@contextmanager
def front(folder: Path, *, https: int, site_port: int) -> Iterator[Front]:
    """Run nginx with the deployed configuration, changed only in where things are."""
    (http,) = free_ports(1)
    collect(os.environ | {"DEPLOYMENT": "demo", "DJANGO_SETTINGS_MODULE": "oita_library.settings"})
    written = configure(folder, https=https, http=http, site_port=site_port)
    programs = Supervisor(ROOT, folder, print)
    command = [nginx() or "nginx", "-e", "stderr", "-c", str(written), "-g", "daemon off;"]
    try:
        programs.start([Program("nginx", command, port=http)])
        yield Front(https, http, folder / "access.log", folder / "tls" / "fullchain.pem")
    finally:
        programs.stop()


def configure(folder: Path, *, https: int, http: int, site_port: int) -> Path:
    """Write the deployed configuration for other places and ports; return its path."""
    shutil.copytree(ROOT / "deploy" / "nginx", folder, dirs_exist_ok=True)
    _write_certificate(folder / "tls")
    path = folder / "nginx.conf"
    text = path.read_text()
    for there, here in {
        "listen 8080": f"listen 127.0.0.1:{http}",
        "listen [::]:8080": f"listen [::1]:{http}",
        "listen 8443": f"listen 127.0.0.1:{https}",
        "listen [::]:8443": f"listen [::1]:{https}",
        "server web:8000": f"server 127.0.0.1:{site_port}",
        "/srv/static/": f"{STATIC}/",
        "include mime.types": "include /etc/nginx/mime.types",
        "/etc/nginx/tls/": f"{folder}/tls/",
        "root /etc/nginx;": f"root {folder};",
        "/tmp/nginx": f"{folder}/nginx",
        "/dev/stdout": f"{folder}/access.log",
    }.items():
        if there not in text:
            raise ValueError(f"deploy/nginx/nginx.conf has no {there}")
        text = text.replace(there, here)
    if os.geteuid() == 0:
        text = f"user root;\n{text}"  # or its workers could not read the folder
    path.write_text(text)
    return path


def _write_certificate(folder: Path) -> None:
    """Make a certificate for localhost that only its reader trusts."""
    folder.mkdir(exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
