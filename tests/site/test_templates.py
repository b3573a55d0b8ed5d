"""Every template keeps to the browser policy: nothing inline but data, which never runs."""

import re

import pytest
from django.conf import settings

ALL = settings.BASE_DIR / "templates"
# A mail is no page: it has its styles with it, and no policy of ours.
TEMPLATES = sorted(set(ALL.rglob("*.html")) - {ALL / "notices/mail.html"})
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\s(?:src=|type=\"application/ld\+json\"))|javascript:",
    re.IGNORECASE,
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_nothing_inline(path):
    assert not INLINE.search(path.read_text())


def test_styles_refer_only_to_files_that_exist():
    for sheet in (settings.BASE_DIR / "static" / "css").glob("*.css"):
        for target in re.findall(r'url\("([^"]+)"\)', sheet.read_text()):
            assert (sheet.parent / target).is_file(), f"{sheet.name}: {target}"
