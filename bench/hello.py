"""The yardstick: a WSGI application that answers with 5 kB and does nothing else.

It is also its own gunicorn configuration: `gunicorn --config python:bench.hello`.
"""

import os
from collections.abc import Callable, Iterable

BODY = b"hello world\n" * 427  # 5,124 bytes

wsgi_app = "bench.hello:application"
bind = f"127.0.0.1:{os.environ.get('HELLO_PORT', '8002')}"
workers = 2
worker_class = "sync"
control_socket_disable = True


def application(environ: dict, start_response: Callable) -> Iterable[bytes]:
    """Answer every request with the same page."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))])
    return [BODY]
