"""System checks of the site as a whole."""

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from oita_library.retention import NEVER_FOR_EVER

MOST_DAYS = 36_500


@register
def check_retention(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Refuse times that cannot be, and personal data without use kept for ever."""
    messages: list[CheckMessage] = []
    for name in sorted({name for name in dir(settings) if name.startswith("RETENTION_")}):
        days = getattr(settings, name)
        least = NEVER_FOR_EVER.get(name, 0)
        if not least <= days <= MOST_DAYS:
            text = f"{name} must be a number of days from {least} to {MOST_DAYS}."
            messages.append(Error(text, id="oita_library.E001"))
    return messages
