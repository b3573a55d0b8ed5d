"""Addresses of this room: name and address after a move."""

from django.urls import path

from mylibrary.moved import views

urlpatterns = [path("profile/moved/", views.moved, name="moved")]
