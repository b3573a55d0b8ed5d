"""What My Library keeps in a browser's session: identifiers, paths and times, never a claim."""

from datetime import UTC, datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

from accounts.timeouts import is_recent
from mylibrary.models import LinkOffer
from patrons.models import Patron
from registration import privacy

RETURN_PATH = "mylibrary_return_path"
PURPOSE_OF_USE = "mylibrary_purpose_of_use"
LINK_OFFER = "mylibrary_link_offer"
RECOVERY = "mylibrary_recovery"
STRONG_LOGIN = "mylibrary_strong_login"
PROVED_AT = "mylibrary_proved_at"
CARD_SHOWN_AT = "mylibrary_card_shown_at"
RESET_KEY = "mylibrary_reset_key"
KEYS = (
    *(RETURN_PATH, PURPOSE_OF_USE, LINK_OFFER, RECOVERY),
    *(STRONG_LOGIN, PROVED_AT, CARD_SHOWN_AT, RESET_KEY),
)

RECOVERY_LASTS = timedelta(minutes=10)
PROOF_IS_RECENT = timedelta(minutes=10)


def keep_return_path(request: HttpRequest, path: str) -> None:
    """Keep where to go on after the trip to the identity service: a path of this site."""
    request.session[RETURN_PATH] = path


def return_path(request: HttpRequest) -> str:
    """Return the kept path, "" where there is none."""
    return request.session.get(RETURN_PATH, "")


def keep_purpose_of_use(request: HttpRequest) -> None:
    """Keep which version of the purpose of use the page showed whose card button was pressed."""
    request.session[PURPOSE_OF_USE] = privacy.shown(request.POST.get(privacy.FIELD, ""))


def purpose_of_use(request: HttpRequest) -> str:
    """Return the kept version; the current one where there is none."""
    return privacy.shown(request.session.get(PURPOSE_OF_USE, ""))


def keep_offer(request: HttpRequest, offer: LinkOffer) -> None:
    """Let this browser take an offer."""
    request.session[LINK_OFFER] = str(offer.pk)


def offer_id(request: HttpRequest) -> str | None:
    """Return the offer this browser may take."""
    return request.session.get(LINK_OFFER)


def allow_recovery(request: HttpRequest, patron: Patron) -> None:
    """Let this browser see the patron's number and set a new password, for RECOVERY_LASTS."""
    request.session[RECOVERY] = [patron.pk, timezone.now().timestamp()]


def recovering_patron_id(request: HttpRequest) -> int | None:
    """Return whose password this browser may set; None when nobody's or no longer."""
    patron_id, since = request.session.get(RECOVERY, (None, 0))
    return patron_id if _is_recent(since, RECOVERY_LASTS) else None


def is_recovering(request: HttpRequest) -> bool:
    """Tell whether this browser was let set a password, perhaps too long ago."""
    return RECOVERY in request.session


def keep_strong_login(request: HttpRequest) -> None:
    """Whoever logs in now has a card or a passkey: no first password has to be replaced."""
    request.session[STRONG_LOGIN] = True
    keep_proof(request)


def keep_proof(request: HttpRequest) -> None:
    """Whoever is here has proved who it is just now: has logged in or typed the own password."""
    request.session[PROVED_AT] = timezone.now().timestamp()


def keep_card_shown(request: HttpRequest) -> None:
    """Whoever is here has logged in with the card just now."""
    request.session[CARD_SHOWN_AT] = timezone.now().timestamp()


def has_shown_card(request: HttpRequest) -> bool:
    """Tell whether the person has logged in with the card within PROOF_IS_RECENT.

    A passkey is less: whoever took a login over may have added one.
    """
    since = timezone.now() - PROOF_IS_RECENT
    return request.session.get(CARD_SHOWN_AT, 0) > since.timestamp()


def keep_reset_key(request: HttpRequest, key: str) -> None:
    """Keep the key of a mailed link to a new password, so that it leaves the address bar.

    Under a new name of the session: nobody who knew the old one may use the key.
    """
    request.session.cycle_key()
    request.session[RESET_KEY] = key


def reset_key(request: HttpRequest) -> str:
    """Return the kept key, "" where there is none."""
    return request.session.get(RESET_KEY, "")


def forget_reset_key(request: HttpRequest) -> None:
    """Forget the key, which is used or over."""
    request.session.pop(RESET_KEY, None)


def is_strong_login(request: HttpRequest) -> bool:
    """Tell whether the person who is logged in has shown the card or used a passkey."""
    return request.session.get(STRONG_LOGIN, False)


def has_proved_recently(request: HttpRequest) -> bool:
    """Tell whether the person has proved who it is, in whatever way, within PROOF_IS_RECENT."""
    return _is_recent(request.session.get(PROVED_AT, 0), PROOF_IS_RECENT)


def _is_recent(moment: float, within: timedelta) -> bool:
    return is_recent(datetime.fromtimestamp(moment, UTC), within=within, now=timezone.now())


def forget(request: HttpRequest) -> None:
    """Forget all of it, as when somebody logs in in another way."""
    for key in KEYS:
        request.session.pop(key, None)
