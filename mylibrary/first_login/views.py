"""ご本人の確認: the page that asks for digits, and the link behind the result's QR code."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts.buckets import give_back, reserve
from accounts.throttle import visitor_buckets
from mylibrary import session
from mylibrary.access import before, safe_next
from mylibrary.first_login.asking import mail_digits, mailbox_of, masked
from mylibrary.first_login.forms import CodeForm
from mylibrary.signin.authentication import log_in_by_number
from myna_auth.pages import leads_to_identity_service, mynumber_notes
from notices.enclosures import KEY, row_id
from notices.texts import sending_address
from patrons.first_login.models import CodeKind, FirstLoginCode
from patrons.first_login.services import Tried, mailed_code, mails_left, try_code
from patrons.models import Patron
from patrons.services import user_for
from registration.application.phone_login import LINK
from ui.pages import open_form_page, open_page, too_often, with_wait

OVER = _("この数字は使えません。時間が過ぎたか、使い終わったか、新しい数字を送っています")
USED_UP = _("5回まちがえたので、この数字は使えなくなりました。ほかの方法で確かめてください")


@open_form_page
@leads_to_identity_service
@sensitive_post_parameters()
def confirm(request: HttpRequest) -> HttpResponse:
    """ご本人の確認: asks for the digits and logs in; 422 when they are wrong, 429 too often."""
    patron = _whom(request)
    if patron is None:
        return _to_login(request)
    if request.method != "POST":
        return _page(request, patron, CodeForm())
    if "leave" in request.POST:
        session.forget_confirming(request)
        return redirect("home")
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _page(request, patron, form, status=422)
    buckets = visitor_buckets(request, kind="first-login")
    if wait := reserve(buckets):
        form.add_error(
            None, too_often(gettext("確認の失敗が続いたため、受け付けを止めています"), wait)
        )
        return with_wait(_page(request, patron, form, status=429), wait)
    attempt = try_code(patron_id=patron.pk, typed=form.cleaned_data["code"])
    match attempt.tried:
        case Tried.RIGHT:
            give_back(buckets)
            return log_in_by_number(request, user_for(patron=patron))
        case Tried.CLOSED:
            return _to_login(request)
        case Tried.OVER:
            form.add_error("code", OVER)
        case Tried.WRONG if left := attempt.tries_left:
            said = gettext("数字が違います。もう一度入力してください（あと%(left)s回）")
            form.add_error("code", said % {"left": left})
        case Tried.WRONG:
            form.add_error("code", USED_UP)
    return _page(request, patron, form, status=422)


@open_form_page
def send_again(request: HttpRequest) -> HttpResponse:
    """新しい数字を送る: another mail, while the day has one left."""
    patron = _whom(request)
    if patron is None:
        return _to_login(request)
    if request.method == "POST":
        mail_digits(patron=patron, another=True)
    return redirect(before("mylibrary:login_confirm", safe_next(request)))


@open_page
def phone(request: HttpRequest) -> HttpResponse:
    """Take the key of the result's QR code out of the address, using nothing up, and go on."""
    key = request.GET.get(KEY, "")
    code_id = row_id(key)
    live = FirstLoginCode.objects.live().filter(kind=CodeKind.SCREEN)
    found = live.filter(pk=code_id).first() if code_id else None
    ended = None
    if found and LINK.matches(key, found.pk, ()):
        session.keep_scanned_code(request, found.pk)
    else:
        ended = {"ended": "scanned"}
    response = redirect(reverse("mylibrary:login", query=ended))
    response["Referrer-Policy"] = "no-referrer"
    return response


def _whom(request: HttpRequest) -> Patron | None:
    """Return who has to be confirmed in this browser; None where that is over."""
    patron = Patron.objects.with_login(session.confirming_patron_id(request))
    return patron if patron and patron.is_first_login_open else None


def _to_login(request: HttpRequest) -> HttpResponse:
    session.forget_confirming(request)
    return redirect(reverse("mylibrary:login", query={"ended": "confirming"}))


def _page(
    request: HttpRequest, patron: Patron, form: CodeForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "next": safe_next(request),
        "mailed": mailed_code(patron=patron) is not None,
        "mails_left": mails_left(patron=patron),
        "recipient": masked(mailbox_of(patron)),
        "sending_address": sending_address(),
        **mynumber_notes(request),
    }
    return render(request, "mylibrary/first_login/confirm.html", context, status=status)
