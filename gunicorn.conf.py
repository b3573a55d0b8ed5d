"""The web server: few processes, threads that wait for PostgreSQL, log lines without personal data.

The application is loaded before the fork, so that workers share its memory. What cannot be shared
is opened after it, at a worker's first request: pool, connections to the identity service, threads.
"""

import gc
import socket
import struct
from pathlib import Path

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from oita_library.dotenv import environment
from outages.database.base import WEB, use_limits

# Threads and the settings' places and connections must agree, so both read the same.
env = environment(Path(__file__).resolve().parent)

wsgi_app = "oita_library.wsgi:application"
bind = env.list("GUNICORN_BIND", default=["127.0.0.1:8000"])
worker_class = "gthread"
workers = env.int("GUNICORN_WORKERS", default=2)
threads = env.int("GUNICORN_THREADS", default=4)
preload_app = True
timeout = 30
graceful_timeout = 20
keepalive = 5
SILENT_SECONDS = 10
# Whatever nginx lets through reaches the site, whose pages are in Japanese: gunicorn's are English.
limit_request_line = 8190
limit_request_fields = 2000
# A heartbeat file on a disk can block a worker long enough to be taken for dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True
# Which proxy is believed is the site's decision (TRUSTED_PROXY_CIDRS), not gunicorn's: by default
# it would believe every program of this machine.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}

# No query string, no address of the visitor, no user agent.
access_log_format = "%(m)s %(U)s %(s)s %(B)sB %(M)sms"
logconfig_dict = {
    "formatters": {"json": {"()": "oita_library.logs.JsonFormatter"}},
    "filters": {"private": {"()": "oita_library.logs.WithoutQuery"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["private"]},
    },
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": ["stderr"], "propagate": False},
        "gunicorn.access": {"level": "INFO", "handlers": ["stderr"], "propagate": False},
    },
    "root": {"level": "WARNING", "handlers": ["stderr"]},
}


def when_ready(server: Arbiter) -> None:
    """Before the first fork: keep silent clients from holding threads, and memory shared.

    A thread would wait for ever for a client that falls silent in the middle of a request. Accepted
    connections inherit the option.
    """
    for listener in server.LISTENERS:
        listener.sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SILENT_SECONDS, 0)
        )
    gc.collect()
    # A worker's collector would write into every object it looks at, and so copy its page.
    gc.freeze()


def post_worker_init(worker: Worker) -> None:
    """Keep a worker's statements short."""
    use_limits(WEB)
