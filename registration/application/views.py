"""The registration journey's pages (manual, steps 2 and 6 to 9)."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.services import with_nothing_kept
from accounts.throttle import forget_patrons
from myna_auth.pages import INTERRUPTION, leads_to_identity_service
from patrons import residency
from registration import session
from registration.application import pages, services, steps
from registration.application.enums import ApplicationState as State
from registration.application.errors import ContentChanged
from registration.application.forms import RegistrationForm
from registration.application.models import Application
from registration.application.notes import Note, interruption_note
from registration.application.phone_login import end_phone_login, remember_registering_browser
from registration.application.shown import Shown

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


@page
@leads_to_identity_service
def form(request: HttpRequest) -> HttpResponse:
    """利用者情報登録: before and after identification."""
    draft = session.draft(request)
    if request.method == "POST":
        return _form_sent(request, draft)
    note = interruption_note(request.GET.get(INTERRUPTION, ""))
    if draft is None and session.has_draft(request):
        if session.learn_answer(request):
            return redirect("registration:result")
        session.forget_draft(request)
        note = Note.TIMED_OUT
    elif draft is None and session.result_patron(request):
        # The answer to 登録 may have been lost; the result leads on to the next person.
        return redirect("registration:result")
    return pages.form(request, draft, note)


def _form_sent(request: HttpRequest, draft: Application | None) -> HttpResponse:
    shown = Shown.parse(request.POST)
    if draft is None:
        if _is_answered(request, shown):
            return redirect("registration:result")
        note = Note.TIMED_OUT if session.has_draft(request) else Note.IDENTIFY_FIRST
        return pages.form_not_taken(request, None, note)
    if not draft.is_identified:
        return pages.form_not_taken(request, draft, Note.IDENTIFY_FIRST)
    if shown and shown.mark != draft.identity_mark():
        return pages.form_not_taken(request, draft, Note.CHANGED)
    decision = residency.decide(draft.address)
    if not decision.eligible:
        return _follow(request, services.refuse_outside_area(application_id=draft.pk))
    filled = RegistrationForm(request.POST, name=draft.name, residency=decision)
    if not filled.is_valid():
        return pages.form_with_errors(request, draft, filled)
    return _follow(request, services.enter(application_id=draft.pk, entry=filled.entry()))


@never_cache
@leads_to_identity_service
def form_to_send_again(request: HttpRequest) -> HttpResponse:
    """利用者情報登録 again, with what was typed and a new token: 403, and nothing is stored."""
    draft = session.draft(request)
    shown = Shown.parse(request.POST)
    changed = draft is not None and shown and shown.mark != draft.identity_mark()
    note = Note.CHANGED if changed else Note.SEND_AGAIN
    return pages.form_not_taken(request, draft, note, status=403)


@page
def confirm(request: HttpRequest) -> HttpResponse:
    """利用者情報登録確認: what was entered, and the registration itself."""
    draft = session.draft(request)
    shown = Shown.parse(request.POST)
    if draft is None:
        answered = session.outcome(request)
        if answered and (shown is None or session.is_outcome(request, shown.application_id)):
            return redirect("registration:result")
        return redirect("registration:form")
    if steps.first_incomplete(draft) is not steps.CONFIRM:
        return redirect(steps.first_incomplete(draft).url)
    if request.method != "POST":
        return pages.confirmation(request, draft)
    try:
        application = services.register(application_id=draft.pk, mark=shown.mark if shown else None)
    except ContentChanged:
        draft.refresh_from_db()
        return pages.confirmation(request, draft, changed=True)
    if application.state == State.CONFIRMED:
        return pages.numbers_exhausted(request)
    return _follow(request, application)


@page
@leads_to_identity_service
def result(request: HttpRequest) -> HttpResponse:
    """利用者情報登録結果: the number, or why there is none and what to do next."""
    application = session.outcome(request)
    if application is None or request.method == "POST":
        return redirect(steps.first_incomplete(session.draft(request)).url)
    if application.state == State.REFUSED and not application.is_result_visible():
        session.forget_outcome(request)
        return redirect("registration:form")
    response = pages.outcome(request, application)
    patron = application.patron if application.state == State.REGISTERED else None
    if patron and application.is_result_visible():
        remember_registering_browser(request, response, patron)
    return response


@action
def cancel(request: HttpRequest) -> HttpResponse:
    """キャンセル on the form: the draft is erased, unless it has been answered meanwhile."""
    draft = session.draft(request)
    if draft is None and _is_answered(request, Shown.parse(request.POST)):
        return redirect("registration:result")
    if draft is not None:
        application = services.cancel(application_id=draft.pk)
        if steps.answered(application):
            return _follow(request, application)
    session.forget_draft(request)
    return render(request, "registration/application/cancelled.html")


@action
def reset(request: HttpRequest) -> HttpResponse:
    """リセット on the form: what was typed is cleared, the identity stays."""
    if draft := session.draft(request):
        services.reset(application_id=draft.pk)
    return redirect("registration:form")


@action
def finish(request: HttpRequest) -> HttpResponse:
    """終了する on a shared computer: this browser forgets every patron, also who is logged in."""
    end_phone_login(session.result_patron(request))
    logout(request)
    response = with_nothing_kept(render(request, "registration/application/finished.html"))
    forget_patrons(request, response)
    return response


@action
def another(request: HttpRequest) -> HttpResponse:
    """続けて別の方を登録する: an empty form for the next person."""
    end_phone_login(session.result_patron(request))
    session.forget(request)
    return redirect("registration:form")


def _follow(request: HttpRequest, application: Application) -> HttpResponse:
    if steps.answered(application):
        session.keep_answer(request, application)
    return redirect(steps.first_incomplete(application).url)


def _is_answered(request: HttpRequest, shown: Shown | None) -> bool:
    """Say whether the application that a page showed has its answer already."""
    return session.learn_answer(request) or (
        shown is not None and session.is_outcome(request, shown.application_id)
    )
