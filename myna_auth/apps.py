from django.apps import AppConfig
from django.core.checks import register


class MynaAuthConfig(AppConfig):
    name = "myna_auth"
    verbose_name = "マイナンバー認証"

    def ready(self) -> None:
        from myna_auth.checks import check_client_key, check_settings

        register(check_settings)
        register(check_client_key)
