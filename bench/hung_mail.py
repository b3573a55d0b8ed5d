"""How long a mail server that hangs holds one of the worker's slots: `python -m bench.hung_mail`.

Every way to hang goes on for a minute by itself; what is printed is when we hung up.
"""

import os
import smtplib
import time
from concurrent.futures import ThreadPoolExecutor

import django
from django.core.mail import EmailMessage, get_connection

from tests.notices import rude


def hold(name: str, behaviour: rude.Behaviour, **encryption: bool) -> str:
    """Hand one mail to a server; return how long that took, as a line of the report."""
    server = rude.RudeServer(behaviour)
    began = time.monotonic()
    try:
        mail = EmailMessage("件名", "本文\n", "noreply@library.example", ["taro@example.jp"])
        backend = {"host": "127.0.0.1", "port": server.port, **encryption}
        get_connection("notices.smtp.EmailBackend", **backend).send_messages([mail])
        outcome = "sent"
    except (OSError, smtplib.SMTPException) as error:
        outcome = type(error).__name__
    seconds = time.monotonic() - began
    server.close()
    return f"{name:<24} {seconds:6.2f} s   {outcome}"


def main() -> None:
    """Try every way at once."""
    os.environ.setdefault("DEPLOYMENT", "demo")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oita_library.settings")
    django.setup()
    with ThreadPoolExecutor(8) as threads:
        held = [
            threads.submit(hold, "silent", rude.silent),
            threads.submit(hold, "dripping", rude.dripping),
            threads.submit(hold, "dripping at the end", rude.dripping_at_the_end),
            threads.submit(hold, "silent in TLS", rude.silent, use_ssl=True),
            threads.submit(hold, "silent in STARTTLS", rude.silent_before_tls, use_tls=True),
        ]
        for one in held:
            print(one.result())


if __name__ == "__main__":
    main()
