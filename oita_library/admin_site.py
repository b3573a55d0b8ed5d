"""The staff's admin site."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest

from oita_library.context import LIBRARY

# The mail queue's own tables: its command line shows them to operators, staff work with notices.
NOT_FOR_STAFF = {"procrastinate"}


class LibraryAdminSite(AdminSite):
    """Django's admin under the library's name, with what staff work with."""

    site_header = f"{LIBRARY['LIBRARY_NAME']} 管理画面"
    site_title = LIBRARY["LIBRARY_NAME"]
    index_title = "業務メニュー"

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the menu without the mail queue's tables."""
        apps = super().get_app_list(request, app_label)
        return [app for app in apps if app["app_label"] not in NOT_FOR_STAFF]
