from django.apps import AppConfig


class MynaAuthConfig(AppConfig):
    name = "myna_auth"
    verbose_name = "マイナンバー認証"

    def ready(self) -> None:
        # Importing registers them, which needs the models.
        from myna_auth import checks  # noqa: F401
