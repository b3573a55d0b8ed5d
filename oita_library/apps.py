from django.apps import AppConfig


class OitaLibraryConfig(AppConfig):
    name = "oita_library"
    verbose_name = "大分市民図書館"
