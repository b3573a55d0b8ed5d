from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PatronsConfig(AppConfig):
    name = "patrons"
    verbose_name = "利用者"

    def ready(self) -> None:
        # Importing registers them, which needs the models.
        from patrons import checks  # noqa: F401

        autodiscover_modules("personal_data")
