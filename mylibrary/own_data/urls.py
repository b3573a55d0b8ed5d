"""Addresses of this room: own data and their erasure."""

from django.urls import path

from mylibrary.own_data import views

urlpatterns = [
    path("privacy/", views.privacy, name="privacy"),
    path("privacy/download/", views.download, name="download"),
    path("privacy/erase/", views.erase, name="erase"),
    path("privacy/erase/cancel/", views.cancel, name="erase_cancel"),
]
