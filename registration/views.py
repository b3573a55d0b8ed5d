"""The registration journey's pages (manual, steps 2 and 6 to 9)."""

from collections.abc import Callable
from functools import wraps

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from patrons import residency
from patrons.birth_date import display
from patrons.enums import ContactMethod
from registration import birth_dates, services, session, steps
from registration.browsers import is_inside_an_app
from registration.enums import ApplicationState as State
from registration.enums import Reason
from registration.errors import ContentChanged
from registration.forms import RegistrationForm
from registration.identity import INTERRUPTION
from registration.models import TYPED_COLUMNS, Application
from registration.notes import Note, interruption_note
from registration.stale import Shown
from registration.typed import keepable_fields

View = Callable[[HttpRequest], HttpResponse]


def page(view: View) -> View:
    """Make a view one of the journey's: open to everybody, never cached."""
    return login_not_required(never_cache(require_http_methods(["GET", "HEAD", "POST"])(view)))


def action(view: View) -> View:
    """Make a view one of the journey's buttons; visited without pressing it, it shows the form."""

    @wraps(view)
    def only_when_pressed(request: HttpRequest) -> HttpResponse:
        return view(request) if request.method == "POST" else redirect("registration:form")

    return page(only_when_pressed)


def leads_to_identity_service(view: View) -> View:
    """Allow the POST of マイナンバー読込 to end at the identity service.

    Chromium checks `form-action` along the whole redirect chain (CSP Level 3, section 6.4.2).
    """

    @wraps(view)
    def allowing(request: HttpRequest) -> HttpResponse:
        origins = {"form-action": settings.MYNA_FORM_ACTION_ORIGINS}
        return csp_update(origins)(view)(request)

    return allowing


@page
@leads_to_identity_service
def form(request: HttpRequest) -> HttpResponse:
    """利用者情報登録: before and after identification."""
    draft = session.draft(request)
    if request.method != "POST":
        note = interruption_note(request.GET.get(INTERRUPTION, ""))
        if draft is None and session.has_draft(request):
            session.forget_draft(request)
            note = Note.TIMED_OUT
        return _form_page(request, draft, _form_of(draft), note=note)
    shown = Shown.parse(request.POST)
    if draft is None:
        if shown and session.is_outcome(request, shown.application_id):
            return redirect("registration:result")
        note = Note.TIMED_OUT if session.has_draft(request) else Note.IDENTIFY_FIRST
        return _unsent(request, None, note)
    if not draft.is_identified:
        return _unsent(request, draft, Note.IDENTIFY_FIRST)
    if shown and shown.mark != draft.identity_mark():
        return _unsent(request, draft, Note.CHANGED)
    decision = residency.decide(draft.address)
    if not decision.eligible:
        return _follow(request, services.refuse_outside_area(application_id=draft.pk))
    filled = RegistrationForm(request.POST, name=draft.name, residency=decision)
    if not filled.is_valid():
        return _form_page(request, draft, filled, status=422)
    return _follow(request, services.enter(application_id=draft.pk, entry=filled.entry()))


@page
def confirm(request: HttpRequest) -> HttpResponse:
    """利用者情報登録確認: what was entered, and the registration itself."""
    draft = session.draft(request)
    if draft is None:
        seen = Shown.parse(request.POST)
        current = session.outcome(request)
        if current and (seen is None or session.is_outcome(request, seen.application_id)):
            return redirect("registration:result")
        return redirect("registration:form")
    if steps.first_incomplete(draft) is not steps.CONFIRM:
        return redirect(steps.first_incomplete(draft).url)
    if request.method != "POST":
        return _confirm_page(request, draft)
    shown = Shown.parse(request.POST)
    try:
        application = services.register(application_id=draft.pk, mark=shown.mark if shown else None)
    except ContentChanged:
        draft.refresh_from_db()
        return _confirm_page(request, draft, changed=True, status=409)
    if application.state == State.CONFIRMED:
        return render(request, "application/exhausted.html", status=503)
    return _follow(request, application)


