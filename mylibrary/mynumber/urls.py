"""Addresses of this room: login, number and link by My Number Card."""

from django.urls import path

from mylibrary.mynumber import views
from mylibrary.mynumber.models import OfferPurpose

urlpatterns = [
    path("login/offer/", views.offer, {"purpose": OfferPurpose.LOGIN}, name="login_offer"),
    path("login/not-found/", views.not_found, name="not_found"),
    path("login/elsewhere/", views.elsewhere, name="elsewhere"),
    path(
        "password/reset/offer/",
        views.offer,
        {"purpose": OfferPurpose.RECOVER},
        name="recover_offer",
    ),
    path("password/reset/number/", views.recover, name="recover"),
    path(
        "profile/link/other-person/",
        views.link_refused,
        {"taken": False},
        name="link_other_person",
    ),
    path("profile/link/taken/", views.link_refused, {"taken": True}, name="link_taken"),
]
