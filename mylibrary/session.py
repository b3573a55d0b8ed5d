"""What My Library keeps in a browser's session: identifiers, paths and times, never a claim."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.contrib.auth import logout
from django.http import HttpRequest
from django.utils import timezone

from accounts.timeouts import CLOCK_SKEW, is_recent
from mylibrary.mynumber.models import LinkOffer
from patrons import privacy_notice
from patrons.models import Patron
from registration import session as registration

RETURN_PATH = "mylibrary_return_path"
PRIVACY_NOTICE = "mylibrary_privacy_notice"
LINK_OFFER = "mylibrary_link_offer"
RECOVERY = "mylibrary_recovery"
STRONG_LOGIN = "mylibrary_strong_login"
AUTHENTICATED_AT = "mylibrary_proved_at"
MYNUMBER_READ_AT = "mylibrary_card_shown_at"
RESET_KEY = "mylibrary_reset_key"
CONFIRMING = "mylibrary_confirming"
SCANNED_CODE = "mylibrary_scanned_code"
CONFIRMED_LINK = "mylibrary_confirmed_link"
REGISTERING = "mylibrary_registering"
RENEWED = "mylibrary_renewed"
PLACED = "mylibrary_placed"
KEYS = (
    *(RETURN_PATH, PRIVACY_NOTICE, LINK_OFFER, RECOVERY),
    *(STRONG_LOGIN, AUTHENTICATED_AT, MYNUMBER_READ_AT, RESET_KEY),
    *(CONFIRMING, SCANNED_CODE, CONFIRMED_LINK, REGISTERING, RENEWED, PLACED),
)

RECOVERY_LASTS = timedelta(minutes=10)
RECENT = timedelta(minutes=10)
CONFIRMING_LASTS = timedelta(minutes=30)


def keep_return_path(request: HttpRequest, path: str) -> None:
    """Keep where to go on after the trip to the identity service: a path of this site."""
    request.session[RETURN_PATH] = path


def return_path(request: HttpRequest) -> str:
    """Return the kept path, "" where there is none."""
    return request.session.get(RETURN_PATH, "")


def keep_privacy_notice(request: HttpRequest) -> None:
    """Keep which version of the purpose of use the page showed whose card button was pressed."""
    version = request.POST.get(privacy_notice.FIELD, "")
    request.session[PRIVACY_NOTICE] = privacy_notice.shown(version)


def shown_privacy_notice(request: HttpRequest) -> str:
    """Return the kept version; the current one where there is none."""
    return privacy_notice.shown(request.session.get(PRIVACY_NOTICE, ""))


def keep_offer(request: HttpRequest, offer: LinkOffer) -> None:
    """Let this browser take an offer."""
    request.session[LINK_OFFER] = str(offer.pk)


def offer_id(request: HttpRequest) -> str | None:
    """Return the offer this browser may take."""
    return None if _is_put_away(request) else request.session.get(LINK_OFFER)


def allow_recovery(request: HttpRequest, patron: Patron) -> None:
    """Let this browser see the patron's number and set a new password, for RECOVERY_LASTS."""
    request.session[RECOVERY] = [patron.pk, timezone.now().timestamp()]


def recovering_patron_id(request: HttpRequest) -> int | None:
    """Return whose password this browser may set; None when nobody's or no longer."""
    patron_id, since = request.session.get(RECOVERY, (None, 0))
    is_over = _is_put_away(request) or not _is_recent(since, RECOVERY_LASTS)
    return None if is_over else patron_id


def is_recovering(request: HttpRequest) -> bool:
    """Return whether this browser was let set a password, perhaps too long ago."""
    return RECOVERY in request.session


def keep_registering(request: HttpRequest) -> None:
    """Bind what is kept of a card to the registration that it was read for."""
    request.session[REGISTERING] = str(registration.draft_id(request))


def is_registering(request: HttpRequest) -> bool:
    """Return whether a card was read for a registration, perhaps too long ago."""
    return REGISTERING in request.session


def put_card_away(request: HttpRequest) -> None:
    """Forget what a card opened: another one was read."""
    for key in (LINK_OFFER, RECOVERY, REGISTERING):
        request.session.pop(key, None)


def _is_put_away(request: HttpRequest) -> bool:
    """Return whether the registration that a card was read for is not at hand any more."""
    bound = request.session.get(REGISTERING)
    return bound is not None and not registration.is_at_hand(request, bound)


def keep_strong_login(request: HttpRequest) -> None:
    """Whoever logs in now has a card or a passkey: no first password has to be replaced."""
    request.session[STRONG_LOGIN] = True
    keep_authenticated(request)


