"""The import rule: an import points to a lower floor, never sideways or up."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = {
    "oita_library": 7,
    "mylibrary": 6,
    "registration": 5,
    "notices": 4,
    "patrons": 3,
    "myna_auth": 2,
    "accounts": 2,
    "announcements": 2,
    "staff": 1,
    "audit": 0,
    "characters": 0,
    "outages": 0,
}
SOURCES = sorted(path for package in FLOORS for path in (ROOT / package).rglob("*.py"))


def imports(source: str) -> Iterator[tuple[str, int]]:
    """Yield every imported top-level package and whether the import is relative."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0], node.level


def violations(package: str, source: str) -> list[str]:
    return [
        name
        for name, level in imports(source)
        if level == 0 and name in FLOORS and name != package and FLOORS[name] >= FLOORS[package]
    ]


def test_every_package_of_the_project_has_a_floor():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - {"tests", "bench"} == set(FLOORS)


def test_every_package_goes_into_the_image():
    assert {f"!{package}" for package in FLOORS} <= set(
        (ROOT / ".dockerignore").read_text().splitlines()
    )


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_only_downward(path):
    package = path.relative_to(ROOT).parts[0]
    assert violations(package, path.read_text()) == []


@pytest.mark.parametrize(
    ("package", "source"),
    [
        ("patrons", "import registration.application.forms"),
        ("accounts", "from myna_auth import client"),
        ("notices", "def f():\n    from mylibrary import views"),
    ],
)
def test_an_upward_or_sideways_import_is_noticed(package, source):
    assert violations(package, source)
