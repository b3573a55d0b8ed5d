from collections.abc import Iterator

import pytest

from tests.journey.demo import Demo


def running(folders: pytest.TempPathFactory) -> Iterator[Demo]:
    started = Demo.start(folders.mktemp("demo") / "checkout")
    yield started
    started.stop()


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo for several journeys, each with a person of its own."""
    yield from running(tmp_path_factory)


@pytest.fixture
def fresh_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo in which nobody has registered yet: the next number is the manual's."""
    yield from running(tmp_path_factory)
