"""Every page of the admin, and members of staff with given permissions."""

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.registration.support import hidden_fields

EVERY = sorted(admin.site._registry.values(), key=lambda page: page.opts.label)
# The page that is scanned into stands where the list of loans would be.
LISTS = [page for page in EVERY if page.opts.label_lower != "circulation.loan"]
each_page = pytest.mark.parametrize("page", EVERY, ids=lambda page: page.opts.label_lower)
each_list = pytest.mark.parametrize("page", LISTS, ids=lambda page: page.opts.label_lower)


def list_of(page: admin.ModelAdmin) -> str:
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")


def address_of(row: object, name: str = "change") -> str:
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{name}", args=[row.pk])


def staff_with(*permissions: str) -> Client:
    """Return the browser of a member of staff who may view everything, and what is named."""
    user = get_user_model().objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def save(browser: Client, address: str, typed: dict, **how: object) -> HttpResponse:
    """Send a form of the admin as its page does: with the mark of what it shows."""
    shown = hidden_fields(browser.get(address).content.decode()).get("shown", "")
    return browser.post(address, {"shown": shown} | typed, **how)
