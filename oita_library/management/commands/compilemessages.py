"""`compilemessages`: write the translations that Django reads, without gettext's programs."""

from typing import Any

from django.core.management.base import BaseCommand

from oita_library import translations


class Command(BaseCommand):
    help = "Compile locale/*/LC_MESSAGES/django.po where it is newer than what was compiled."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        translations.compile_all()
