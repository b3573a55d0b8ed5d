"""The import rules: an import points to a lower floor, and no two modules wait for each other.

Every import counts: those inside a function and those for type checkers as well.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = {
    "demo": 9,
    "oita_library": 8,
    "mylibrary": 7,
    "figures": 7,
    "registration": 6,
    "news": 6,
    "circulation": 6,
    "notices": 5,
    "catalog": 5,
    "branches": 4,
    "patrons": 4,
    "announcements": 4,
    "staff": 3,
    "myna_auth": 2,
    "accounts": 2,
    "ui": 1,
    "audit": 0,
    "characters": 0,
    "outages": 0,
}
# The settings start the embedded PostgreSQL where no database is named; an installation names one.
ALLOWED = {("oita_library.settings", "demo.embedded_postgres")}


def _modules() -> dict[str, Path]:
    found = {}
    for package in FLOORS:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = _modules()


def imports(module: str, source: str) -> Iterator[str]:
    """Yield the modules of ours that a module imports, wherever in its text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            assert node.level == 0, f"{module} imports relatively"
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            while name and name not in MODULES:
                name = name.rpartition(".")[0]
            if name and name != module:
                yield name


def package_of(module: str) -> str:
    return module.partition(".")[0]


def violations(module: str, source: str) -> list[str]:
    floor = FLOORS[package_of(module)]
    return [
        name
        for name in imports(module, source)
        if package_of(name) != package_of(module)
        and FLOORS[package_of(name)] >= floor
        and (module, name) not in ALLOWED
    ]


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that can be reached from each other (Tarjan, 1972)."""
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(module: str) -> None:
        numbers[module] = lowest[module] = len(numbers)
        stack.append(module)
        for other in graph.get(module, ()):
            if other not in numbers:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in stack:
                lowest[module] = min(lowest[module], numbers[other])
        if lowest[module] == numbers[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in graph:
        if module not in numbers:
            visit(module)
    return sorted(found)


def test_every_package_of_the_project_has_a_floor():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - {"tests", "bench"} == set(FLOORS)


def test_imports_point_only_downward():
    found = {module: violations(module, path.read_text()) for module, path in MODULES.items()}
    assert {module: names for module, names in found.items() if names} == {}


def test_no_modules_import_each_other():
    graph = {module: set(imports(module, path.read_text())) for module, path in MODULES.items()}
    assert circles(graph) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("patrons.models", "import registration.models"),
        ("accounts.services", "from myna_auth import client"),
        ("notices.services", "def f():\n    from mylibrary import views"),
    ],
)
def test_an_upward_or_sideways_import_is_noticed(module, source):
    assert violations(module, source)


def test_a_circle_is_noticed():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()}
    assert circles(graph) == [["a", "b", "c"]]