@page
def result(request: HttpRequest) -> HttpResponse:
    """利用者情報登録結果: the number, or why there is none and what to do next."""
    application = session.outcome(request)
    if application is None or request.method == "POST":
        return redirect(steps.first_incomplete(session.draft(request)).url)
    if application.state == State.REVIEW:
        return _review_page(request, application)
    if not application.is_result_visible():
        if application.state == State.REGISTERED:
            return render(request, "application/result_gone.html")
        session.forget_outcome(request)
        return redirect("registration:form")
    if application.state == State.REFUSED:
        return _refused_page(request, application)
    return render(request, "application/result.html", {"application": application})


@action
def cancel(request: HttpRequest) -> HttpResponse:
    """キャンセル on the form: the draft is erased."""
    if draft := session.draft(request):
        services.cancel(application_id=draft.pk)
    session.forget_draft(request)
    return render(request, "application/cancelled.html")


@action
def reset(request: HttpRequest) -> HttpResponse:
    """リセット on the form: what was typed is cleared, the identity stays."""
    if draft := session.draft(request):
        services.reset(application_id=draft.pk)
    return redirect("registration:form")


@action
def finish(request: HttpRequest) -> HttpResponse:
    """終了する on a shared computer: this browser forgets the result."""
    session.forget(request)
    return render(request, "application/finished.html")


@action
def another(request: HttpRequest) -> HttpResponse:
    """続けて別の方を登録する: an empty form for the next person."""
    session.forget(request)
    return redirect("registration:form")


def _follow(request: HttpRequest, application: Application) -> HttpResponse:
    if steps.answered(application):
        session.keep_outcome(request, application)
    return redirect(steps.first_incomplete(application).url)


def _refused_page(request: HttpRequest, application: Application) -> HttpResponse:
    if application.duplicate_reason == Reason.OPEN_REVIEW:
        return _review_page(request, application)
    name = "duplicate" if application.duplicate_reason else "outside_area"
    return render(request, f"application/{name}.html")


def _review_page(request: HttpRequest, application: Application) -> HttpResponse:
    context = {"unclear": application.duplicate_reason == ""}
    return render(request, "application/review.html", context)


def _form_of(draft: Application | None) -> RegistrationForm:
    if draft is None:
        return RegistrationForm()
    typed = {name: value for name in TYPED_COLUMNS if (value := getattr(draft, name))}
    return RegistrationForm(name=draft.name, initial=typed)


def _unsent(request: HttpRequest, draft: Application | None, note: Note) -> HttpResponse:
    """Show the form again with what was typed, unchecked, and why it was not taken."""
    name = draft.name if draft else ""
    typed = RegistrationForm(name=name, initial=keepable_fields(request.POST))
    return _form_page(request, draft, typed, note=note, status=422)


def _form_page(
    request: HttpRequest,
    draft: Application | None,
    form: RegistrationForm,
    *,
    note: Note | None = None,
    status: int = 200,
) -> HttpResponse:
    identified = draft is not None and draft.is_identified
    context = {
        "form": form,
        "identified": identified,
        "name": draft.name if identified else "",
        "birth_date": birth_dates.on_form(draft.birth_date) if identified else "",
        "address": draft.address if identified else "",
        "shown": Shown.form(draft) if draft else "",
        "step": steps.ENTER if identified else steps.IDENTIFY,
        "note": note,
        "failed": status != 200,
        "inside_an_app": is_inside_an_app(request.headers.get("User-Agent", "")),
    }
    return render(request, "application/form.html", context, status=status)


def _confirm_page(
    request: HttpRequest, draft: Application, *, changed: bool = False, status: int = 200
) -> HttpResponse:
    context = {
        "application": draft,
        "birth_date": display(draft.birth_date),
        "contact_method": ContactMethod(draft.contact_method).label,
        "shown": Shown.confirmation(draft),
        "changed": changed,
    }
    return render(request, "application/confirm.html", context, status=status)
