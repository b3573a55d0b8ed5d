"""Addresses of this room: リクエスト."""

from django.urls import path

from mylibrary.requests import views

urlpatterns = [
    path("requests/", views.requests, name="requests"),
    path("requests/new/", views.new, name="request_new"),
    path("requests/<uuid:public_id>/withdraw/", views.take_back, name="request_withdraw"),
]
