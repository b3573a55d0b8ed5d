"""Addresses of this room: another kana."""

from django.urls import path

from mylibrary.kana import views

urlpatterns = [
    path("profile/kana/", views.kana_request, name="kana_request"),
    path("profile/kana/cancel/", views.cancel, name="kana_cancel"),
]
