"""Log lines as JSON, without personal data.

PostgreSQL's error texts carry the values of a violated constraint (`DETAIL: Key (name)=(…)`), and
a traceback repeats them, so exceptions are written as their class, their place and, for the
database, their SQLSTATE: never as their text.
"""

import json
import logging
import traceback
from datetime import UTC, datetime

STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}
NEVER = frozenset({"request", "status_code"})
REFUSED = "Invalid request"


class JsonFormatter(logging.Formatter):
    """Format a record as one line of JSON: time, level, logger, message, `extra` fields, error."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        for key, value in record.__dict__.items():
            if key not in STANDARD and key not in NEVER and not key.startswith("_"):
                entry[key] = value if isinstance(value, int | float | bool | None) else str(value)
        if record.exc_info and record.exc_info[1]:
            entry["error"] = describe_exception(record.exc_info[1])
        return json.dumps(entry, ensure_ascii=False)


class WithoutQuery(logging.Filter):
    """Cut query strings, and what a malformed request said, out of gunicorn's error lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always let the record through, made private."""
        if record.name == "gunicorn.error":
            if str(record.msg).startswith(REFUSED):
                record.msg = REFUSED
            elif isinstance(record.args, tuple):
                record.args = tuple(
                    value.split("?", 1)[0] if isinstance(value, str) else value
                    for value in record.args
                )
        return True


def describe_exception(error: BaseException) -> list[dict[str, object]]:
    """Describe an exception and its causes by class, SQLSTATE and code places, without any text."""
    chain = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        entry: dict[str, object] = {
            "class": f"{type(current).__module__}.{type(current).__qualname__}",
            "at": [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(current.__traceback__)[-8:]
            ],
        }
        if sqlstate := getattr(current, "sqlstate", None):
            entry["sqlstate"] = sqlstate
        chain.append(entry)
        current = current.__cause__ or current.__context__
    return chain
