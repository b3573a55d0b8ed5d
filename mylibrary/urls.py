"""Addresses of My Library (manual, step 10)."""

from django.urls import path

from mylibrary import card_views, login_views, message_views, move_views, views

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
    path("messages/", message_views.inbox, name="messages"),
    path("messages/read/", message_views.read_all, name="read_all"),
    path("messages/settings/", message_views.mail_settings, name="mail_settings"),
    path("messages/<uuid:public_id>/", message_views.message, name="message"),
    path("messages/<uuid:public_id>/unread/", message_views.put_back, name="put_back"),
]
