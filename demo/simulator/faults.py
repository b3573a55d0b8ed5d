"""Named faults: each is data (`faults.toml`) that the protocol applies at one place.

Those marked 正常 stay within the specifications: the client has to accept them.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Members = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way in which the service misbehaves.

    `callback`, `token`, `header`, `id_token` and `userinfo` replace members of what is sent, and
    `without` removes some ("userinfo.address"); `times` are claims of the ID token in seconds from
    now. `replies` replaces whole answers of the endpoints token, userinfo and jwks by a kind that
    `server.py` knows, `bodies` only their bytes. `sign_with` misuses keys as `crypto.encode_jwt`
    says (or takes an "rsa" or "p384" key), `published` the key set as `crypto.published_keys` says;
    `rotate` makes the client look for new keys. `once` spoils only the first answer of UserInfo.
    """

    label: str
    callback: Members = field(default_factory=dict)
    token: Members = field(default_factory=dict)
    header: Members = field(default_factory=dict)
    id_token: Members = field(default_factory=dict)
    userinfo: Members = field(default_factory=dict)
    without: Sequence[str] = ()
    times: Mapping[str, int] = field(default_factory=dict)
    replies: Mapping[str, str] = field(default_factory=dict)
    bodies: Mapping[str, bytes] = field(default_factory=dict)
    sign_with: str = ""
    published: str = ""
    rotate: bool = False
    once: bool = False
    delay_ms: float = 0

    def spoil(self, where: str, members: Members, known: Mapping[str, str]) -> dict[str, Any]:
        """Return members of what is sent as this fault wants them.

        `known` holds what a fault's "<address>" and the like stand for.
        """
        changes = {name: _filled(value, known) for name, value in getattr(self, where).items()}
        return {
            name: value
            for name, value in {**members, **changes}.items()
            if f"{where}.{name}" not in self.without
        }


def _filled(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_filled(item, known) for item in value]
    if isinstance(value, dict):
        return {name: _filled(item, known) for name, item in value.items()}
    return known.get(value, value) if isinstance(value, str) else value


def _fault(row: dict[str, Any]) -> Fault:
    bodies = {name: text.encode("latin-1") for name, text in row.get("bodies", {}).items()}
    return Fault(**row | {"bodies": bodies})


GROUPS = {
    heading: {name: _fault(row) for name, row in rows.items()}
    for heading, rows in tomllib.loads(
        Path(__file__).with_name("faults.toml").read_text(encoding="utf-8")
    ).items()
}
FAULTS = {name: fault for group in GROUPS.values() for name, fault in group.items()}
