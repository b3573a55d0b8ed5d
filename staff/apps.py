from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import override

from staff.roles import lay_down

DOES = {"add": "追加", "change": "変更", "delete": "削除", "view": "閲覧"}
ICONS = {True: ("yes", "はい"), False: ("no", "いいえ"), None: ("unknown", "不明")}


class StaffConfig(AppConfig):
    name = "staff"
    verbose_name = "職員"

    def ready(self) -> None:
        """Put Japanese in place of what Django says in English, whatever the language."""
        from django.contrib.admin.templatetags import admin_list  # needs the models

        setattr(admin_list, "_boolean_icon", boolean_icon)  # noqa: B010  # Django's own is private
        post_migrate.connect(name_permissions, dispatch_uid="staff.name_permissions")
        post_migrate.connect(lay_down, dispatch_uid="staff.lay_down")


def boolean_icon(value: bool | None) -> SafeString:
    """Return the admin's picture of a yes or no, with what is read out."""
    name, said = ICONS[value]
    return format_html('<img src="{}" alt="{}">', static(f"admin/img/icon-{name}.svg"), said)


def name_permissions(
    sender: AppConfig, using: str = DEFAULT_DB_ALIAS, apps: Any = installed, **rest: Any
) -> None:
    """Give the permissions that Django has just made for an app's models their Japanese names."""
    try:
        permissions = apps.get_model("auth", "Permission").objects.using(using)
    except LookupError:
        return
    models = {model._meta.model_name: model for model in sender.get_models()}
    for permission in permissions.filter(
        content_type__app_label=sender.label,
        content_type__model__in=models,
        name__startswith="Can ",
    ):
        does, _, model = permission.codename.partition("_")
        with override(settings.LANGUAGE_CODE):
            label = models[model]._meta.verbose_name
            permission.name = f"{label}を{DOES[does]}できる"
        permission.save(update_fields=["name"])
