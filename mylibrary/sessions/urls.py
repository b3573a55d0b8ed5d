"""Addresses of this room: logins on all devices."""

from django.urls import path

from mylibrary.sessions import views

urlpatterns = [
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/end/", views.end, name="sessions_end"),
    path("sessions/end-others/", views.end_others, name="sessions_end_others"),
    path("sessions/end-all/", views.end_all, name="sessions_end_all"),
    path("session/extend/", views.extend, name="session_extend"),
]
