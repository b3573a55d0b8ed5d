"""`purge_expired`: close applications past their time and erase what they hold."""

from typing import Any

from django.core.management.base import BaseCommand

from registration import expiry_services


class Command(BaseCommand):
    help = "Close applications past their time and erase the identity data they hold."

    def handle(self, *args: Any, **options: Any) -> None:
        purged = expiry_services.purge_expired()
        self.stdout.write(f"drafts: {purged.drafts}\nreviews: {purged.reviews}")
