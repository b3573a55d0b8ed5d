"""Addresses of My Library (manual, step 10)."""

from django.urls import path

from mylibrary import login_views, views

app_name = "mylibrary"
urlpatterns = [
    path("", views.menu, name="menu"),
    path("login/", login_views.login, name="login"),
    path("logout/", login_views.logout, name="logout"),
    path("password/", login_views.password, name="password"),
    path("profile/", views.profile, name="profile"),
    path("profile/edit/", views.profile_edit, name="profile_edit"),
    path("card/", views.card, name="card"),
]