def is_strong_login(request: HttpRequest) -> bool:
    """Return whether the person who is logged in has shown the card or used a passkey."""
    return request.session.get(STRONG_LOGIN, False)


def keep_authenticated(request: HttpRequest) -> None:
    """Whoever is here has proved who it is just now: has logged in or typed the own password."""
    request.session[AUTHENTICATED_AT] = timezone.now().timestamp()


def has_authenticated_recently(request: HttpRequest) -> bool:
    """Return whether the person has proved who it is, in whatever way, within RECENT."""
    return _is_recent(request.session.get(AUTHENTICATED_AT, 0), RECENT)


def keep_mynumber_read(request: HttpRequest) -> None:
    """Whoever is here has logged in with the card just now."""
    request.session[MYNUMBER_READ_AT] = timezone.now().timestamp()


def has_read_mynumber(request: HttpRequest) -> bool:
    """Return whether the person has logged in with the card within RECENT.

    A passkey is less: whoever took a login over may have added one.
    """
    return _is_recent(request.session.get(MYNUMBER_READ_AT, 0), RECENT)


def keep_reset_key(request: HttpRequest, key: str) -> None:
    """Keep a mailed link's key, under a new session key: nobody who knew the old may use it."""
    request.session.cycle_key()
    request.session[RESET_KEY] = key


def reset_key(request: HttpRequest) -> str | None:
    """Return the kept key; "" after it has set a password, until that was said."""
    return request.session.get(RESET_KEY)


def use_reset_key(request: HttpRequest) -> None:
    """Keep no more than that the key has set a password."""
    request.session[RESET_KEY] = ""


def forget_reset_key(request: HttpRequest) -> None:
    """Forget the key, which is over, or what became of it."""
    request.session.pop(RESET_KEY, None)


def keep_confirming(request: HttpRequest, patron: Patron) -> None:
    """Somebody has typed a patron's number and birth date, and has to confirm who it is.

    Nobody is logged in by that, and whoever was is no longer. Under a new name of the session.
    """
    if request.user.is_authenticated:
        logout(request)
    request.session.cycle_key()
    until = timezone.now() + CONFIRMING_LASTS
    request.session[CONFIRMING] = [patron.pk, until.timestamp()]


def confirming_patron_id(request: HttpRequest) -> int | None:
    """Return who has to be confirmed; None when nobody or no longer."""
    patron_id, until = request.session.get(CONFIRMING, (None, 0))
    # One that ends later was begun by a clock that was ahead.
    latest = (CONFIRMING_LASTS + CLOCK_SKEW).total_seconds()
    return patron_id if 0 < until - timezone.now().timestamp() <= latest else None


def forget_confirming(request: HttpRequest) -> None:
    """Whoever was to be confirmed is not here any more."""
    request.session.pop(CONFIRMING, None)


def keep_scanned_code(request: HttpRequest, code_id: UUID) -> None:
    """Keep which result's QR code was scanned here, under a new session key as well."""
    request.session.cycle_key()
    request.session[SCANNED_CODE] = str(code_id)


def scanned_code(request: HttpRequest) -> str | None:
    """Return the id of the code that was scanned."""
    return request.session.get(SCANNED_CODE)


def keep_confirmed_link(request: HttpRequest, key: str) -> None:
    """Keep that the link with this key has done its work here; only a hash of it."""
    request.session[CONFIRMED_LINK] = sha256(key.encode()).hexdigest()


def has_confirmed_link(request: HttpRequest, key: str) -> bool:
    """Return whether the link with this key is the last that has done its work here."""
    return request.session.get(CONFIRMED_LINK) == sha256(key.encode()).hexdigest()


def keep_outcomes(request: HttpRequest, kind: str, outcomes: Mapping[int, str]) -> None:
    """Keep what became of what was asked for, RENEWED loans or records PLACED, for its page."""
    request.session[kind] = [[key, code] for key, code in outcomes.items()]


def take_outcomes(request: HttpRequest, kind: str) -> dict[int, str]:
    """Return that once, codes by the rows' keys; {} where nothing was asked."""
    # Reading alone stores nothing.
    return dict(request.session.pop(kind)) if kind in request.session else {}


def forget(request: HttpRequest) -> None:
    """Forget all of it, as when somebody logs in in another way."""
    for key in KEYS:
        request.session.pop(key, None)


def _is_recent(moment: float, within: timedelta) -> bool:
    return is_recent(datetime.fromtimestamp(moment, UTC), within=within, now=timezone.now())
