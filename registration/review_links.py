"""The link that an applicant gets by mail after a decision: checked against what is true now.

Its key is the application's id and an HMAC over state, decision, address, end and use, so a link is
dead after its use, after its time, and after anything else happened to the case. It proves nothing
about who holds it: whoever opens it has to read the card. It stands in the query string, which no
log of ours has.
"""

from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlencode

from registration.enums import ApplicationState as State
from registration.enums import Verdict
from registration.models import Application

KEY = "key"
_ID_LENGTH = 32
_DIGEST_LENGTH = 32
OPEN_IN = {
    State.APPROVED: (Verdict.OTHER_PERSON,),
    State.REFUSED: (Verdict.SAME_PERSON,),
}


def address(application: Application) -> str:
    """Return the link's whole address; call after the application was stored."""
    key = f"{application.pk.hex}{_digest(application, settings.SECRET_KEY)}"
    return f"{settings.PUBLIC_BASE_URL}{reverse('registration:review')}?{urlencode({KEY: key})}"


def application_id(key: str) -> UUID | None:
    """Return the application that a key speaks of, whether the key is right or not."""
    if len(key) != _ID_LENGTH + _DIGEST_LENGTH or not key.isascii():
        return None
    try:
        return UUID(hex=key[:_ID_LENGTH])
    except ValueError:
        return None


def opens(key: str, application: Application) -> bool:
    """Say whether a key still opens its application."""
    if application.decision is None or application.link_until is None:
        return False
    if application.decision.verdict not in OPEN_IN.get(State(application.state), ()):
        return False
    if application.link_used_at is not None or application.link_until <= timezone.now():
        return False
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = [_digest(application, secret) for secret in secrets]
    return any(constant_time_compare(key[_ID_LENGTH:], digest) for digest in digests)


def _digest(application: Application, secret: str) -> str:
    state = (
        application.pk.hex,
        application.state,
        application.decision_id,
        application.email,
        application.link_until.isoformat() if application.link_until else "",
        application.link_used_at.isoformat() if application.link_used_at else "",
    )
    text = "\x1f".join(str(part) for part in state)
    digest = salted_hmac("registration.review_links", text, secret=secret, algorithm="sha256")
    return digest.hexdigest()[:_DIGEST_LENGTH]
