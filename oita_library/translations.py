"""The translated sentences (`locale/`): gathered, checked, compiled without gettext's programs.

Japanese is the source language, so a sentence in the code is the key of its translations. A third
language is one folder `locale/<code>/LC_MESSAGES/` and one line in `settings.LANGUAGES`.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

ROOT = settings.BASE_DIR
LOCALE = ROOT / "locale"
KEYWORDS: dict[str, tuple | None] = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "_": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
APPS = (
    *("accounts", "announcements", "audit", "branches", "catalog", "characters"),
    *("circulation", "demo", "figures"),
    "mylibrary",
    *(
        "myna_auth",
        "news",
        "notices",
        "oita_library",
        "outages",
        "patrons",
        "registration",
        "staff",
        "ui",
    ),
)
# Read by staff, operators or programs, in Japanese.
NOT_FOR_RESIDENTS = (
    "*/admin.py",
    "*/admin/*",
    "*/checks.py",
    "*/migrations/*",
    "*/management/*",
    "*/staff_warnings.py",
    "*/mails/staff_*.txt",
    "accounts/second_factor/*",
    "audit/*",
    "catalog/importing/*",
    "circulation/files/tables.py",
    "circulation/files/waiting.py",
    "circulation/files/words.py",
    "catalog/search/folding.py",
    "characters/variants.py",
    "circulation/desk/*",
    "demo/*",
    "figures/*",
    "mylibrary/requests/decision_forms.py",
    "news/previews.py",
    "news/works.py",
    "oita_library/formats/*",
    "patrons/normalize.py",
    "patrons/patron_list.py",
    "patrons/transfer/*",
    "patrons/written_dates.py",
    "patrons/matching/*",
    "patrons/revealing/*",
    "patrons/withholding/models.py",
    "registration/review/comparison.py",
    "staff/*",
    "templates/admin/*",
)
# On a line that names what is no sentence: a table of characters, a value that is compared.
EXEMPT = "# not shown"
# Without the dates and names that Babel would put in, and that change with every writing.
HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: {plurals}\\n"

"""
JAPANESE = re.compile(r"[\u3001-\u30ff\u3400-\u9fff\uff01-\uff60]")
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w*\}|</?(?!span)\w+")
ELEMENT = re.compile(r"<[^>]*>")
MARKED = re.compile(r"""_\((?:"[^"]*"|'[^']*')\)""")


def catalog_paths() -> Iterator[Path]:
    """Yield the file of translations of each language but the source."""
    for language, _ in settings.LANGUAGES:
        if language != settings.LANGUAGE_CODE:
            yield LOCALE / to_locale(language) / "LC_MESSAGES" / "django.po"


def sources() -> Iterator[Path]:
    """Yield the modules and templates whose sentences residents may read."""
    for folder in (*APPS, "templates"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".html", ".txt", ".js") and not _is_for_staff(path):
                yield path


def gathered() -> Catalog:
    """Return every sentence that is marked for translation, with the files it stands in."""
    catalog = Catalog(charset="utf-8")
    for path in sources():
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            text = "\n".join(line.strip() for line in templatize(text).splitlines())
        for line, message, _, context in extract(
            "python", BytesIO(text.encode()), keywords=KEYWORDS
        ):
            catalog.add(message, locations=[(str(path.relative_to(ROOT)), line)], context=context)
    return catalog


def update(path: Path) -> None:
    """Bring a file of translations up to the code: new sentences come empty, gone ones go."""
    catalog = _read(path)
    catalog.update(gathered(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    header = HEADER.format(language=catalog.locale, plurals=catalog.plural_forms)
    with path.open("wb") as file:
        file.write(header.encode())
        write_po(file, catalog, width=0, include_lineno=False, sort_by_file=True, omit_header=True)


def compile_all() -> None:
    """Write what Django reads (`.mo`), where they are older than their sources."""
    for path in catalog_paths():
        compiled = path.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < path.stat().st_mtime:
            whole = BytesIO()
            write_mo(whole, _read(path))
            unfinished = compiled.with_suffix(f".{id(whole)}")
            unfinished.write_bytes(whole.getvalue())
            unfinished.replace(compiled)


def faults() -> Iterator[str]:
    """Yield what is wrong in the translations, and the Japanese that was not gathered."""
    wanted = gathered()
    for path in catalog_paths():
        for fault in differences(wanted, _read(path)):
            yield f"{path.relative_to(ROOT)}: {fault}"
    for path in sources():
        unmarked = unmarked_in_module if path.suffix == ".py" else unmarked_in_template
        for line, text in unmarked(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(ROOT)}:{line}: not marked for translation: {text[:60]}"
    # Scripts get their sentences from the page (`data-*`).
    for path in sorted((ROOT / "static" / "js").glob("*.js")):
        if JAPANESE.search(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(ROOT)}: a sentence in a script"


def differences(wanted: Catalog, catalog: Catalog) -> Iterator[str]:
    """Yield each message that is missing, stale, guessed, or built otherwise.

    Sentences stand in attributes as they are: a straight quotation mark would end one.
    """
    for message in wanted:
        found = catalog.get(message.id, message.context)
        if message.id and (found is None or not all(_strings(found.string))):
            yield f"missing: {message.id}"
    for message in catalog:
        if message.id and wanted.get(message.id, message.context) is None:
            yield f"stale: {message.id}"
        elif message.id and message.fuzzy:
            yield f"fuzzy: {message.id}"
        elif message.id and _parts(message.id) != _parts(message.string):
            yield f"other placeholders or elements: {message.id}"
        elif any('"' in ELEMENT.sub("", text) for text in _strings(message.string)):
            yield f"straight quotation mark: {message.id}"


def _read(path: Path) -> Catalog:
    language = path.parent.parent.name
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8")


def _is_for_staff(path: Path) -> bool:
    name = str(path.relative_to(ROOT))
    return any(fnmatch(name, pattern) for pattern in NOT_FOR_RESIDENTS)


def _strings(text: Sequence[str] | None) -> tuple[str, ...]:
    """Return a sentence's forms: one, or one for each number."""
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def _parts(text: Sequence[str] | None) -> set[str]:
    """Return placeholders and elements of a sentence, in its last plural."""
    return set(PLACEHOLDER.findall(_strings(text)[-1]))


def unmarked_in_module(text: str) -> Iterator[tuple[int, str]]:
    """Yield the Japanese strings of a module that are neither docstrings nor marked.

    What is put together within a mark is no sentence that could be gathered.
    """
    lines = text.splitlines()
    tree = ast.parse(text)
    fine = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in KEYWORDS:
            fine |= {id(argument) for argument in node.args}
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            fine.add(id(node.value))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in fine:
            continue
        if not isinstance(node.value, str) or not JAPANESE.search(node.value):
            continue
        if not any(EXEMPT in line for line in lines[node.lineno - 1 : node.end_lineno]):
            yield node.lineno, node.value


def unmarked_in_template(text: str) -> Iterator[tuple[int, str]]:
    """Yield the Japanese of a template that stands outside the tags for translation."""
    inside = ""
    for token in Lexer(text).tokenize():
        tag = token.contents.split(maxsplit=1)[0] if token.contents.strip() else ""
        if token.token_type == TokenType.BLOCK and inside:
            inside = "" if tag == inside else inside
        elif token.token_type == TokenType.BLOCK and tag in ("blocktranslate", "comment"):
            inside = f"end{tag}"
        elif token.token_type == TokenType.COMMENT or inside or tag in ("translate", "trans"):
            continue
        elif JAPANESE.search(MARKED.sub("", token.contents)):
            yield token.lineno or 1, " ".join(token.contents.split())
