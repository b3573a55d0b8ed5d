from django.apps import AppConfig


class MynaAuthConfig(AppConfig):
    name = "myna_auth"
    verbose_name = "マイナンバー認証"
