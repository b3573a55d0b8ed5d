"""Pages around the card: what was found, the offer to link it, the number and a new password."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts.services import LoginWay, end_other_logins
from accounts.sessions import store_of
from accounts.throttle import forgive
from audit.enums import Event
from audit.services import record
from mylibrary import session
from mylibrary.access import patron_of, patron_page
from mylibrary.bookshelf import wanted
from mylibrary.mynumber.models import LinkOffer, OfferPurpose
from mylibrary.mynumber.purposes import LINKED
from mylibrary.mynumber.services import OfferGone, WrongPhone, accept_offer
from mylibrary.signin.authentication import lead_on, log_in
from mylibrary.signin.forms import NewPasswordForm
from mylibrary.signin.services import choose_password
from myna_auth.pages import with_interruption
from myna_auth.session import start_afresh
from patrons.identity_link_services import LinkRefused
from patrons.models import Patron
from patrons.normalize import normalize_phone
from patrons.services import PasswordWay, PatronErased, user_for
from registration.application.forms import RegistrationForm
from ui.forms import NormalizedField, PlainForm
from ui.pages import open_form_page, open_page, render_form, sent_data

START_PAGES = {
    OfferPurpose.LOGIN: "mylibrary:login",
    OfferPurpose.RECOVER: "mylibrary:password_reset",
}


class OfferForm(PlainForm):
    """連携する: the phone number that the library has, where the card's address is another one."""

    phone = NormalizedField(
        label=_("登録した電話番号（半角）"),
        help_text=_("貸出券を作ったときなどに、図書館に届けた電話番号です。"),
        normalize=normalize_phone,
        messages=RegistrationForm.base_fields["phone"].error_messages,
        widget=forms.TextInput({"autocomplete": "tel", "inputmode": "tel"}),
    )

    def __init__(self, *args: Any, phone_needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not phone_needed:
            del self.fields["phone"]


WRONG_PHONE = gettext_noop(
    "図書館に登録されている電話番号と違います。登録したときの番号を入力してください（あと%(left)s回）"
)


@open_form_page
def offer(request: HttpRequest, purpose: OfferPurpose) -> HttpResponse:
    """マイナンバーカードと貸出券の連携; then the patron is logged in, or the number is shown."""
    offers = LinkOffer.objects.open(session.offer_id(request), purpose)
    found = offers.select_related("patron").first()
    if found is None:
        return _to_start(request, purpose, late=session.offer_id(request) is not None)
    # Who has proved to be the patron may know the number, whether or not the card is linked.
    is_proved = session.is_registering(request) and not found.phone_needed
    number = found.patron.number if is_proved else ""
    form = OfferForm(sent_data(request), phone_needed=found.phone_needed)
    if not form.is_valid():
        return _offer_page(request, purpose, form, number)
    phone = form.cleaned_data.get("phone", "")
    try:
        patron = accept_offer(offer_id=found.pk, purpose=purpose, phone=phone)
    except OfferGone:
        return _to_start(request, purpose, late=True)
    except LinkRefused:
        return redirect("mylibrary:elsewhere")
    except WrongPhone as wrong:
        if not wrong.tries_left:
            return redirect("mylibrary:elsewhere")
        form.add_error("phone", gettext(WRONG_PHONE) % {"left": wrong.tries_left})
        return _offer_page(request, purpose, form)
    if purpose == OfferPurpose.RECOVER:
        if not session.is_registering(request):
            start_afresh(request)
        session.allow_recovery(request, patron)
        record(Event.RECOVERED, patron_id=patron.pk)
        return redirect("mylibrary:recover")
    path = session.return_path(request)
    log_in(request, patron, LoginWay.CARD)
    wanted.fulfil(patron=patron, path=path)
    messages.success(request, LINKED)
    return lead_on(request, patron, path or "mylibrary:menu")


@open_form_page
@sensitive_post_parameters()
def recover(request: HttpRequest) -> HttpResponse:
    """利用者番号の確認: the number of whose card was just read, and a new password."""
    patron = Patron.objects.not_withheld().with_login(session.recovering_patron_id(request))
    if patron is None:
        offered = LinkOffer.objects.open(session.offer_id(request), OfferPurpose.RECOVER)
        if session.is_registering(request) and offered.exists():
            return redirect("mylibrary:recover_offer")
        return _to_start(request, OfferPurpose.RECOVER, late=session.is_recovering(request))
    if "leave" in request.POST:
        start_afresh(request)
        return render(request, "mylibrary/mynumber/recovery_left.html")
    form = NewPasswordForm(sent_data(request), patron=patron)
    if not form.is_valid():
        context = {
            "form": form,
            "number": patron.number,
            "registering": session.is_registering(request),
        }
        return render_form(request, "mylibrary/mynumber/recover.html", context)
    password = form.cleaned_data["new_password"]
    try:
        choose_password(patron=patron, password=password, way=PasswordWay.CARD)
    except PatronErased:
        return _to_start(request, OfferPurpose.RECOVER, late=True)
    log_in(request, patron, LoginWay.CARD)
    end_other_logins(user=user_for(patron=patron), login_id=store_of(request).login_id)
    forgive(request, kind="patron", identifier=patron.number)
    messages.success(
        request,
        gettext("パスワードを変更しました。次からは、新しいパスワードでもログインできます。"),
    )
    return lead_on(request, patron, "mylibrary:menu")


@open_page
def not_found(request: HttpRequest) -> HttpResponse:
    """No patron was found for the card."""
    return render(request, "mylibrary/mynumber/not_found.html")


@open_page
def elsewhere(request: HttpRequest) -> HttpResponse:
    """Linking has to be done after a login by number, or at the counter."""
    return render(request, "mylibrary/mynumber/elsewhere.html")


@patron_page
def link_refused(request: HttpRequest, patron: Patron, taken: bool) -> HttpResponse:
    """The card read for a link is of another registration (`taken`), or of another person."""
    return render(request, "mylibrary/mynumber/link_refused.html", {"taken": taken})


def _to_start(request: HttpRequest, purpose: OfferPurpose, *, late: bool) -> HttpResponse:
    """Go to where the card can be read (again), or on where somebody is logged in already."""
    if session.is_registering(request):
        address, late = reverse("registration:form"), True
    elif patron_of(request):
        return redirect("mylibrary:menu")
    else:
        address = reverse(START_PAGES[purpose])
    return redirect(with_interruption(address, "expired") if late else address)


def _offer_page(
    request: HttpRequest, purpose: OfferPurpose, form: OfferForm, number: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "action": request.path,
        "start": reverse(START_PAGES[purpose]),
        "registering": session.is_registering(request),
        "number": number,
    }
    return render_form(request, "mylibrary/mynumber/offer.html", context)
