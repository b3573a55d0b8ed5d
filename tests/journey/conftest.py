from collections.abc import Iterator

import pytest

from tests.journey.demo import Demo


@pytest.fixture
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A fresh demo: nobody has registered yet."""
    running = Demo.start(tmp_path_factory.mktemp("demo") / "checkout")
    yield running
    running.stop()
