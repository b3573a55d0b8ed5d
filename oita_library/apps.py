from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class OitaLibraryConfig(AppConfig):
    name = "oita_library"
    verbose_name = "大分市民図書館"


class LibraryAdminConfig(AdminConfig):
    default_site = "staff.site.LibraryAdminSite"
