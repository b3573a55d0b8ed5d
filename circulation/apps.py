from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CirculationConfig(AppConfig):
    name = "circulation"
    verbose_name = _("貸出と予約")

    def ready(self) -> None:
        # Importing registers them.
        from circulation import checks  # noqa: F401

        post_migrate.connect(create_policy, sender=self, dispatch_uid="circulation.create_policy")


def create_policy(using: str = DEFAULT_DB_ALIAS, apps: Any = installed, **rest: Any) -> None:
    """Put the rules that staff edit into a new database, as they are unless somebody edits them."""
    try:
        policies = apps.get_model("circulation", "LendingPolicy").objects
    except LookupError:
        return
    policies.using(using).get_or_create(pk=1)
