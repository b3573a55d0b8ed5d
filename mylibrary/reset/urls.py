"""Addresses of this room: a new password by mail, and the stop of it."""

from django.urls import path

from mylibrary.reset import views

urlpatterns = [
    path("password/reset/", views.password_reset, name="password_reset"),
    path("password/reset/sent/", views.sent, name="reset_sent"),
    path("password/reset/link/", views.link, name="reset_link"),
    path("password/reset/new/", views.new_password, name="reset_password"),
    path("password/reset/done/", views.done, name="reset_done"),
    path("profile/unknown-change/", views.unknown_change, name="unknown_change"),
]
