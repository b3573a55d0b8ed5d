"""What may be shown of a patron: the one place that pages, mails and files take it from.

A withheld patron asked that nobody be told where to find them. In Python ask `shown(patron)`, in a
template `patron.shown`, never the patron: it reads the same, but for the values of HIDDEN. The
library system's file alone has them, and what 審査 opens (`patrons.withholding.admin`).
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

WITHHELD = _("情報秘匿")
# Where a person lives or is reached, and what is found out from that; the keys, since a comparison
# of them would tell what they were made of.
HIDDEN = frozenset(
    {
        "postal_code",
        "address",
        "address_key",
        "phone",
        "email",
        "email_key",
        "confirmed_email",
        "bounced_email",
        "municipality_code",
        "residency_reason",
        "residency_rule_version",
        "moved_out_at",
    }
)


class WithheldPatron:
    """Reads like the patron it stands for, with WITHHELD for whatever is HIDDEN."""

    is_email_confirmed = is_email_bounced = False

    def __init__(self, patron: Any) -> None:
        self._patron = patron

    def __getattr__(self, name: str) -> Any:
        return WITHHELD if name in HIDDEN else getattr(self._patron, name)


def shown(person: Any) -> Any:
    """Return a person as may be shown: a patron, an applicant, or what stands for a withheld one.

    Nobody withholds an applicant, whose values are what was read and typed just now.
    """
    return getattr(person, "shown", person)
