"""What each page of the journey shows."""

from datetime import timedelta
from enum import StrEnum
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from announcements import board
from announcements.kinds import Begun
from myna_auth.pages import mynumber_notes
from notices.texts import sending_address
from patrons.birth_date import display, display_on_form, is_complete
from patrons.models import ContactMethod
from patrons.transfer.exporting import minutes_until_told
from registration.application.enums import Reason, State
from registration.application.forms import RegistrationForm, keepable_values
from registration.application.models import FORM_COLUMNS, PERSONAL_FORM_COLUMNS, Application
from registration.application.phone_login import phone_login
from ui.browsers import is_inside_an_app
from ui.pages import in_words, with_wait
from ui.stale_page import Shown

# Why an application is refused while an earlier one of the same person waits for the staff.
WITH_STAFF = (Reason.OPEN_REVIEW, Reason.UNCLEAR_IDENTITY)


class Note(StrEnum):
    """A calm line above the form; `templates/registration/application/note.html` has the words."""

    IDENTIFY_FIRST = "identify_first"
    TIMED_OUT = "timed_out"
    CHANGED = "changed"
    SEND_AGAIN = "send_again"
    TOO_OFTEN = "too_often"
    CANCELLED = "cancelled"
    UNAVAILABLE = "unavailable"
    EXPIRED = "expired"
    REJECTED = "rejected"


def interruption_note(reason: str) -> Note | None:
    """Return the line for an identification that was interrupted; "" means that none was."""
    known = reason in (Note.CANCELLED, Note.UNAVAILABLE, Note.EXPIRED)
    return Note(reason if known else Note.REJECTED) if reason else None


def is_stopped(draft: Application | None) -> bool:
    """Return whether nobody can begin now. Whose card has been read has begun, and goes on."""
    is_begun = draft is not None and draft.is_identified
    return not is_begun and bool(board.stopping(Begun.REGISTRATION))


def stopped(request: HttpRequest, draft: Application | None, *, status: int = 200) -> HttpResponse:
    """Say until when nobody can begin, and what to do instead."""
    kept = draft is not None and any(getattr(draft, name) for name in PERSONAL_FORM_COLUMNS)
    context = {"kept_minutes": settings.REGISTRATION_DRAFT_MINUTES if kept else 0}
    return render(request, "registration/application/stopped.html", context, status=status)


def form(request: HttpRequest, draft: Application | None, note: Note | None) -> HttpResponse:
    """Show the form with what the draft has: nothing at first."""
    if draft is None:
        rows = _empty_rows(get_language())
        return filled_form(request, None, _empty_form(), rows=rows, note=note)
    typed = {name: value for name in FORM_COLUMNS if (value := getattr(draft, name))}
    return filled_form(request, draft, RegistrationForm(name=draft.name, initial=typed), note=note)


def form_not_taken(
    request: HttpRequest,
    draft: Application | None,
    note: Note | None,
    *,
    status: int = 422,
    wait: str = "",
) -> HttpResponse:
    """Show the form with what was typed, unchecked, and why it was not taken."""
    name = draft.name if draft else ""
    typed = RegistrationForm(name=name, initial=keepable_values(request.POST))
    return filled_form(request, draft, typed, note=note, status=status, wait=wait)


def form_too_often(
    request: HttpRequest, draft: Application | None, wait: timedelta
) -> HttpResponse:
    """Show the form with what was typed, and how long to wait: nothing was stored."""
    page = form_not_taken(request, draft, Note.TOO_OFTEN, status=429, wait=in_words(wait))
    return with_wait(page, wait)


def filled_form(
    request: HttpRequest,
    draft: Application | None,
    form: RegistrationForm,
    *,
    rows: SafeString | None = None,
    note: Note | None = None,
    status: int = 200,
    wait: str = "",
) -> HttpResponse:
    """Show a form with what it holds, and what is wrong with it; `rows` is its rows, rendered."""
    if is_stopped(draft):
        return stopped(request, draft, status=503 if request.method == "POST" else 200)
    identified = draft is not None and draft.is_identified
    context = {
        "form": form,
        "rows": rows or _rows(draft, form),
        "action": reverse("registration:form"),
        "open_form": "entry",
        "enter": "" if identified else reverse("myna:start"),
        "identified": identified,
        "outside": draft.residency_reason if draft and draft.is_outside_area else "",
        "shown": Shown(draft.identity_mark(), str(draft.pk)) if draft else "",
        "step": 2 if identified else 1,
        "note": note,
        "wait": wait,
        "failed": status != 200 and not form.questions,
        "inside_an_app": is_inside_an_app(request.headers.get("User-Agent", "")),
    }
    return render(request, "registration/application/form.html", context, status=status)


def _rows(draft: Application | None, form: RegistrationForm) -> SafeString:
    context = {"form": form, "name": "", "birth_date": "", "address": ""}
    if draft is not None and draft.is_identified:
        context |= {
            "name": draft.name,
            "birth_date": display_on_form(draft.birth_date),
            "address": draft.address,
        }
    return render_to_string("registration/application/rows.html", context)


# Most visits are the first one, to an empty form, and its rows were most of that page's time.
@cache
def _empty_rows(language: str) -> SafeString:
    return _rows(None, _empty_form())


@cache
def _empty_form() -> RegistrationForm:
    return RegistrationForm()


def confirmation(
    request: HttpRequest, draft: Application, *, changed: bool = False
) -> HttpResponse:
    """Show everything that will be registered; `changed`: it is not what was shown before."""
    context = {
        "application": draft,
        "birth_date": display(draft.birth_date),
        "family_kana": draft.last_name_kana.replace("\u3000", " "),
        "given_kana": draft.first_name_kana.replace("\u3000", " "),
        "contact_method": ContactMethod(draft.contact_method).label,
        "shown": Shown(draft.mark(), str(draft.pk)),
        "changed": changed,
    }
    return render(
        request, "registration/application/confirm.html", context, status=409 if changed else 200
    )


def outcome(request: HttpRequest, application: Application) -> HttpResponse:
    """Show the number, or why there is none and what to do next."""
    if application.state == State.REGISTERED:
        name = "result" if application.is_result_visible() else "result_gone"
        patron = application.patron
        assert patron is not None
        context = {
            "number": patron.number,
            "birth_date_complete": is_complete(patron.birth_date),
            "own_password": patron.has_own_password,
            "confirmation": settings.FIRST_LOGIN_CONFIRMATION and not patron.has_own_password,
            "phone": phone_login(application),
            "sending_address": sending_address(),
            "minutes": minutes_until_told(patron),
        }
        return render(request, f"registration/application/{name}.html", context)
    if application.state == State.REFUSED and application.review_since:
        return render(request, "registration/review/decided.html")
    if application.state == State.REVIEW or application.duplicate_reason in WITH_STAFF:
        context = {
            "unclear": application.duplicate_reason in ("", Reason.UNCLEAR_IDENTITY),
            "receipt": application.receipt,
            "answer_by": application.answer_by,
            "overdue": application.is_answer_overdue,
        }
        return render(request, "registration/review/waiting.html", context)
    if application.duplicate_reason:
        context = mynumber_notes(request) | {"card_read": application.is_card_fresh()}
        return render(request, "registration/application/duplicate.html", context)
    context = {"reason": application.residency_reason}
    return render(request, "registration/application/outside_area.html", context)
