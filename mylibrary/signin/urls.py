"""Addresses of this room: login by number and the own password."""

from django.urls import path

from mylibrary.signin import views

urlpatterns = [
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("password/", views.password, name="password"),
    path("password/first/", views.first_password, name="first_password"),
]
