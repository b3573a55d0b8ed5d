from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class OitaLibraryConfig(AppConfig):
    name = "oita_library"
    verbose_name = _("大分市民図書館")


class LibraryAdminConfig(AdminConfig):
    default_site = "staff.site.LibraryAdminSite"
