"""The page that a link mailed after a decision leads to.

It shows nothing of anybody: who opens it may be anyone who reads that mailbox. Opening it uses
nothing up (mail programs fetch links ahead); its button does, and leads on to the card.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from myna_auth.pages import leads_to_identity_service, mynumber_notes
from myna_auth.views import start
from notices.enclosures import KEY, MailedLinkDead
from registration.application.enums import State
from registration.review.services import open_link
from ui.pages import open_form_page


@open_form_page
@leads_to_identity_service
def review(request: HttpRequest) -> HttpResponse:
    """確認の結果: finish the registration, or see how to log in; both with the card."""
    key = (request.POST if request.method == "POST" else request.GET).get(KEY, "")
    try:
        if request.method == "POST":
            open_link(key=key, use=True)
            return start(request)
        application = open_link(key=key)
    except MailedLinkDead:
        return render(request, "registration/review/link_over.html", status=410)
    name = "finish" if application.state == State.APPROVED else "found"
    context = {"key": key, **mynumber_notes(request)}
    return render(request, f"registration/review/{name}.html", context)
