"""Every sentence for residents is marked for translation, and translated."""

import ast
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from gettext import GNUTranslations
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.conf import settings

from oita_library import translations
from oita_library.apps import translations_are_compiled

SAY = "from django.apps import apps; print(apps.get_app_config('mylibrary').verbose_name)"


def catalog(*messages: tuple, **more) -> Catalog:
    made = Catalog(locale="en")
    for source, *translated in messages:
        made.add(source, *translated, **more)
    return made


def test_nothing_is_missing_stale_or_unmarked():
    assert list(translations.faults()) == []


def test_english_says_nothing_in_japanese_but_what_is_shown_in_japan():
    """A Japanese word stands beside its English one, never alone."""
    (path,) = translations.catalog_paths()
    for message in read_po(BytesIO(path.read_bytes())):
        for text in [message.string] if isinstance(message.string, str) else message.string:
            assert not message.id or translations.JAPANESE.sub("", text).strip(" ()<>/"), message.id


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (catalog(), "missing: 本"),
        (catalog(("本", "")), "missing: 本"),
        (catalog(("本", "book"), ("棚", "shelf")), "stale: 棚"),
        (catalog(("本", "book"), flags={"fuzzy"}), "fuzzy: 本"),
        (catalog(("本", 'a "book"')), "straight quotation mark: 本"),
    ],
)
def test_a_catalogue_that_is_not_up_to_the_code_is_a_fault(found, fault):
    assert list(translations.differences(catalog(("本",)), found)) == [fault]
    assert list(translations.differences(catalog(("本",)), catalog(("本", "book")))) == []


@pytest.mark.parametrize(
    ("source", "translated"),
    [("%(n)s冊", "books"), ("{day}まで", "until {Day}"), ("<a href>本</a>", "<b>book</b>")],
)
def test_placeholders_and_elements_come_out_alike(source, translated):
    found = catalog((source, translated))
    (fault,) = translations.differences(catalog((source,)), found)
    assert fault.startswith("other placeholders or elements")


@pytest.mark.parametrize(
    ("code", "unmarked"),
    [
        ('x = "本"', ["本"]),
        ('x = f"{y}冊"', ["冊"]),
        ('x = _("本")', []),
        ('x = gettext("本" "棚")', []),
        ('x = _(f"{y}冊")', ["冊"]),
        ('x = _("本" + y)', ["本"]),
        ('x = f"{y}。"', ["。"]),
        ('x = "、".join(y)', ["、"]),
        ('"""本."""', []),
        ('x = "本"  # not shown', []),
        ('x = "book"', []),
    ],
)
def test_a_japanese_literal_in_code_is_found(code, unmarked):
    assert [text for _, text in translations.unmarked_in_module(code)] == unmarked


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>本</p>", True),
        ('<p title="本"></p>', True),
        ('{% include "x" with label="本" %}', True),
        ('{% include "x" with label=_("本") %}', False),
        ('{% translate "本" %}', False),
        ("{% blocktranslate %}本{{ x }}{% endblocktranslate %}", False),
        ("{% comment %}本{% endcomment %}{# 本 #}", False),
        ('{% translate "本" %}棚', True),
    ],
)
def test_japanese_outside_the_tags_of_a_template_is_found(template, found):
    assert bool(list(translations.unmarked_in_template(template))) == found


@pytest.mark.parametrize(
    ("target", "does"), [("run", "manage.py demo"), ("test", "-m pytest"), ("bench", "-m bench")]
)
def test_make_compiles_before_anything_is_shown(target, does):
    said = subprocess.run(
        ["make", "-n", target], check=True, cwd=settings.BASE_DIR, capture_output=True, text=True
    ).stdout
    assert said.index("manage.py compilemessages") < said.index(does)


def test_sentences_that_were_not_compiled_are_warned_of(tmp_path, settings):
    assert list(translations_are_compiled()) == []
    settings.BASE_DIR = tmp_path
    assert [warning.id for warning in translations_are_compiled()] == ["oita_library.W001"]


def test_what_is_compiled_is_what_django_reads_and_follows_its_source(tmp_path, monkeypatch):
    monkeypatch.setattr(translations, "LOCALE", tmp_path)
    source = tmp_path / "en" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    for written in ("book", "books"):
        source.write_text(f'msgid "本"\nmsgstr "{written}"\n')
        os.utime(source, ns=(time.time_ns() + 10**9,) * 2)
        translations.compile_all()
        compiled = BytesIO(source.with_suffix(".mo").read_bytes())
        assert GNUTranslations(compiled).gettext("本") == written
    assert len(list(source.parent.iterdir())) == 2


def test_nothing_is_translated_when_a_module_is_loaded():
    """What is made at import is lazy: it would stay in the language of whoever came first."""
    eager = {"gettext", "ngettext", "pgettext", "npgettext", "get_language"}
    for path in translations.sources():
        if path.suffix == ".py":
            tree = ast.parse(path.read_text())
            names = {
                alias.asname or alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
                for alias in node.names
                if alias.name in eager
            }
            assert not names & set(called_at_import(tree)), path


def called_at_import(node: ast.AST) -> Iterator[str]:
    """Yield the names of what runs when a module is loaded: not what stands inside functions."""
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
            yield part.func.id
        if isinstance(part, ast.FunctionDef | ast.Lambda):
            defaults = [*part.args.defaults, *filter(None, part.args.kw_defaults)]
            yield from called_at_import(ast.Tuple(defaults + getattr(part, "decorator_list", [])))
        else:
            yield from called_at_import(part)


def test_a_call_at_import_would_be_found():
    code = "x = gettext('a')\n@f(_('b'))\ndef g(y=ngettext('c')): h()"
    assert set(called_at_import(ast.parse(code))) == {"gettext", "f", "_", "ngettext"}


def test_commands_and_the_worker_speak_japanese_wherever_they_run():
    said = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", SAY],
        check=True,
        cwd=settings.BASE_DIR,
        env=os.environ | {"LANG": "en_GB.UTF-8", "LANGUAGE": "en", "DEPLOYMENT": "demo"},
        capture_output=True,
        text=True,
    ).stdout
    assert said.strip() == "Myライブラリ"


def test_compiling_needs_no_programs_of_gettext(tmp_path):
    subprocess.run(
        [sys.executable, "manage.py", "compilemessages"],
        check=True,
        cwd=settings.BASE_DIR,
        env={"DEPLOYMENT": "demo", "PATH": str(tmp_path)},
    )
    for path in translations.catalog_paths():
        assert path.with_suffix(".mo").stat().st_mtime >= path.stat().st_mtime
