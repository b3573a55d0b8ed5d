from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class StaffConfig(AppConfig):
    name = "staff"
    verbose_name = "職員"

    def ready(self) -> None:
        # Importing registers them, which needs the models.
        autodiscover_modules("staff_warnings")
