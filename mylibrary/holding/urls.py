"""Addresses of this room: one hold, 予約かご. Which record is meant, no log has."""

from django.urls import path

from mylibrary.holding import views

urlpatterns = [
    path("holds/new/", views.new, name="hold_new"),
    path("holds/basket/", views.basket, name="basket"),
    path("holds/basket/add/", views.add, name="basket_add"),
    path("holds/basket/put/", views.put, name="basket_put"),
    path("holds/basket/remove/", views.remove, name="basket_remove"),
]
