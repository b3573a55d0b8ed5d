"""JSON as a hostile provider might send it: parsed strictly or not at all."""

import json
from typing import Any

from myna_auth.errors import MynaError


def parse_object(text: bytes | str, error: MynaError) -> dict[str, Any]:
    """Return a JSON object; raise `error` on anything else.

    Refused too: repeated names, NaN and Infinity, nesting too deep to parse, bytes that are not
    UTF-8.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode()
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise error from None
    if not isinstance(value, dict):
        raise error
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError
    return value


def _refuse(constant: str) -> None:
    raise ValueError


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refuse)
