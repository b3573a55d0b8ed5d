"""Addresses of this room, below the admin's; each behind the gate of `staff.site`."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from accounts.scripts import passkey_login_options
from staff.second_factor import views


def second_factor_urls(admin_view: Callable[..., Any]) -> list[URLPattern]:
    return [
        path("login/passkey/options/", passkey_login_options, name="passkey_login_options"),
        path("login/passkey/", views.login, name="passkey_login"),
        path("second-factor/", admin_view(views.own), name="second_factor"),
        path("second-factor/check/", admin_view(views.check), name="second_factor_check"),
        path("second-factor/app/", admin_view(views.app), name="second_factor_app"),
        path("second-factor/codes/", admin_view(views.codes), name="second_factor_codes"),
        path(
            "second-factor/passkey/options/",
            admin_view(views.passkey_options),
            name="second_factor_passkey_options",
        ),
        path(
            "second-factor/passkey/",
            admin_view(views.passkey_add),
            name="second_factor_passkey_add",
        ),
        path("second-factor/remove/", admin_view(views.remove), name="second_factor_remove"),
        path("second-factor/reset/", admin_view(views.reset), name="second_factor_reset"),
    ]
