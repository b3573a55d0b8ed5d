"""Sending every input to every parameter, and counting what came back."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import resolve

from tests.fuzz.inputs import inputs
from tests.fuzz.walk import JSON, Parameter
from tests.fuzz.wire import FORM, Answer, as_pairs, encoded, send, undone

# Of so many inputs one is sent twice, under the same name.
TWICE = 20
AUTHENTICATORS = (
    "clientDataJSON",
    "authenticatorData",
    "attestationObject",
    "signature",
    "userHandle",
)


@dataclass
class Result:
    """What became of the requests."""

    parameters: int = 0
    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[tuple[Parameter, int, str]] = field(default_factory=list)

    def add(self, other: "Result") -> None:
        self.parameters += other.parameters
        self.requests += other.requests
        self.statuses += other.statuses
        self.faults += other.faults


def attack(parameters: Iterable[Parameter], count: int, seed: str) -> Result:
    """Send so many inputs to each parameter; every request is undone."""
    result = Result()
    for parameter in parameters:
        result.parameters += 1
        for turn, value in enumerate(values_for(parameter, count, seed)):
            try:
                with undone():
                    answer = sent(parameter, turn, value)
            except Exception as error:
                answer = Answer(500, "", "", f"after the answer: {error!r}")
            result.requests += 1
            result.statuses[answer.status] += 1
            if answer.status >= 500:
                if not any(known is parameter for known, _, _ in result.faults[-1:]):
                    print(f"{answer.status}: {parameter} {value[:60]!r} {answer.fault}", flush=True)
                result.faults.append((parameter, turn, answer.fault))
    return result


def again(faults: list[tuple[Parameter, int, str]], count: int, seed: str) -> Iterator[tuple]:
    """Yield the faults that are there without a transaction around the request, too."""
    for parameter, turn, _ in faults:
        value = list(values_for(parameter, count, seed))[turn]
        answer = sent(parameter, turn, value)
        if answer.status >= 500:
            yield parameter, value, answer.fault


def values_for(parameter: Parameter, count: int, seed: str) -> Iterator[bytes]:
    """Yield what is put into a parameter, the same every time."""
    return inputs(f"{seed} {parameter}", count, _usual(parameter))


def sent(parameter: Parameter, turn: int, value: bytes) -> Answer:
    """Send one input, with what else the request usually has."""
    name = parameter.name.encode()
    query, path = as_pairs(parameter.query), parameter.path.encode()
    cookies, headers, content_type = parameter.person.cookies, {}, FORM
    body = as_pairs(parameter.bodies[turn % len(parameter.bodies)])
    times = 2 if turn % TWICE == TWICE - 1 else 1
    match parameter.kind:
        case "query":
            query = _with(query, name, value, times)
        case "body":
            body = _with(body, name, value, times)
        case "path":
            path = _path(parameter, value)
        case "header":
            headers = {f"HTTP_{parameter.name}": value.decode("latin-1")}
        case "cookie":
            cookies = f"{cookies}; {parameter.name}={value.decode('latin-1')}"
        case "json":
            content_type = JSON
    return send(
        parameter.method,
        path,
        cookies=cookies,
        query=query,
        body=_json(parameter.name, turn, value) if content_type == JSON else encoded(body),
        content_type=content_type,
        headers=headers,
    )


def _with(
    pairs: list[tuple[bytes, bytes]], name: bytes, value: bytes, times: int
) -> list[tuple[bytes, bytes]]:
    return [each for each in pairs if each[0] != name] + [(name, value)] * times


def _path(parameter: Parameter, value: bytes) -> bytes:
    usual = str(resolve(parameter.path).kwargs[parameter.name])
    before, _, after = parameter.path.rpartition(usual)
    return before.encode() + value + after.encode()


def _json(name: str, turn: int, value: bytes) -> bytes:
    if not name:
        return value
    text = value.decode("utf-8", "surrogatepass" if turn % 2 else "replace")
    sent: Any = text
    if name == "response" and turn % 2:
        sent = {"id": text, "rawId": text, "type": "public-key"}
        sent["response"] = dict.fromkeys(AUTHENTICATORS, text)
    return json.dumps({"name": "iPhone", "password": "x", name: sent}).encode()


def _usual(parameter: Parameter) -> str:
    for pairs in (parameter.query, *parameter.bodies):
        for name, value in pairs:
            if name == parameter.name:
                return value
    return parameter.path if parameter.kind == "path" else ""
