"""Sending every input to every parameter, and counting what came back."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import resolve

from tests.fuzz.inputs import inputs
from tests.fuzz.walk import JSON, Parameter
from tests.fuzz.wire import FORM, Answer, as_pairs, encoded, send, undone

# Of so many inputs one is sent twice, under the same name.
TWICE = 20
# Of so many inputs one is sent alone, the others with those of the form's or address's others.
ALONE = 4
AUTHENTICATORS = (
    "clientDataJSON",
    "authenticatorData",
    "attestationObject",
    "signature",
    "userHandle",
)


Inputs = list[tuple[Parameter, bytes]]


@dataclass
class Result:
    """What became of the requests."""

    parameters: int = 0
    requests: int = 0
    inputs: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[tuple[Parameter, int, str, Inputs]] = field(default_factory=list)

    def add(self, other: "Result") -> None:
        self.parameters += other.parameters
        self.requests += other.requests
        self.inputs += other.inputs
        self.statuses += other.statuses
        self.faults += other.faults


def attack(parameters: Iterable[Parameter], count: int, seed: str) -> Result:
    """Send so many inputs to each parameter; every request is undone.

    What is wrong with one field seldom keeps a form from reading the others: most requests of a
    form have an input in every field, and every ALONE-th in one field only.
    """
    result = Result()
    for group in groups_of(parameters):
        result.parameters += len(group)
        values = [values_for(parameter, count, seed) for parameter in group]
        for turn, inputs_now in enumerate(zip(*values, strict=True)):
            together = list(zip(group, inputs_now, strict=True))
            alone = turn % ALONE == 0
            for sending in [[each] for each in together] if alone else [together]:
                _attack(result, turn, sending)
    return result


def groups_of(parameters: Iterable[Parameter]) -> list[list[Parameter]]:
    """Return together what one request can have an input in each of."""
    groups: dict[tuple[object, ...], list[Parameter]] = {}
    for parameter in parameters:
        alone = "" if parameter.kind in ("body", "query") else str(parameter)
        key = (parameter.person, parameter.method, parameter.path, parameter.kind, alone)
        groups.setdefault(key, []).append(parameter)
    return list(groups.values())


def _attack(result: Result, turn: int, sending: list[tuple[Parameter, bytes]]) -> None:
    (parameter, value), *others = sending
    try:
        with undone():
            answer = sent(parameter, turn, value, others)
    except Exception as error:
        answer = Answer(500, "", "", f"after the answer: {error!r}")
    result.requests += 1
    result.inputs += len(sending)
    result.statuses[answer.status] += 1
    if answer.status >= 500:
        if not any(known is parameter for known, *_ in result.faults[-1:]):
            print(f"{answer.status}: {parameter} {value[:60]!r} {answer.fault}", flush=True)
        result.faults.append((parameter, turn, answer.fault, others))


def again(
    faults: list[tuple[Parameter, int, str, Inputs]], count: int, seed: str
) -> Iterator[tuple]:
    """Yield the faults that are there without a transaction around the request, too."""
    for parameter, turn, _, others in faults:
        value = list(values_for(parameter, count, seed))[turn]
        answer = sent(parameter, turn, value, others)
        if answer.status >= 500:
            yield parameter, value, answer.fault


def values_for(parameter: Parameter, count: int, seed: str) -> Iterator[bytes]:
    """Yield what is put into a parameter, the same every time."""
    return inputs(f"{seed} {parameter}", count, _usual(parameter))


def sent(
    parameter: Parameter, turn: int, value: bytes, others: Sequence[tuple[Parameter, bytes]] = ()
) -> Answer:
    """Send one input, and perhaps those of others, with what else the request usually has."""
    name = parameter.name.encode()
    query, path = as_pairs(parameter.query), parameter.path.encode()
    cookies, headers, content_type = parameter.person.cookies, {}, FORM
    body = as_pairs(parameter.bodies[turn % len(parameter.bodies)])
    times = 2 if turn % TWICE == TWICE - 1 else 1
    match parameter.kind:
        case "query":
            query = _with(query, name, value, times)
            for other, given in others:
                query = _with(query, other.name.encode(), given, 1)
        case "body":
            body = _with(body, name, value, times)
            for other, given in others:
                body = _with(body, other.name.encode(), given, 1)
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
    text = value.decode("utf-8", "surrogateescape")
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
