"""The registration journey's pages (manual, steps 2 and 6 to 9)."""

from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache

from accounts.services import clear_browser_storage
from accounts.throttle import forget_patrons
from myna_auth.pages import INTERRUPTION, leads_to_identity_service
from patrons import residency
from patrons.services import choose_language
from registration import session
from registration.application import pages, services
from registration.application.enums import OPEN_STATES, State
from registration.application.forms import RegistrationForm
from registration.application.lifecycle import CONFIRM, RESULT, first_incomplete
from registration.application.models import Application
from registration.application.pages import Note
from registration.application.phone_login import end_phone_login, remember_registering_browser
from ui import languages
from ui.pages import button_of, open_form_page
from ui.stale_page import Shown


@open_form_page
@leads_to_identity_service
def form(request: HttpRequest) -> HttpResponse:
    """利用者情報登録: before and after identification."""
    if request.method == "POST":
        is_switched = languages.FIELD in request.POST
        return _form_in_another_language(request) if is_switched else _form_sent(request)
    draft = session.draft(request)
    note = pages.interruption_note(request.GET.get(INTERRUPTION, ""))
    if draft is None and session.draft_id(request):
        if session.learn_answer(request):
            return redirect("registration:result")
        session.forget(request, session.DRAFT)
        note = Note.TIMED_OUT
    elif draft is None and session.result_patron(request):
        # The answer to 登録 may have been lost; the result leads on to the next person.
        return redirect("registration:result")
    return pages.form(request, draft, note)


@transaction.atomic
def _form_sent(request: HttpRequest) -> HttpResponse:
    draft, shown = session.draft(request, lock=True), Shown.sent(request.POST)
    if draft is None:
        if _is_answered(request, shown):
            return redirect("registration:result")
        note = Note.TIMED_OUT if session.draft_id(request) else Note.IDENTIFY_FIRST
        return pages.form_not_taken(request, None, note)
    if not draft.is_identified:
        return pages.form_not_taken(request, draft, Note.IDENTIFY_FIRST)
    if shown.mark and shown.mark != draft.identity_mark():
        return pages.form_not_taken(request, draft, Note.CHANGED)
    decision, accepted = residency.decide(draft.address), {}
    if decision.eligible:
        filled = RegistrationForm(
            request.POST, name=draft.name, residency=decision, answered=draft.accepted_values()
        )
        if not filled.is_valid() or filled.questions:
            return pages.filled_form(request, draft, filled, status=422)
        accepted = filled.cleaned_data
    services.enter(application=draft, accepted=accepted, decision=decision)
    return redirect(first_incomplete(draft))


@never_cache
def form_to_send_again(request: HttpRequest) -> HttpResponse:
    """利用者情報登録 again, with what was typed and a new token: 403, and nothing is stored."""
    languages.switch(request)
    draft = session.draft(request)
    note = Note.CHANGED if _is_of_another_card(request, draft) else Note.SEND_AGAIN
    return pages.form_not_taken(request, draft, note, status=403)


def _form_in_another_language(request: HttpRequest) -> HttpResponse:
    """利用者情報登録 again, with what was typed: nothing is checked or stored."""
    languages.switch(request)
    if patron := getattr(request.user, "patron", None):
        choose_language(patron=patron, language=get_language() or "")
    draft, note = session.draft(request), None
    if draft is None and session.draft_id(request):
        if session.learn_answer(request):
            return redirect("registration:result")
        note = Note.TIMED_OUT
    elif _is_of_another_card(request, draft):
        note = Note.CHANGED
    return pages.form_not_taken(request, draft, note, status=200)


def _is_of_another_card(request: HttpRequest, draft: Application | None) -> bool:
    """Return whether the page was filled in for another card than was read last."""
    mark = Shown.sent(request.POST).mark
    return draft is not None and mark not in ("", draft.identity_mark())


@open_form_page
def confirm(request: HttpRequest) -> HttpResponse:
    """利用者情報登録確認: what was entered, and the registration itself."""
    if request.method != "POST":
        draft = session.draft(request)
        if draft is None:
            return _to_outcome(request, Shown(""))
        page = first_incomplete(draft)
        return pages.confirmation(request, draft) if page == CONFIRM else redirect(page)
    shown = Shown.sent(request.POST)
    draft_id = session.draft_id(request)
    try:
        application = draft_id and services.register(application_id=draft_id, mark=shown.mark)
    except services.ContentChanged as conflict:
        return pages.confirmation(request, conflict.application, changed=True)
    if application:
        if application.state == State.CONFIRMED:
            return render(request, "registration/application/exhausted.html", status=503)
        page = first_incomplete(application)
        is_shown = shown.record in ("", str(application.pk))
        if application.state in OPEN_STATES or (page == RESULT and is_shown):
            return redirect(page)
    return _to_outcome(request, shown)


@open_form_page
@leads_to_identity_service
def result(request: HttpRequest) -> HttpResponse:
    """利用者情報登録結果: the number, or why there is none and what to do next."""
    application = session.outcome(request)
    if application is None or request.method == "POST":
        return redirect(first_incomplete(session.draft(request)))
    if application.state == State.REFUSED and not application.is_result_visible():
        session.forget(request, session.OUTCOME)
        return redirect("registration:form")
    response = pages.outcome(request, application)
    patron = application.patron if application.state == State.REGISTERED else None
    if patron and application.is_result_visible():
        remember_registering_browser(request, response, patron)
    return response


@open_form_page
@button_of("registration:form")
def cancel(request: HttpRequest) -> HttpResponse:
    """キャンセル on the form: the draft is erased, unless it has been answered meanwhile."""
    draft = session.draft(request)
    if draft is None and _is_answered(request, Shown.sent(request.POST)):
        return redirect("registration:result")
    if draft is not None:
        page = first_incomplete(services.cancel(application_id=draft.pk))
        if page == RESULT:
            return redirect(page)
    session.forget(request, session.DRAFT)
    return render(request, "registration/application/cancelled.html")


@open_form_page
@button_of("registration:form")
def reset(request: HttpRequest) -> HttpResponse:
    """リセット on the form: what was typed is cleared, the identity stays."""
    if draft_id := session.draft_id(request):
        services.reset(application_id=draft_id)
    return redirect("registration:form")


@open_form_page
@button_of("registration:form")
def finish(request: HttpRequest) -> HttpResponse:
    """終了する on a shared computer: this browser forgets every patron, also who is logged in."""
    end_phone_login(session.result_patron(request))
    logout(request)
    response = clear_browser_storage(render(request, "registration/application/finished.html"))
    forget_patrons(request, response)
    return response


@open_form_page
@button_of("registration:form")
def another(request: HttpRequest) -> HttpResponse:
    """続けて別の方を登録する: an empty form for the next person."""
    end_phone_login(session.result_patron(request))
    session.forget(request)
    return redirect("registration:form")


def _to_outcome(request: HttpRequest, shown: Shown) -> HttpResponse:
    """Lead to the outcome of the application that a page showed; without one, to the form."""
    answered = session.outcome(request)
    if answered and (not shown.record or session.is_outcome(request, shown.record)):
        return redirect("registration:result")
    return redirect("registration:form")


def _is_answered(request: HttpRequest, shown: Shown) -> bool:
    """Return whether the application that a page showed has its answer already."""
    return session.learn_answer(request) or session.is_outcome(request, shown.record)
