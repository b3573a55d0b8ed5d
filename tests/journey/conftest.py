from collections.abc import Iterator

import pytest

from tests.journey.demo import Demo


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests: at the end, the other workers would wait for one of them.

    Those that commit to the worker's own database are not among them: most rely on its first rows.
    """
    items.sort(key=lambda item: "demo" not in getattr(item, "fixturenames", ()))


@pytest.fixture
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A fresh demo: nobody has registered yet."""
    running = Demo.start(tmp_path_factory.mktemp("demo") / "checkout")
    yield running
    running.stop()
