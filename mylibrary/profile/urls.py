"""Addresses of this room: contact data, an address until it is confirmed, a move of house."""

from django.urls import path

from mylibrary.profile import views

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("profile/moved/", views.moved, name="moved"),
    path("profile/edit/", views.profile_edit, name="profile_edit"),
    path("profile/email/send/", views.email_send, name="email_send"),
    path("profile/email/cancel/", views.email_cancel, name="email_cancel"),
    path("profile/email/confirm/", views.email_confirm, name="email_confirm"),
]
