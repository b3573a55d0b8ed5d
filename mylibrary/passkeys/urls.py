"""Addresses of this room: passkeys."""

from django.urls import path

from accounts.scripts import passkey_login_options
from mylibrary.passkeys import views

urlpatterns = [
    path("login/passkey/options/", passkey_login_options, name="passkey_login_options"),
    path("login/passkey/", views.login, name="passkey_login"),
    path("passkeys/", views.passkeys, name="passkeys"),
    path("passkeys/options/", views.options, name="passkey_options"),
    path("passkeys/add/", views.add, name="passkey_add"),
    path("passkeys/<int:passkey_id>/rename/", views.rename, name="passkey_rename"),
    path("passkeys/<int:passkey_id>/remove/", views.remove, name="passkey_remove"),
]
