"""Addresses of this room: one thing more at a first login."""

from django.urls import path

from mylibrary.first_login import views

urlpatterns = [
    path("login/confirm/", views.confirm, name="login_confirm"),
    path("login/confirm/send/", views.send_again, name="login_confirm_send"),
    path("login/phone/", views.phone, name="login_phone"),
]
