from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class PatronsConfig(AppConfig):
    name = "patrons"
    verbose_name = _("利用者")

    def ready(self) -> None:
        # Importing registers them, which needs the models.
        from patrons import checks  # noqa: F401
        from patrons.watching import PatronWatch
        from staff.watch import watch_with

        watch_with(PatronWatch())
        autodiscover_modules("personal_data")
