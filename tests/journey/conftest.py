from collections.abc import Iterator

import pytest

from tests.journey.demo import Demo


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo for all journeys, each with a person of its own."""
    running = Demo.start(tmp_path_factory.mktemp("demo") / "checkout")
    yield running
    running.stop()
