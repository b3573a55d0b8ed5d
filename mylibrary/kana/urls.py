"""Addresses of this room: another kana."""

from django.urls import path

from mylibrary.kana import views

urlpatterns = [
    path("profile/kana/", views.kana_change, name="kana_change"),
    path("profile/kana/cancel/", views.cancel, name="kana_cancel"),
]
