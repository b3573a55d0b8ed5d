from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MynaAuthConfig(AppConfig):
    name = "myna_auth"
    verbose_name = _("マイナンバー認証")

    def ready(self) -> None:
        # Importing registers them, which needs the models.
        from myna_auth import checks  # noqa: F401
