"""Addresses of My Library (manual, step 10)."""

from django.urls import path

from mylibrary import (
    card_views,
    contact_views,
    login_views,
    move_views,
    reset_views,
    views,
)

app_name = "mylibrary"
urlpatterns = [
    path("", views.menu, name="menu"),
    path("login/", login_views.login, name="login"),
    path("login/offer/", card_views.login_offer, name="login_offer"),
    path("login/not-found/", card_views.not_found, name="not_found"),
    path("login/elsewhere/", card_views.elsewhere, name="elsewhere"),
    path("logout/", login_views.logout, name="logout"),
    path("password/", login_views.password, name="password"),
    path("password/reset/", reset_views.password_reset, name="password_reset"),
    path("password/reset/sent/", reset_views.sent, name="reset_sent"),
    path("password/reset/link/", reset_views.link, name="reset_link"),
    path("password/reset/new/", reset_views.new_password, name="reset_password"),
    path("password/reset/done/", reset_views.done, name="reset_done"),
    path("password/reset/offer/", card_views.recover_offer, name="recover_offer"),
    path("password/reset/number/", card_views.recover, name="recover"),
    path("profile/", views.profile, name="profile"),
    path("profile/moved/", move_views.moved, name="moved"),
    path("profile/link/other-person/", card_views.link_other_person, name="link_other_person"),
    path("profile/link/taken/", card_views.link_taken, name="link_taken"),
    path("profile/edit/", contact_views.profile_edit, name="profile_edit"),
    path("profile/email/send/", contact_views.email_send, name="email_send"),
    path("profile/email/cancel/", contact_views.email_cancel, name="email_cancel"),
    path("profile/email/confirm/", contact_views.email_confirm, name="email_confirm"),
    path("card/", views.card, name="card"),
]
