"""Addresses of My Library (manual, step 10)."""

from django.urls import path

from mylibrary import card_views, login_views, move_views, privacy_views, views

app_name = "mylibrary"
urlpatterns = [
    path("", views.menu, name="menu"),
    path("login/", login_views.login, name="login"),
    path("login/offer/", card_views.login_offer, name="login_offer"),
    path("login/not-found/", card_views.not_found, name="not_found"),
    path("login/elsewhere/", card_views.elsewhere, name="elsewhere"),
    path("logout/", login_views.logout, name="logout"),
    path("password/", login_views.password, name="password"),
    path("password/reset/", card_views.password_reset, name="password_reset"),
    path("password/reset/offer/", card_views.recover_offer, name="recover_offer"),
    path("password/reset/number/", card_views.recover, name="recover"),
    path("profile/", views.profile, name="profile"),
    path("profile/moved/", move_views.moved, name="moved"),
    path("profile/link/other-person/", card_views.link_other_person, name="link_other_person"),
    path("profile/link/taken/", card_views.link_taken, name="link_taken"),
    path("profile/edit/", views.profile_edit, name="profile_edit"),
    path("card/", views.card, name="card"),
    path("privacy/", privacy_views.privacy, name="privacy"),
    path("privacy/download/", privacy_views.download, name="download"),
    path("privacy/erase/", privacy_views.erase, name="erase"),
    path("privacy/erase/cancel/", privacy_views.cancel, name="erase_cancel"),
]
