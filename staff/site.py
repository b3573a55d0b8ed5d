"""The staff's admin site."""

from functools import wraps
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, ValidationError
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver
from django.utils.decorators import method_decorator
from django.utils.module_loading import module_has_submodule
from django.views.decorators.cache import never_cache

from accounts.throttle import admit_again, remember_browser
from staff.base import StaffModelAdmin, member_of_staff
from ui.pages import in_words

# They look into any model that is named to them.
UNUSED = {"autocomplete", "view_on_site"}
# What an address with a value no column can hold ends in: Django's admin puts it into the query.
IMPOSSIBLE_VALUE = (DataError, OverflowError, ValidationError)


class LibraryAdminSite(AdminSite):
    """Django's admin under the library's name, with what staff work with."""

    site_header = f"{settings.LIBRARY_NAME} 管理画面"
    site_title = settings.LIBRARY_NAME
    index_title = "業務メニュー"
    logout_template = "admin/logged_out.html"

    def register(
        self, model_or_iterable: Any, admin_class: type[ModelAdmin] | None = None, **options: Any
    ) -> None:
        """Take our own pages; leave out those that Django and other packages register.

        Theirs may be filtered by any column (see `StaffModelAdmin`), and the mail queue's change
        jobs for whoever may view one: operators have its command line.
        """
        if admin_class and issubclass(admin_class, StaffModelAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return the admin's addresses, without those that no page of ours leads to."""
        return [url for url in super().get_urls() if getattr(url, "name", "") not in UNUSED]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show the menu, below what the apps' `staff_warnings` tell this member of staff."""
        for app in apps.get_app_configs():
            if module_has_submodule(app.module, "staff_warnings"):
                module = import_module(f"{app.name}.staff_warnings")
                for warning in module.warnings(member_of_staff(request)):
                    messages.warning(request, warning)
        return super().index(request, extra_context)

    @method_decorator(never_cache)
    @login_not_required
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Let the browser be known to whoever logs in here (`accounts.throttle`)."""
        response = super().login(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            name = request.user.get_username()
            remember_browser(request, response, kind="staff", identifier=name)
        return response

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Change the own password; whoever finds a login open may not try for ever to guess it."""
        if request.method == "POST" and (wait := admit_again(member_of_staff(request).pk).wait):
            messages.error(
                request, f"{in_words(wait)}ほど待ってから、もう一度パスワードを変更してください。"
            )
            return redirect("admin:password_change")
        return super().password_change(request, extra_context)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Answer an address with an impossible value (NUL, the year 10**20) with 400.

        Only translations may be stored by a browser; Django lets it store パスワードの変更 as well,
        which names who is logged in.
        """
        inner = super().admin_view(view, cacheable and view == self.i18n_javascript)

        @wraps(inner)
        def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return inner(request, *args, **kwargs)
            except IMPOSSIBLE_VALUE as error:
                raise BadRequest("impossible value") from error

        return answering
