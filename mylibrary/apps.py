from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class MylibraryConfig(AppConfig):
    name = "mylibrary"
    verbose_name = _("Myライブラリ")

    def ready(self) -> None:
        from mylibrary.signin.authentication import follow_patron  # needs the models

        user_logged_in.connect(follow_patron, dispatch_uid="mylibrary.follow_patron")
