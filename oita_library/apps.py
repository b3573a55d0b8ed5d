from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class OitaLibraryConfig(AppConfig):
    name = "oita_library"
    verbose_name = "大分市民図書館"

    def ready(self) -> None:
        # Importing registers them, which needs the models.
        from oita_library import checks  # noqa: F401


class LibraryAdminConfig(AdminConfig):
    default_site = "staff.site.LibraryAdminSite"
