from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class BranchesConfig(AppConfig):
    name = "branches"
    verbose_name = _("館")

    def ready(self) -> None:
        post_migrate.connect(
            create_first_branches, sender=self, dispatch_uid="branches.create_first_branches"
        )


def create_first_branches(
    using: str = DEFAULT_DB_ALIAS, apps: Any = installed, **rest: Any
) -> None:
    """Put the branches into a new database; where their tables went, there is nothing to do."""
    try:
        apps.get_model("branches", "Branch")
    except LookupError:
        return
    from branches import services  # models are not there before

    if using == DEFAULT_DB_ALIAS:
        services.create_first_branches()
