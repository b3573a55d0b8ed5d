"""Addresses of My Library (manual, step 10)."""

from django.urls import path

from mylibrary import (
    card_views,
    first_password_views,
    kana_views,
    login_views,
    move_views,
    passkey_views,
    patron_card_views,
    session_views,
    views,
)

app_name = "mylibrary"
urlpatterns = [
    path("", views.menu, name="menu"),
    path("login/", login_views.login, name="login"),
    path("login/offer/", card_views.login_offer, name="login_offer"),
    path("login/not-found/", card_views.not_found, name="not_found"),
    path("login/elsewhere/", card_views.elsewhere, name="elsewhere"),
    path("login/passkey/options/", passkey_views.login_options, name="passkey_login_options"),
    path("login/passkey/", passkey_views.login, name="passkey_login"),
    path("logout/", login_views.logout, name="logout"),
    path("password/", login_views.password, name="password"),
    path("password/first/", first_password_views.first_password, name="first_password"),
    path("password/reset/", card_views.password_reset, name="password_reset"),
    path("password/reset/offer/", card_views.recover_offer, name="recover_offer"),
    path("password/reset/number/", card_views.recover, name="recover"),
    path("profile/", views.profile, name="profile"),
    path("profile/moved/", move_views.moved, name="moved"),
    path("profile/kana/", kana_views.kana_change, name="kana_change"),
    path("profile/kana/cancel/", kana_views.cancel, name="kana_cancel"),
    path("profile/link/other-person/", card_views.link_other_person, name="link_other_person"),
    path("profile/link/taken/", card_views.link_taken, name="link_taken"),
    path("profile/edit/", views.profile_edit, name="profile_edit"),
    path("card/", patron_card_views.card, name="card"),
    path("card/print/", patron_card_views.card_print, name="card_print"),
    path("card/offline/", patron_card_views.card_offline, name="card_offline"),
    path("card/worker.js", patron_card_views.card_worker, name="card_worker"),
    path("sessions/", session_views.sessions, name="sessions"),
    path("sessions/end/", session_views.end, name="sessions_end"),
    path("sessions/end-others/", session_views.end_others, name="sessions_end_others"),
    path("sessions/end-all/", session_views.end_all, name="sessions_end_all"),
    path("session/extend/", session_views.extend, name="session_extend"),
    path("passkeys/", passkey_views.passkeys, name="passkeys"),
    path("passkeys/options/", passkey_views.options, name="passkey_options"),
    path("passkeys/add/", passkey_views.add, name="passkey_add"),
    path("passkeys/<int:passkey_id>/rename/", passkey_views.rename, name="passkey_rename"),
    path("passkeys/<int:passkey_id>/remove/", passkey_views.remove, name="passkey_remove"),
]
