"""Addresses of this room: messages."""

from django.urls import path

from mylibrary.inbox import views

urlpatterns = [
    path("messages/", views.inbox, name="messages"),
    path("messages/read/", views.read_all, name="read_all"),
    path("messages/settings/", views.mail_settings, name="mail_settings"),
    path("messages/<uuid:public_id>/", views.message, name="message"),
    path("messages/<uuid:public_id>/unread/", views.put_back, name="put_back"),
]
