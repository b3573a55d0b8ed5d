"""A connection whose waits count in a request."""

from collections.abc import Generator
from typing import Any

import psycopg

from outages.database import patience


class PatientConnection(psycopg.Connection):
    """psycopg's connection, closed where a request has waited long enough.

    Every wait of psycopg's goes through `wait`, which looks up every tenth of a second: that is
    when the clock is looked at, so an answer in time costs next to nothing.
    """

    def wait(self, gen: Generator[Any, Any, Any], *arguments: Any, **options: Any) -> Any:
        """Wait for an answer; raises DatabaseSilent or DatabaseRefused besides psycopg's own."""
        request = patience.current_request()
        if request is None:
            return super().wait(gen, *arguments, **options)
        wait = patience.Wait(request)
        try:
            answer = super().wait(_watched(gen, wait), *arguments, **options)
        except BaseException as error:
            wait.failed(error)
            if isinstance(error, patience.DatabaseSilent | patience.DatabaseRefused):
                # The answer may still come, and would be taken for that to the next question.
                self.pgconn.finish()
            raise
        wait.answered()
        return answer


def _watched(gen: Generator[Any, Any, Any], wait: patience.Wait) -> Generator[Any, Any, Any]:
    """Pass on what psycopg's generator wants to wait for; nothing is ready at a tick."""
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready:
                wait.tick()
            wanted = gen.send(ready)
    except StopIteration as end:
        return end.value
