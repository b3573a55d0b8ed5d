"""Addresses of this room: the patron card."""

from django.urls import path

from mylibrary.patron_card import views

urlpatterns = [
    path("card/", views.card, name="card"),
    path("card/print/", views.card_print, name="card_print"),
    path("card/picture/", views.card_picture, name="card_picture"),
    path("card/offline/", views.card_offline, name="card_offline"),
    path("card/worker.js", views.card_worker, name="card_worker"),
]
