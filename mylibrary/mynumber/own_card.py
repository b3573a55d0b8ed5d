"""What the purposes of a patron who is logged in have in common."""

from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse

from accounts.throttle import reserve_write
from announcements import board
from announcements.kinds import Begun
from mylibrary import session
from mylibrary.access import patron_of, turned_away
from myna_auth.claims import VerifiedIdentity
from myna_auth.errors import MayNotBegin
from myna_auth.pages import with_interruption
from myna_auth.purposes import IdentificationPurpose
from patrons.models import Patron
from ui.pages import in_words, with_wait


def refuse_while_stopped(request: HttpRequest) -> None:
    """Raise MayNotBegin with a page that says so while no card can be read."""
    if board.stopping(Begun.IDENTIFICATION):
        raise MayNotBegin(render(request, "mylibrary/mynumber/not_now.html", status=503))


def refuse_too_often(request: HttpRequest) -> None:
    """Raise MayNotBegin where very many trips to the identity service begin from one network."""
    if wait := reserve_write(request):
        context = {"wait": in_words(wait)}
        page = render(request, "mylibrary/mynumber/too_often.html", context, status=429)
        raise MayNotBegin(with_wait(page, wait))


class OwnCardPurpose(IdentificationPurpose):
    """The card is read from the profile, by a patron who may act as one, and leads back there."""

    def begin(self, request: HttpRequest) -> str | None:
        """Keep what was shown; whoever is not logged in goes to the profile, see `turned_away`."""
        refuse_too_often(request)
        session.keep_privacy_notice(request)
        if elsewhere := turned_away(request, reverse("mylibrary:profile")):
            return elsewhere
        refuse_while_stopped(request)
        return None

    def complete(self, request: HttpRequest, identity: VerifiedIdentity) -> str:
        """Let the patron take the reading; whoever may not act as one any more is sent away."""
        elsewhere = turned_away(request, reverse("mylibrary:profile"))
        patron = patron_of(request)
        if elsewhere or patron is None:
            return elsewhere or reverse("mylibrary:profile")
        return self.take(request, patron, identity)

    def take(self, request: HttpRequest, patron: Patron, identity: VerifiedIdentity) -> str:
        """Take the reading over and return the address to go on at."""
        raise NotImplementedError

    def interrupted(self, request: HttpRequest, reason: str) -> str:
        """Go back to the profile, which says calmly what happened."""
        return with_interruption(reverse("mylibrary:profile"), reason)

    def repeated(self, request: HttpRequest) -> str:
        """Go to the profile: the first arrival of the same answer has been taken."""
        return reverse("mylibrary:profile")
