"""The stylesheets: a file for each component, one file for the browser."""

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

from oita_library.settings import STORAGES

SHEETS = settings.BASE_DIR / "static" / "css"
# Each on pages that have no other sheet of ours.
STAFF = {
    *("audit_admin.css", "desk.css", "list_tools.css", "lists_admin.css", "review_admin.css"),
    *("scan_admin.css", "second_factor.css", "staff.css"),
}
APART = {"site.css", "slip.css"} | STAFF
PAGES = ["/", "/manual/", "/registration/", "/mylibrary/login/", "/nowhere/"]


def imported() -> list[str]:
    return re.findall(r'@import url\("(.+)"\);', (SHEETS / "site.css").read_text())


def test_every_component_is_in_the_residents_sheet():
    assert sorted(imported()) == sorted({sheet.name for sheet in SHEETS.glob("*.css")} - APART)


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_for_one_sheet(client, path):
    page = client.get(path).content.decode()
    assert re.findall(r'rel="stylesheet" href="([^"]+)"', page) == ["/static/css/site.css"]


def test_collecting_puts_the_components_in_one_file(settings, tmp_path):
    settings.STORAGES = STORAGES | {
        "staticfiles": {"BACKEND": "oita_library.static_files.StaticFilesStorage"}
    }
    settings.STATIC_ROOT = tmp_path
    # Twice: the second time, the file that stands there is newer than its source.
    for _ in range(2):
        call_command("collectstatic", interactive=False, verbosity=0)
    hashed = staticfiles_storage.url("css/site.css")
    assert re.fullmatch(r"/static/css/site\.[0-9a-f]{12}\.css", hashed)
    served = (tmp_path / hashed.removeprefix("/static/")).read_text()
    assert "@import" not in served
    icon = staticfiles_storage.url("icons/warn.svg").removeprefix("/static/")
    assert f'url("../{icon}")' in served
    plain = (tmp_path / "css/site.css").read_text()
    for name in imported():
        assert (SHEETS / name).read_text() in plain
