"""A patron whose values are like nobody else's, so that a page that shows one of them is found."""

from django.utils import timezone

from accounts.models import User
from patrons.models import Patron
from patrons.withholding.services import withhold
from tests.patrons.people import imported_patron

NOTE = "窓口で本人の申し出を受け、運転免許証で確かめた"
SECRETS = {
    "postal_code": "8740919",
    "address": "大分県別府市石垣東7丁目8番22号",
    "phone": "0977612345",
    "email": "hidden.away@example.jp",
    "confirmed_email": "hidden.away@example.jp",
    "municipality_code": "44202",
}
# What no page may hold: every value, and what is left of one in another form.
TRACES = ("8740919", "石垣東", "0977612345", "hidden.away", "h•••@")


def hidden_patron(**changes: object) -> Patron:
    """Store a patron with those values, whom nobody has withheld yet."""
    return imported_patron(**(SECRETS | changes))


def member_of_staff() -> User:
    return User.objects.get_or_create(username="shinsa", is_staff=True, is_superuser=True)[0]


def withheld(patron: Patron) -> Patron:
    """Set 情報秘匿 as staff do, and return the patron as stored."""
    assert withhold(patron=patron, staff=member_of_staff(), note=NOTE)
    return Patron.objects.select_related("user").get(pk=patron.pk)


def without_logging_out(patron: Patron) -> Patron:
    """Withhold a patron as it stands behind an open page: the logins go on."""
    Patron.objects.filter(pk=patron.pk).update(withheld_at=timezone.now())
    return Patron.objects.select_related("user").get(pk=patron.pk)
