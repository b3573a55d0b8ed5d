"""What a browser's session knows about its registration: two identifiers, nothing else."""

from uuid import UUID

from django.http import HttpRequest

from myna_auth.claims import VerifiedIdentity
from patrons.models import Patron
from registration.application.enums import ApplicationState
from registration.application.models import Application

DRAFT = "registration_draft"
OUTCOME = "registration_outcome"


def draft_id(request: HttpRequest) -> UUID | None:
    """Return the id of the draft this browser began, open or not."""
    kept = request.session.get(DRAFT)
    return UUID(kept) if kept else None


def draft(request: HttpRequest, *, lock: bool = False) -> Application | None:
    """Return this browser's draft while it is open; with `lock` until the transaction ends."""
    return Application.objects.draft(draft_id(request), lock=lock)


def draft_of(request: HttpRequest, identity: VerifiedIdentity) -> Application | None:
    """Return this browser's draft while it is open, if it carries this identity."""
    found = draft(request)
    person = (identity.issuer, identity.subject)
    return found if found and (found.issuer, found.subject) == person else None


def learn_answer(request: HttpRequest) -> bool:
    """Make a draft of this browser's that has been answered its outcome; say whether it was one.

    The request that brought the answer about changes nothing in the session: should it be cut off,
    whatever the browser opens next leads to the outcome all the same.
    """
    answered = Application.objects.outcome(draft_id(request))
    if answered is None:
        return False
    request.session.pop(DRAFT, None)
    request.session[OUTCOME] = str(answered.pk)
    return True


def outcome(request: HttpRequest) -> Application | None:
    """Return this browser's application that was registered, refused or put aside for the staff."""
    learn_answer(request)
    return Application.objects.outcome(request.session.get(OUTCOME))


def is_outcome(request: HttpRequest, application_id: UUID | str) -> bool:
    """Return whether the application is the one whose outcome this browser may see."""
    return request.session.get(OUTCOME) == str(application_id)


def keep_draft(request: HttpRequest, application: Application) -> None:
    """Make the application this browser's draft."""
    request.session[DRAFT] = str(application.pk)


def forget_draft(request: HttpRequest) -> None:
    """Forget the draft, as at キャンセル."""
    request.session.pop(DRAFT, None)


def forget_outcome(request: HttpRequest) -> None:
    """Forget the outcome, which is no longer shown."""
    request.session.pop(OUTCOME, None)


def forget(request: HttpRequest) -> None:
    """Forget draft and outcome, as at 続けて別の方を登録する."""
    request.session.pop(DRAFT, None)
    request.session.pop(OUTCOME, None)


def result_patron(request: HttpRequest) -> Patron | None:
    """Return whom this browser has just registered, while the result is visible."""
    application = outcome(request)
    if (
        application is None
        or application.state != ApplicationState.REGISTERED
        or not application.is_result_visible()
    ):
        return None
    return application.patron


def result_number(request: HttpRequest) -> str:
    """Return the number this browser has just been given while its result is visible, else ""."""
    patron = result_patron(request)
    return patron.number if patron else ""
