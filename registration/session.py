"""What a browser's session knows about its registration: two identifiers, nothing else."""

from uuid import UUID

from django.http import HttpRequest

from myna_auth.claims import VerifiedIdentity
from patrons.models import Patron
from registration.application.enums import State
from registration.application.models import Application

DRAFT = "registration_draft"
OUTCOME = "registration_outcome"


def draft_id(request: HttpRequest) -> UUID | None:
    """Return the id of the draft this browser began, open or not."""
    kept = request.session.get(DRAFT)
    return UUID(kept) if kept else None


def draft(request: HttpRequest, *, lock: bool = False) -> Application | None:
    """Return this browser's draft while it is open; with `lock` until the transaction ends."""
    return Application.objects.draft(request.session.get(DRAFT), lock=lock)


def draft_of(request: HttpRequest, identity: VerifiedIdentity) -> Application | None:
    """Return this browser's draft while it is open, if it carries this identity."""
    found = draft(request)
    person = (identity.issuer, identity.subject)
    return found if found and (found.issuer, found.subject) == person else None


def keep_draft(request: HttpRequest, application: Application) -> None:
    """Make the application this browser's draft."""
    request.session[DRAFT] = str(application.pk)


def is_at_hand(request: HttpRequest, application_id: str) -> bool:
    """Return whether this browser still goes on with an application, or looks at its outcome.

    Whoever goes on with another person, or cancels, has put the card away.
    """
    return application_id in (request.session.get(DRAFT), request.session.get(OUTCOME))


def learn_answer(request: HttpRequest) -> bool:
    """Make a draft of this browser's that has been answered its outcome; say whether it was one.

    The request that brought the answer about changes nothing in the session: should it be cut off,
    whatever the browser opens next leads to the outcome all the same.
    """
    answered = Application.objects.outcome(request.session.get(DRAFT))
    if answered is None:
        return False
    forget(request, DRAFT)
    request.session[OUTCOME] = str(answered.pk)
    return True


def outcome(request: HttpRequest) -> Application | None:
    """Return this browser's application that was registered, refused or put aside for the staff."""
    learn_answer(request)
    return Application.objects.outcome(request.session.get(OUTCOME))


def is_outcome(request: HttpRequest, application_id: str) -> bool:
    """Return whether the application is the one whose outcome this browser may see."""
    return request.session.get(OUTCOME) == application_id


def forget(request: HttpRequest, *names: str) -> None:
    """Forget draft and outcome, as at 続けて別の方を登録する, or what is named of them."""
    for name in names or (DRAFT, OUTCOME):
        request.session.pop(name, None)


def result_patron(request: HttpRequest) -> Patron | None:
    """Return whom this browser has just registered, while the result is visible."""
    application = outcome(request)
    if application and application.state == State.REGISTERED:
        return application.patron if application.is_result_visible() else None
    return None


def result_number(request: HttpRequest) -> str:
    """Return the number this browser has just been given while its result is visible, else ""."""
    patron = result_patron(request)
    return patron.number if patron else ""
