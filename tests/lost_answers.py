"""Answers that never reach the browser: the server has done its work, the connection is gone."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from django.test import Client


def lose(client: Client, act: Callable[[Client], Any]) -> Any:
    """Let a browser do something and lose the answer, cookies and all; return that answer."""
    before = deepcopy(client.cookies)
    answer = act(client)
    client.cookies = before
    return answer


def copied(client: Client) -> Client:
    """Return another browser with all the cookies that this one has now."""
    other = Client()
    other.cookies = deepcopy(client.cookies)
    return other
