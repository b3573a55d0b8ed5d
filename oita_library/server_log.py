"""What gunicorn may write about a request."""

import logging

REFUSED = "Invalid request"


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
