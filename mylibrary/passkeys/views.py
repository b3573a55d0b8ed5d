"""パスキー: the list, adding, renaming, removing, and logging in with one."""

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import relying_party
from accounts.models import Passkey
from accounts.relying_party import MAXIMUM_PASSKEYS, Ceremony, PasskeyRefused, take_challenge
from accounts.scripts import (
    ScriptRefused,
    for_script,
    json_object,
    passkey_refusal,
    proved_by_passkey,
    text_of,
)
from accounts.services import LoginWay
from accounts.throttle import remember_browser
from mylibrary import session
from mylibrary.access import patron_page
from mylibrary.bookshelf import wanted
from mylibrary.passkeys import forms, services
from mylibrary.passkeys.forms import PasskeyNameForm
from mylibrary.signin.authentication import NotReauthenticated, log_in, reauthenticate
from mylibrary.signin.forms import OwnPasswordForm
from myna_auth.pages import leads_to_identity_service, mynumber_notes
from patrons.models import Patron
from patrons.services import user_for
from ui.pages import local_path, render_form, sent_data, with_full_stop

NOT_ADDED = _(
    "このパスキーは追加できませんでした。もう一度お試しください。"
    "くり返しできないときは、別の端末でお試しください。"
)
# One sentence for every failure, so that it does not tell whether there is such a passkey.
NOT_LOGGED_IN = _(
    "このパスキーではログインできませんでした。番号とパスワード、またはマイナンバーカードで"
    "ログインしてください。お困りの方は、窓口でお尋ねください。"
)


@never_cache
@login_not_required
@require_POST
@for_script
def login(request: HttpRequest) -> HttpResponse:
    """パスキーでログイン: 422 when it proves nobody, 429 when an address tried too often."""
    sent = json_object(request)
    path = local_path(text_of(sent, "next"))
    patron = proved_by_passkey(
        request, sent.get("response"), services.patron_with_passkey, NOT_LOGGED_IN
    )
    log_in(request, patron, LoginWay.PASSKEY)
    wanted.fulfil(patron=patron, path=path)
    response = JsonResponse({"next": path or reverse("mylibrary:menu")})
    remember_browser(request, response, kind="patron", identifier=patron.number)
    return response


@leads_to_identity_service
@patron_page
def passkeys(request: HttpRequest, patron: Patron) -> HttpResponse:
    """パスキー: what there is, and the form to add one."""
    stored = list(user_for(patron=patron).passkeys.all())
    names = {passkey.name for passkey in stored}
    name = forms.suggested_name(request.headers.get("User-Agent", ""), names)
    context = {
        "passkeys": stored,
        "full": len(stored) >= MAXIMUM_PASSKEYS,
        "maximum": MAXIMUM_PASSKEYS,
        "form": PasskeyNameForm(initial={"name": name}),
        "accepted": _accepted(patron, stored),
        "proved": session.has_authenticated_recently(request),
        "proof": OwnPasswordForm() if patron.has_own_password else None,
        "here": request.path,
        **mynumber_notes(request),
    }
    return render(request, "mylibrary/passkeys/passkeys.html", context)


@patron_page
@require_POST
@for_script
def options(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Tell the page's script what passkey to have made; 403 where who it is has to be proved first.

    What is told here is what `add` waits for, so no passkey is added without that proof.
    """
    sent = json_object(request)
    _named(sent)
    if not session.has_authenticated_recently(request):
        password = text_of(sent, "password")
        try:
            reauthenticate(request=request, patron=patron, password=password)
        except NotReauthenticated as refused:
            raise ScriptRefused(
                with_full_stop(refused.message),
                status=429 if refused.wait else 403,
                wait=refused.wait,
            ) from refused
    user = user_for(patron=patron)
    asked = relying_party.begin_registration(user=user, user_name=patron.number)
    relying_party.keep_challenge(request.session, Ceremony.REGISTRATION, asked["challenge"])
    return JsonResponse(asked)


@patron_page
@require_POST
@for_script
def add(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Store the passkey that was made; 422 when it cannot be one."""
    sent = json_object(request)
    name = _named(sent)
    made = sent.get("response")
    try:
        challenge = take_challenge(request.session, Ceremony.REGISTRATION, made)
        services.add_passkey(patron=patron, response=made, challenge=challenge, name=name)
    except PasskeyRefused as refused:
        raise passkey_refusal(refused, NOT_ADDED) from refused
    said = gettext("パスキー「%(name)s」を追加しました。次から、パスキーでログインできます。")
    messages.success(request, said % {"name": name})
    return JsonResponse({"next": reverse("mylibrary:passkeys")})


@patron_page
def rename(request: HttpRequest, patron: Patron, passkey_id: int) -> HttpResponse:
    """パスキーの名前の変更."""
    passkey = get_object_or_404(user_for(patron=patron).passkeys, pk=passkey_id)
    form = PasskeyNameForm(sent_data(request), initial={"name": passkey.name})
    if not form.is_valid():
        context = {"passkey": passkey, "form": form}
        return render_form(request, "mylibrary/passkeys/rename.html", context)
    services.rename_passkey(passkey=passkey, name=form.cleaned_data["name"])
    messages.success(request, gettext("パスキーの名前を変更しました。"))
    return redirect("mylibrary:passkeys")


@patron_page
def remove(request: HttpRequest, patron: Patron, passkey_id: int) -> HttpResponse:
    """パスキーの削除, once it is confirmed."""
    passkey = get_object_or_404(user_for(patron=patron).passkeys, pk=passkey_id)
    if request.method != "POST":
        return render(request, "mylibrary/passkeys/remove.html", {"passkey": passkey})
    services.remove_passkey(patron=patron, passkey=passkey)
    said = gettext(
        "パスキー「%(name)s」を削除しました。端末に残っているときは、"
        "端末の設定（パスワードとパスキー）からも削除してください。"
    )
    messages.success(request, said % {"name": passkey.name})
    return redirect("mylibrary:passkeys")


def _named(sent: dict[str, object]) -> str:
    form = PasskeyNameForm({"name": text_of(sent, "name")})
    if not form.is_valid():
        raise ScriptRefused(with_full_stop(str(form.errors["name"][0])), status=422)
    return form.cleaned_data["name"]


def _accepted(patron: Patron, stored: list[Passkey]) -> str:
    """Return the JSON that keeps a browser from offering passkeys that were removed here.

    Options of `PublicKeyCredential.signalAllAcceptedCredentials`; "" before the first passkey.
    """
    handle = user_for(patron=patron).passkey_handle
    if handle is None:
        return ""
    return json.dumps(
        {
            "rpId": relying_party.rp_id(),
            "userId": urlsafe_base64_encode(bytes(handle)),
            "allAcceptedCredentialIds": [
                urlsafe_base64_encode(bytes(passkey.credential_id)) for passkey in stored
            ],
        }
    )
