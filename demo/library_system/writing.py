"""Writing a snapshot: the files, then the manifest, each under its name only when it is whole."""

import csv
import hashlib
import io
import json
import os
from datetime import datetime
from pathlib import Path

from demo.library_system.faults import Fault, Rows, Told
from demo.library_system.lending import State

HEADERS = {
    "patrons": {"patron": "利用者番号", "standing": "状態"},
    "loans": {
        **{"patron": "利用者番号", "item_number": "資料番号", "control_number": "書誌番号"},
        **{"title": "書名", "lent_at": "貸出日時", "due": "返却期限", "renewals": "延長回数"},
        "refusal": "延長できない理由",
    },
    "holds": {
        **{"hold_number": "予約番号", "patron": "利用者番号", "control_number": "書誌番号"},
        **{"title": "書名", "pickup": "受取館", "state": "状態", "position": "順番"},
        **{"asked_at": "予約日時", "suspended_until": "休止期限", "item_number": "資料番号"},
        **{"ready_at": "用意できた日時", "keep_until": "取り置き期限"},
        "shelf_number": "取り置き番号",
    },
    "items": {
        **{"control_number": "書誌番号", "number": "資料番号", "branch": "館", "state": "状態"},
        "shelf": "置き場所",
    },
    "answers": {"id": "申込番号", "outcome": "結果", "refusal": "理由"},
}


def write(folder: Path, state: State, now: datetime, fault: Fault) -> Path:
    """Write one snapshot of what is true now, as a fault has it; return its manifest's path."""
    state.sequence = max(state.sequence + 1, int(f"{now:%Y%m%d%H%M%S}"))
    rows = rows_of(state, answers=fault.answers)
    fault.rows(rows)
    told: Told = {
        "format": 1,
        "sequence": state.sequence,
        "as_of": now.isoformat(),
        "encoding": fault.encoding,
        "files": {},
    }
    contents = {}
    for kind, headers in HEADERS.items():
        text = io.StringIO(newline="")
        csv.writer(text).writerows([headers if fault.english else headers.values(), *rows[kind]])
        # A title may have a letter that CP932 lacks.
        data = text.getvalue().replace("〜", "～").encode(fault.encoding, "replace")
        name, digest = f"{kind}-{state.sequence}.csv", hashlib.sha256(data).hexdigest()
        told["files"][kind] = {"name": name, "rows": len(rows[kind]), "sha256": digest}
        contents[kind] = (name, data)
    fault.manifest(told)
    manifest = json.dumps(told, indent=2).encode()
    contents["manifest"] = (f"snapshot-{state.sequence}.json", manifest)
    for kind, (name, data) in contents.items():
        if fault.keeps(kind):
            _publish(folder / name, fault.content(kind, data), fault.mode)
    return folder / contents["manifest"][0]


def rows_of(state: State, *, answers: bool) -> Rows:
    """Return the lines of each file, in the order of its headers."""
    titles = {item["record"]: item["title"] for item in state.items.values()}
    return {
        "patrons": [[number, standing] for number, standing in state.patrons.items()],
        "loans": [
            [
                *(loan["patron"], item, state.items[item]["record"], state.items[item]["title"]),
                *(loan["lent"], loan["due"], str(loan["renewals"])),
                "waited_for" if state.is_waited_for(state.items[item]["record"]) else "",
            ]
            for item, loan in state.loans.items()
        ],
        "holds": [
            [
                *(number, hold["patron"], hold["control_number"]),
                *(titles[hold["control_number"]], hold["pickup"], hold["state"]),
                str(state.position(number)) if hold["state"] == "順番待ち" else "",
                *(hold["asked"], hold["suspended"], hold["item"], hold["ready"], hold["keep"]),
                str(hold["shelf"]),
            ]
            for number, hold in state.holds.items()
        ],
        "items": [
            [item["record"], number, item["branch"], item["state"], item["shelf"]]
            for number, item in state.items.items()
        ],
        "answers": [
            [key, answer["outcome"], answer["refusal"]]
            for key, answer in (state.answers if answers else {}).items()
        ],
    }


def _publish(path: Path, data: bytes, mode: int) -> None:
    hidden = path.with_name(f".{path.name}")
    descriptor = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    hidden.chmod(mode)
    hidden.replace(path)
