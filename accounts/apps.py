from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "アカウント"

    def ready(self) -> None:
        from accounts.services import begin_login  # needs the models

        # Every door (number, card, admin, whatever comes) leads through Django's `login`.
        user_logged_in.connect(begin_login, dispatch_uid="accounts.begin_login")
