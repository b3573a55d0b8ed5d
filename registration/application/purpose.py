"""The purpose "registration" of an identification: what happens before and after it.

`mylibrary/mynumber/registering.py` builds on it: whose card proves a patron is shown the number.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.sessions import keep_session
from accounts.throttle import reserve_write
from announcements import board
from announcements.kinds import Begun
from myna_auth.claims import VerifiedIdentity
from myna_auth.pages import with_interruption
from myna_auth.purposes import IdentificationPurpose
from patrons import privacy_notice
from registration import session
from registration.application import pages, services
from registration.application.forms import keepable_values
from registration.application.lifecycle import first_incomplete


class RegistrationPurpose(IdentificationPurpose):
    def begin(self, request: HttpRequest) -> HttpResponse | None:
        """Keep what was typed, so that nothing is lost on the way to the card and back.

        Nor while nobody can begin: what is typed can be gone on with afterwards. Where very many
        begin from one network, the form says how long to wait, and keeps it too.
        """
        draft = session.draft(request)
        if wait := reserve_write(request):
            return pages.form_too_often(request, draft, wait)
        if draft is None:
            session.learn_answer(request)
        draft = services.keep_form_values(
            application_id=draft.pk if draft else None,
            typed=keepable_values(request.POST),
            privacy_version=privacy_notice.shown(request.POST.get(privacy_notice.FIELD, "")),
        )
        session.keep_draft(request, draft)
        if pages.is_stopped(draft) or board.stopping(Begun.IDENTIFICATION):
            page = pages.stopped(request, draft, status=503)
            return keep_session(request, page)
        return None

    def complete(self, request: HttpRequest, identity: VerifiedIdentity) -> str:
        """Store the identity in the draft and go on with the form, or with what follows it."""
        draft = session.draft(request)
        draft = services.attach_identity(
            application_id=draft.pk if draft else None, identity=identity
        )
        session.keep_draft(request, draft)
        return reverse(first_incomplete(draft))

    def interrupted(self, request: HttpRequest, reason: str) -> str:
        """Go back to the form, which says calmly what happened and still has what was typed."""
        return with_interruption(reverse("registration:form"), reason)

    def repeated(self, request: HttpRequest) -> str:
        """Go on with the form: the first arrival of the same answer has been taken."""
        return reverse("registration:form")
