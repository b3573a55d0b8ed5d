"""`reset_second_factor`: for when nobody is left who could do it in the admin."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.second_factor.services import ResetReason
from accounts.second_factor.services import reset_second_factor as reset


class Command(BaseCommand):
    help = (
        "Forget the authenticator app, passkeys and recovery codes of a member of staff, and end"
        " all their logins. Recorded. After the next login they set up new ones."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="the name with which the member of staff logs in")

    def handle(self, *, username: str, **options: Any) -> None:
        user = User.objects.filter(username=username, is_staff=True).first()
        if user is None:
            raise CommandError(f"No member of staff is called {username!r}.")
        reset(user=user, reason=ResetReason.COMMAND)
        self.stdout.write(f"The second factor of {username} is reset; all their logins have ended.")
