"""What a card is read for in My Library: the purposes "login", "recover" and "link"."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.services import LoginWay
from accounts.throttle import reserve_write
from announcements import board
from announcements.kinds import Begun
from audit.enums import Event
from audit.services import record
from mylibrary import session
from mylibrary.access import is_closed, patron_of, turned_away
from mylibrary.bookshelf import wanted
from mylibrary.mynumber.models import OfferPurpose
from mylibrary.mynumber.services import make_offer
from mylibrary.own_data.services import record_notice_shown
from mylibrary.security_notices import SecurityChange, tell_of_change
from mylibrary.signin.authentication import log_in
from myna_auth.claims import VerifiedIdentity
from myna_auth.pages import with_interruption
from myna_auth.purposes import IdentificationPurpose
from myna_auth.session import start_afresh
from patrons.identity_link_services import (
    LinkRefusal,
    LinkRefused,
    LinkVerdict,
    find_patron,
    link_own_card,
)
from patrons.models import Patron
from registration import session as registration
from ui.pages import in_words, local_path, with_wait

LINKED = _("マイナンバーカードと連携しました。次からは、マイナンバーカードでログインできます。")


def not_now(request: HttpRequest) -> HttpResponse | None:
    """Return a page that says so while no card can be read."""
    if board.stopping(Begun.IDENTIFICATION):
        return render(request, "mylibrary/mynumber/not_now.html", status=503)
    return None


def too_often(request: HttpRequest) -> HttpResponse | None:
    """Return a page that says so where very many begin from one network."""
    if wait := reserve_write(request):
        context = {"wait": in_words(wait)}
        page = render(request, "mylibrary/mynumber/too_often.html", context, status=429)
        return with_wait(page, wait)
    return None


class _PersonPurpose(IdentificationPurpose):
    """Finds the patron whose card was read; whoever was in this browser before is forgotten.

    Only a registration begun with the same card stays, for a holder who has no patron yet.
    """

    offer_purpose: OfferPurpose
    offer_page: str

    def begin(self, request: HttpRequest) -> HttpResponse | None:
        """Keep the page to come back to, and what was shown there."""
        if page := too_often(request):
            return page
        session.keep_privacy_notice(request)
        session.keep_return_path(request, local_path(request.POST.get("next", "")))
        return not_now(request)

    def complete(self, request: HttpRequest, identity: VerifiedIdentity) -> str:
        """Go on with the linked patron, offer to link the one that was found, or say what to do."""
        path, shown = session.return_path(request), session.shown_privacy_notice(request)
        draft = registration.draft_of(request, identity)
        start_afresh(request)
        if draft:
            registration.keep_draft(request, draft)
        if patron := Patron.objects.login_of_card(identity.issuer, identity.subject):
            return self.go_on(request, patron, path)
        found = find_patron(card=identity)
        if found.verdict in (LinkVerdict.PROVED, LinkVerdict.PHONE_NEEDED):
            offer = make_offer(
                purpose=self.offer_purpose, identity=identity, found=found, privacy_version=shown
            )
            if offer.tries_left:
                session.keep_offer(request, offer)
                session.keep_return_path(request, path)
                return reverse(self.offer_page)
        whose, why = found.patron_id, str(found.verdict)
        if found.withheld_id:
            whose, why = found.withheld_id, LinkRefusal.WITHHELD
        record(Event.MYNUMBER_REFUSED, patron_id=whose, reason=why)
        unknown = found.verdict == LinkVerdict.UNKNOWN
        return reverse("mylibrary:not_found" if unknown else "mylibrary:elsewhere")

    def go_on(self, request: HttpRequest, patron: Patron, path: str) -> str:
        """Return where the patron goes on; `path` is the kept one, perhaps ""."""
        raise NotImplementedError

    def repeated(self, request: HttpRequest) -> str:
        return reverse("mylibrary:menu" if patron_of(request) else self.offer_page)


class LoginPurpose(_PersonPurpose):
    """マイナンバーカードでログイン."""

    offer_purpose = OfferPurpose.LOGIN
    offer_page = "mylibrary:login_offer"

    def go_on(self, request: HttpRequest, patron: Patron, path: str) -> str:
        log_in(request, patron, LoginWay.CARD)
        if path:
            wanted.fulfil(patron=patron, path=path)
        return path or reverse("mylibrary:menu")

    def interrupted(self, request: HttpRequest, reason: str) -> str:
        confirming = session.confirming_patron_id(request)
        page = "mylibrary:login_confirm" if confirming else "mylibrary:login"
        address = with_interruption(reverse(page), reason)
        path = session.return_path(request)
        return f"{address}&{urlencode({'next': path})}" if path else address


class RecoverPurpose(_PersonPurpose):
    """マイナンバーカードで番号を確認する: the number, and a new password. Logs nobody in."""

    offer_purpose = OfferPurpose.RECOVER
    offer_page = "mylibrary:recover_offer"

    def go_on(self, request: HttpRequest, patron: Patron, path: str) -> str:
        """Show the number and let this browser set a password."""
        session.allow_recovery(request, patron)
        record(Event.RECOVERED, patron_id=patron.pk)
        return reverse("mylibrary:recover")

    def interrupted(self, request: HttpRequest, reason: str) -> str:
        path = session.return_path(request) or reverse("mylibrary:password_reset")
        return with_interruption(path, reason)

    def repeated(self, request: HttpRequest) -> str:
        if session.is_recovering(request):
            return reverse("mylibrary:recover")
        return super().repeated(request)


class OwnCardPurpose(IdentificationPurpose):
    """The card is read from the profile, by a patron who may act as one, and leads back there."""

    def begin(self, request: HttpRequest) -> HttpResponse | None:
        """Keep what was shown; whoever is not logged in goes to the profile, see `turned_away`."""
        if page := too_often(request):
            return page
        session.keep_privacy_notice(request)
        if elsewhere := turned_away(request, reverse("mylibrary:profile")):
            return HttpResponseRedirect(elsewhere)
        if is_closed(request, patron_of(request)):
            return HttpResponseRedirect(reverse("mylibrary:profile"))
        return not_now(request)

    def complete(self, request: HttpRequest, identity: VerifiedIdentity) -> str:
        """Let the patron take the reading; whoever may not act as one any more is sent away."""
        elsewhere = turned_away(request, reverse("mylibrary:profile"))
        patron = patron_of(request)
        if elsewhere or patron is None:
            return elsewhere or reverse("mylibrary:profile")
        if is_closed(request, patron):
            record(Event.MYNUMBER_REFUSED, patron_id=patron.pk, reason=LinkRefusal.WITHHELD)
            return reverse("mylibrary:profile")
        return self.take(request, patron, identity)

    def take(self, request: HttpRequest, patron: Patron, identity: VerifiedIdentity) -> str:
        """Take the reading over and return the address to go on at."""
        raise NotImplementedError

    def interrupted(self, request: HttpRequest, reason: str) -> str:
        return with_interruption(reverse("mylibrary:profile"), reason)

    def repeated(self, request: HttpRequest) -> str:
        return reverse("mylibrary:profile")


class LinkPurpose(OwnCardPurpose):
    """マイナンバーカードと連携する: the card of the patron who is logged in."""

    def take(self, request: HttpRequest, patron: Patron, identity: VerifiedIdentity) -> str:
        """Link the card, or say calmly why not."""
        try:
            with transaction.atomic():
                linked = link_own_card(patron=patron, card=identity)
                if linked:
                    shown = session.shown_privacy_notice(request)
                    record_notice_shown(patron=patron, version=shown)
                    tell_of_change(patron=patron, what=SecurityChange.CARD)
        except LinkRefused as refused:
            record(Event.MYNUMBER_REFUSED, patron_id=patron.pk, reason=refused.refusal)
            other = refused.refusal == LinkRefusal.OTHER_PERSON
            return reverse("mylibrary:link_other_person" if other else "mylibrary:link_taken")
        if linked:
            messages.success(request, LINKED)
        else:
            messages.info(request, gettext("このマイナンバーカードは、すでに連携しています。"))
        return reverse("mylibrary:profile")
