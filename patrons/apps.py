from django.apps import AppConfig


class PatronsConfig(AppConfig):
    name = "patrons"
    verbose_name = "利用者"

    def ready(self) -> None:
        # Importing registers them, which needs the models.
        from patrons import checks  # noqa: F401
