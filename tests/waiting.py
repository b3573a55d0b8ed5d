"""Waiting, in tests, for what another process or thread does."""

import time
from collections.abc import Callable

# A busy machine is slow, and is no fault.
PATIENCE = 180.0


def eventually(
    condition: Callable[[], object],
    seconds: float = PATIENCE,
    told: Callable[[], object] = lambda: "it did not happen in time",
) -> None:
    """Wait until a condition is true; `told` says what was to be seen where it never is."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, told()
        time.sleep(0.005)
