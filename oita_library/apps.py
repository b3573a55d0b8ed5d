from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.core.checks import Warning, register
from django.utils.translation import gettext_lazy as _


class OitaLibraryConfig(AppConfig):
    name = "oita_library"
    verbose_name = _("大分市民図書館")


@register
def translations_are_compiled(**_: Any) -> Iterator[Warning]:
    """Yield a warning for each language whose pages would be Japanese."""
    for language, _name in settings.LANGUAGES:
        compiled = settings.BASE_DIR / "locale" / language / "LC_MESSAGES" / "django.mo"
        if language != settings.LANGUAGE_CODE and not compiled.exists():
            yield Warning(
                f"The sentences of {language!r} were not compiled.",
                hint="Run manage.py compilemessages.",
                id="oita_library.W001",
            )


class LibraryAdminConfig(AdminConfig):
    default_site = "staff.site.LibraryAdminSite"
