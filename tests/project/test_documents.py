"""Documents name only what exists, and code names only documents that exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.project.test_floors import FLOORS, ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
ENDINGS = "py|md|toml|html|css|js|txt|sql|conf|yml"
PATH = re.compile(rf"[\w.-]+(?:/[\w.-]+)*(?:/|\.(?:{ENDINGS}))")
# Made by a run or an operator.
NOT_IN_THE_TREE = "var/"
# Addresses below /mylibrary/.
ROOMS_OF_ADDRESSES = (
    "login|logout|password|passkeys|sessions|profile|card|messages|privacy|bookshelf|sdi|requests"
    "|usage|holds|calendar"
)


def quoted(document: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", document.read_text(encoding="utf-8"))


def paths() -> Iterator[tuple[str, str]]:
    """Yield the documents with the paths they name; a bare file name is a role, not a path."""
    for document in DOCUMENTS:
        for name in quoted(document):
            if "/" in name and PATH.fullmatch(name) and not name.startswith(NOT_IN_THE_TREE):
                yield document.name, name


def everywhere(pattern: str) -> set[str]:
    texts = (document.read_text(encoding="utf-8") for document in DOCUMENTS)
    return {name for text in texts for name in re.findall(pattern, text)}


def test_every_path_that_a_document_names_exists():
    named = [
        (document, name)
        for document, name in paths()
        if not re.match(f"({ROOMS_OF_ADDRESSES})/", name)
    ]
    assert len(named) > 80
    assert [(document, name) for document, name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_of_a_document_leads_somewhere(document):
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)", text) + re.findall(r'src="([^"]+)"', text)
    files = [target for target in targets if "://" not in target]
    assert [target for target in files if not (document.parent / target).exists()] == []


def test_every_command_that_a_document_names_exists():
    commands = everywhere(r"manage\.py ([a-z_]+)")
    assert len(commands) > 8
    assert commands - set(get_commands()) == set()
    programs = [ROOT / name.replace(".", "/") for name in everywhere(r"python -m ([a-z_.]+)")]
    assert programs
    assert [
        path for path in programs if not path.is_dir() and not path.with_suffix(".py").exists()
    ] == []


def test_every_document_that_the_code_names_exists():
    files = [path for package in FLOORS for path in (ROOT / package).rglob("*.py")]
    files += [ROOT / ".env.sample", ROOT / "docker-compose.yml", ROOT / "Makefile"]
    named = {
        (path.name, document)
        for path in files
        for document in re.findall(r"docs/[\w./-]+\.md", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 10
    assert [(path, document) for path, document in named if not (ROOT / document).exists()] == []


def test_the_architecture_has_every_package_and_room_on_its_floor():
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d) \| `(\w+)/` \|", page, re.MULTILINE)
    assert {package: int(floor) for floor, package in rows} == FLOORS
    shown = [
        *(ROOT / "circulation").glob("*/__init__.py"),
        *(
            views
            for app in ("catalog", "mylibrary", "registration", "staff")
            for views in (ROOT / app).glob("*/views.py")
        ),
    ]
    rooms = {f"{module.parent.relative_to(ROOT)}/" for module in shown}
    rooms -= {"circulation/management/", "circulation/migrations/"}
    assert rooms == set(re.findall(r"^\| `(\w+/\w+/)` \|", page, re.MULTILINE))
