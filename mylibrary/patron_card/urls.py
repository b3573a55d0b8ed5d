"""Addresses of this room: the patron card."""

from django.urls import path

from mylibrary.patron_card import device_views, views

urlpatterns = [
    path("card/", device_views.card, name="card"),
    path("card/here/", device_views.begin, name="device_card_begin"),
    path("card/here/end/", device_views.end_here, name="device_card_end"),
    path("sessions/card/end/", device_views.end_elsewhere, name="device_card_end_elsewhere"),
    path("card/print/", views.card_print, name="card_print"),
    path("card/picture/", views.card_picture, name="card_picture"),
    path("card/offline/", views.card_offline, name="card_offline"),
    path("card/worker.js", views.card_worker, name="card_worker"),
]
