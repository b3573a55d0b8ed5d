"""The staff's admin site."""

from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, ValidationError
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts.second_factor.session import is_through
from accounts.sessions import store_of
from accounts.throttle import admit_again, remember_browser
from staff.base import StaffModelAdmin, member_of_staff
from staff.waiting import what_waits
from ui.pages import in_words

# What opens before the second factor is shown: showing it, setting up the first one, leaving.
ENTRANCE = {
    "admin:logout",
    *(f"admin:second_factor{page}" for page in ("", "_check", "_app", "_codes")),
    *("admin:second_factor_passkey_options", "admin:second_factor_passkey_add"),
}
# They look into any model that is named to them.
UNUSED = {"autocomplete", "view_on_site"}
# What an address with a value no column can hold ends in: Django's admin puts it into the query.
IMPOSSIBLE_VALUE = (DataError, OverflowError, ValidationError)


class LibraryAdminSite(AdminSite):
    """Django's admin under the library's name, with what staff work with."""

    site_header = f"{settings.LIBRARY_NAME} 管理画面"
    site_title = settings.LIBRARY_NAME
    index_title = "業務メニュー"
    empty_value_display = "—"
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
        from staff.second_factor.urls import second_factor_urls  # needs the models

        known = [url for url in super().get_urls() if getattr(url, "name", "") not in UNUSED]
        return [*second_factor_urls(self.admin_view), *known]

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether a page opens: to staff who have shown their second factor.

        The one gate: every address of the admin asks here, and what of it shows who may.
        """
        match = request.resolver_match
        return super().has_permission(request) and (
            is_through(store_of(request)) or (match is not None and match.view_name in ENTRANCE)
        )

    def _is_half_way(self, request: HttpRequest) -> bool:
        """Return whether somebody of the staff has yet to show the second factor."""
        return not self.has_permission(request) and super().has_permission(request)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """End the login and have the browser forget what it kept: the next person uses it, too.

        Not its cookies: those of other hosts of the city would go with them, and the one by which
        this browser is known to staff (`accounts.throttle`); the session's is worth nothing now.
        Not its cache, which holds no page of ours.
        """
        response = super().logout(request, extra_context)
        if request.method == "POST":
            response["Clear-Site-Data"] = '"storage"'
        return response

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show what waits for this member of staff, the menu, and the statistics."""
        context = {"waiting": what_waits(member_of_staff(request))}
        return super().index(request, context | (extra_context or {}))

    @method_decorator(never_cache)
    @login_not_required
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Let the browser be known to whoever logs in here (`accounts.throttle`).

        Where a second factor is to be shown, only after that (`staff.second_factor`).
        """
        if request.method == "GET" and self._is_half_way(request):
            return _to_second_factor(request.GET.get("next", ""))
        response = super().login(request, extra_context)
        if (
            request.method == "POST"
            and response.status_code == 302
            and is_through(store_of(request))
        ):
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
            if self._is_half_way(request):
                return _to_second_factor(request.get_full_path())
            try:
                return inner(request, *args, **kwargs)
            except IMPOSSIBLE_VALUE as error:
                raise BadRequest("impossible value") from error

        return answering


def _to_second_factor(path: str) -> HttpResponse:
    response = redirect_to_login(path, reverse("admin:second_factor_check"))
    add_never_cache_headers(response)
    return response
