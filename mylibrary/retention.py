"""What time does to the rows that My Library keeps between two steps."""

from django.apps import apps
from django.db.models import Model
from django.utils import timezone

from mylibrary.alerts.models import ARRIVALS_KEPT, Arrival
from mylibrary.mynumber.models import LinkOffer
from mylibrary.patron_card.models import DeviceCard
from mylibrary.profile.models import EmailConfirmation
from mylibrary.reset.models import ResetRequest
from patrons.first_login.models import FirstLoginCode
from patrons.first_login.services import delete_old_codes
from patrons.retention import delete_in_batches


def purge_expired() -> dict[str, int]:
    """Delete the rows whose time is over, and count each kind; safe to run at any time, twice."""
    now = timezone.now()
    return {
        "device_cards": DeviceCard.objects.expired(now).delete()[0],
        "offers": LinkOffer.objects.expired(now).delete()[0],
        "confirmations": EmailConfirmation.objects.expired(now).delete()[0],
        "resets": ResetRequest.objects.expired(now).delete()[0],
        "first_login_codes": delete_old_codes(),
        "arrivals": delete_in_batches(Arrival.objects.older_than(now - ARRIVALS_KEPT)),
    }


def forget_steps() -> int:
    """Delete every row of the kinds that have an end, also those whose time is not over.

    After a restore, a link or a code that was used once would work again.
    """
    models = apps.get_app_config("mylibrary").get_models()
    kinds: list[type[Model]] = [model for model in models if hasattr(model, "expires_at")]
    kinds.append(FirstLoginCode)
    return sum(model._default_manager.all().delete()[0] for model in kinds)
