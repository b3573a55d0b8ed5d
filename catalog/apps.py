from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = _("蔵書")

    def ready(self) -> None:
        # Importing registers them.
        from catalog import checks  # noqa: F401
