"""Addresses of My Library (manual, step 10)."""

from django.urls import path

from mylibrary import views
from mylibrary.card import views as patron_card_views
from mylibrary.first_login import views as first_login_views
from mylibrary.inbox import views as message_views
from mylibrary.kana import views as kana_views
from mylibrary.moved import views as move_views
from mylibrary.mynumber import views as card_views
from mylibrary.own_data import views as privacy_views
from mylibrary.passkeys import views as passkey_views
from mylibrary.profile import views as contact_views
from mylibrary.reset import stop_views as reset_stop_views
from mylibrary.reset import views as reset_views
from mylibrary.sessions import views as session_views
from mylibrary.signin import first_password as first_password_views
from mylibrary.signin import views as login_views

app_name = "mylibrary"
urlpatterns = [
    path("", views.menu, name="menu"),
    path("login/", login_views.login, name="login"),
    path("login/confirm/", first_login_views.confirm, name="login_confirm"),
    path("login/confirm/send/", first_login_views.send_again, name="login_confirm_send"),
    path("login/phone/", first_login_views.phone, name="login_phone"),
    path("login/offer/", card_views.login_offer, name="login_offer"),
    path("login/not-found/", card_views.not_found, name="not_found"),
    path("login/elsewhere/", card_views.elsewhere, name="elsewhere"),
    path("login/passkey/options/", passkey_views.login_options, name="passkey_login_options"),
    path("login/passkey/", passkey_views.login, name="passkey_login"),
    path("logout/", login_views.logout, name="logout"),
    path("password/", login_views.password, name="password"),
    path("password/first/", first_password_views.first_password, name="first_password"),
    path("password/reset/", reset_views.password_reset, name="password_reset"),
    path("password/reset/sent/", reset_views.sent, name="reset_sent"),
    path("password/reset/link/", reset_views.link, name="reset_link"),
    path("password/reset/new/", reset_views.new_password, name="reset_password"),
    path("password/reset/done/", reset_views.done, name="reset_done"),
    path("password/reset/offer/", card_views.recover_offer, name="recover_offer"),
    path("password/reset/number/", card_views.recover, name="recover"),
    path("profile/", views.profile, name="profile"),
    path("profile/unknown-change/", reset_stop_views.unknown_change, name="unknown_change"),
    path("profile/moved/", move_views.moved, name="moved"),
    path("profile/kana/", kana_views.kana_change, name="kana_change"),
    path("profile/kana/cancel/", kana_views.cancel, name="kana_cancel"),
    path("profile/link/other-person/", card_views.link_other_person, name="link_other_person"),
    path("profile/link/taken/", card_views.link_taken, name="link_taken"),
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
    path("privacy/", privacy_views.privacy, name="privacy"),
    path("privacy/download/", privacy_views.download, name="download"),
    path("privacy/erase/", privacy_views.erase, name="erase"),
    path("privacy/erase/cancel/", privacy_views.cancel, name="erase_cancel"),
    path("messages/", message_views.inbox, name="messages"),
    path("messages/read/", message_views.read_all, name="read_all"),
    path("messages/settings/", message_views.mail_settings, name="mail_settings"),
    path("messages/<uuid:public_id>/", message_views.message, name="message"),
    path("messages/<uuid:public_id>/unread/", message_views.put_back, name="put_back"),
    path("profile/edit/", contact_views.profile_edit, name="profile_edit"),
    path("profile/email/send/", contact_views.email_send, name="email_send"),
    path("profile/email/cancel/", contact_views.email_cancel, name="email_cancel"),
    path("profile/email/confirm/", contact_views.email_confirm, name="email_confirm"),
]
