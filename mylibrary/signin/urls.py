"""Addresses of this room: login by number, the own password, logins on all devices."""

from django.urls import path

from mylibrary.signin import views

urlpatterns = [
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("password/", views.password, name="password"),
    path("password/first/", views.first_password, name="first_password"),
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/end/", views.end_session, name="sessions_end"),
    path("sessions/end-others/", views.end_other_sessions, name="sessions_end_others"),
    path("sessions/end-all/", views.end_all_sessions, name="sessions_end_all"),
    path("session/extend/", views.extend_session, name="session_extend"),
]
