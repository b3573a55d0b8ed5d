from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("アカウント")

    def ready(self) -> None:
        from accounts.services import begin_login, record_logout  # need the models

        # Every door (number, card, admin, whatever comes) leads through Django's `login`.
        user_logged_in.connect(begin_login, dispatch_uid="accounts.begin_login")
        user_logged_out.connect(record_logout, dispatch_uid="accounts.record_logout")
