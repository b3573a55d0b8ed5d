from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class BranchesConfig(AppConfig):
    name = "branches"
    verbose_name = _("館")

    def ready(self) -> None:
        post_migrate.connect(_create_first_branches, sender=self)


def _create_first_branches(**_kwargs: Any) -> None:
    from branches.services import create_first_branches  # models are not there before

    create_first_branches()
