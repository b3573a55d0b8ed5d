"""Addresses of this room: 心当たりのない変更."""

from django.urls import path

from mylibrary.reset_stop import views

urlpatterns = [
    path("profile/unknown-change/", views.unknown_change, name="unknown_change"),
]
