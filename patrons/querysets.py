"""Named reads of patrons and their identity links."""

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Self, TypeVar

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import models
from django.db.models import Exists, F, Func, Q, Value
from django.db.models.lookups import GreaterThan
from django.utils import timezone

from characters.text import InvalidInput, without_unseen
from patrons.doubles.models import PossibleDouble
from patrons.matching.keys import email_key, kana_key, name_key
from patrons.normalize import (
    has_forbidden_characters,
    normalize_digits,
    normalize_patron_number,
    scanned_number,
)
from patrons.residency import ELIGIBLE_MUNICIPALITIES
from patrons.withholding.shown import HIDDEN
from patrons.written_dates import NotADate, read_birth_date

# pg_trgm finds a substring by its trigrams; for a shorter one it would read the whole index.
MIN_SUBSTRING_LENGTH = 3

Row = TypeVar("Row", bound=models.Model)


class PatronQuerySet(models.QuerySet[Row]):
    def active(self) -> Self:
        return self.filter(withdrawn_at=None)

    def withheld(self) -> Self:
        return self.filter(withheld_at__isnull=False)

    def not_withheld(self) -> Self:
        return self.filter(withheld_at=None)

    def withdrawn(self) -> Self:
        return self.exclude(withdrawn_at=None)

    def erased(self) -> Self:
        return self.withdrawn().filter(erased_at__isnull=False)

    def registered_between(self, moment: datetime, until: datetime) -> Self:
        """Patrons, withdrawn ones too, who registered from a moment on and before another."""
        return self.filter(registered_at__gte=moment, registered_at__lt=until)

    def registered_online_on(self, day: date) -> Self:
        """Patrons who registered from a browser on a day of the library's calendar."""
        begins, ends = (
            timezone.make_aware(datetime.combine(each, time.min))
            for each in (day, day + timedelta(days=1))
        )
        return self.registered_between(begins, ends).filter(registered_via="online")

    def never_logged_in(self) -> Self:
        """Active patrons who were told how to log in first, and neither did nor chose a password.

        Either makes the login, `user`.
        """
        return self.active().filter(user=None, first_login_until__isnull=False)

    def possible_doubles(self) -> Self:
        """Patrons of a pair that staff have yet to decide on."""
        pairs = PossibleDouble.objects.waiting().order_by()
        return self.filter(pk__in=pairs.values("first").union(pairs.values("second")))

    def registered_at_moment(self, moment: datetime) -> Self:
        """Patrons who had registered, and not withdrawn, by a moment."""
        stayed = Q(withdrawn_at=None) | Q(withdrawn_at__gte=moment)
        return self.filter(stayed, registered_at__lt=moment)

    def with_number(self, number: str) -> Self:
        """The patron with a number, as typed or scanned, together with the login user."""
        typed = normalize_patron_number(number)
        return self.filter(Q(number=typed) | self._scanned(typed)).select_related("user")

    def _scanned(self, typed: str) -> Q:
        """Whose number a reader has sent with start and stop characters, if nobody's is as sent."""
        number = scanned_number(typed)
        if not number:
            return Q()
        return Q(~Exists(self.model._default_manager.filter(number=typed)), number=number)

    def with_login(self, patron_id: int | None) -> Row | None:
        """The active patron of an id with the login user; None where that one may not log in."""
        return self.filter(pk=patron_id)._with_login()

    def login_of_card(self, issuer: str, subject: str) -> Row | None:
        """The active patron a card opens with the login user; None as for `with_login`.

        No card opens a withheld patron, linked or not.
        """
        return self.filter(
            withheld_at=None,
            identity_links__issuer=issuer,
            identity_links__subject=subject,
            identity_links__revoked_at=None,
        )._with_login()

    def _with_login(self) -> Row | None:
        may_log_in = Q(user=None) | Q(user__is_active=True)
        return self.active().filter(may_log_in).select_related("user").first()

    def first_login_ending(self, now: datetime, until: datetime) -> Self:
        """Patrons to be reminded of the first login, which ends after `now` and by `until`.

        Each once; not whoever has chosen a password, may not log in, or gets no mail.
        """
        no_password = Q(user__password__startswith=UNUSABLE_PASSWORD_PREFIX, user__is_active=True)
        return (
            self.active()
            .filter(Q(user=None) | no_password, first_login_reminded_at=None)
            .filter(first_login_until__gt=now, first_login_until__lte=until)
            .exclude(email="")
            .exclude(email=F("bounced_email"))
            .order_by("first_login_until", "pk")
        )

    def named(self, name_key: str, birth_date: str) -> Self:
        return self.active().filter(name_key=name_key, birth_date=birth_date)

    def matching(self, query: str) -> Self:
        """Patrons whose number, name, kana, phone or e-mail holds what staff typed, or born then.

        The query is normalised as the stored keys are, so width, script and hyphens do not matter.
        What is withheld finds nobody.
        """
        query = without_unseen(query).replace("\t", " ")
        found = self._scanned(normalize_patron_number(query))
        with suppress(NotADate):
            found |= Q(birth_date=read_birth_date(query))
        for column, value in _search_values(query).items():
            how = "contains" if len(value) >= MIN_SUBSTRING_LENGTH else "startswith"
            holds = Q(**{f"{column}__{how}": value})
            found |= holds & Q(withheld_at=None) if column in HIDDEN else holds
        return self.filter(found) if found else self.none()

    def outside_the_area(self) -> Self:
        """Patrons not known to live in one of the municipalities that register online."""
        codes = sorted(ELIGIBLE_MUNICIPALITIES.values())
        # An index finds what lies between values, not what is unlike them.
        found = Q(municipality_code__lt=codes[0]) | Q(municipality_code__gt=codes[-1])
        for code, following in pairwise(codes):
            found |= Q(municipality_code__gt=code, municipality_code__lt=following)
        return self.filter(found)

    def moved_out(self) -> Self:
        """Patrons whose card has shown, since they registered, an address outside the area."""
        return self.filter(moved_out_at__isnull=False)

    def email_bounced(self) -> Self:
        """Patrons whose address on record refused the last mail for good."""
        # Alone, the comparison of two columns tells the planner nothing of how few they are.
        return self.exclude(bounced_email="").filter(bounced_email=F("email"))

    def email_unconfirmed(self) -> Self:
        """Active patrons of whose address on record nobody has shown that it is theirs."""
        return self.active().exclude(email="").exclude(confirmed_email=F("email"))

    def not_reflected(self) -> Self:
        """Patrons whose number no file of the library system has held."""
        return self.filter(reflected_at=None)

    def exported(self) -> Self:
        """Patrons who are in a file for the library system as they are now."""
        return self.filter(export_pending=False)

    def reflected(self) -> Self:
        """Patrons the library system knows, and whose last change was written for it."""
        return self.exported().filter(reflected_at__isnull=False)

    def changed_since_reflected(self) -> Self:
        """Patrons the library system knows, of whom something is to be written for it."""
        return self.to_be_exported().filter(reflected_at__isnull=False)

    def to_be_exported(self) -> Self:
        """Patrons who are in no file for the library system, or not as they are now."""
        return self.filter(export_pending=True)

    def changed_from(self, moment: datetime) -> Self:
        return self.filter(updated_at__gte=moment)

    def changed_after(self, moment: datetime | None, last_id: int, until: datetime) -> Self:
        """Patrons, withdrawn ones too, in the order in which they changed, before `until`.

        Without a moment from the first on, else those behind the one of that moment and id.
        """
        found = self.filter(updated_at__lt=until).order_by("updated_at", "pk")
        if moment is None:
            return found
        place = (Value(moment, models.DateTimeField()), Value(last_id, models.BigIntegerField()))
        return found.filter(GreaterThan(_row(F("updated_at"), F("pk")), _row(*place)))

    def not_exported(self) -> Self:
        """Patrons who are in no file for the library system yet."""
        return self.filter(export_pending=True, exported_at=None)


def _row(*columns: Any) -> Func:
    """Return several values as one that an index of theirs finds."""
    return Func(*columns, function="ROW", output_field=models.DateTimeField())


class IdentityLinkQuerySet(models.QuerySet):
    def active(self) -> Self:
        """Links that are not revoked, of patrons who have not withdrawn."""
        return self.filter(revoked_at=None, patron__withdrawn_at=None)

    def opening(self) -> Self:
        """Active links whose card opens the patron: a withheld one is opened by none."""
        return self.active().filter(patron__withheld_at=None)


def _search_values(query: str) -> dict[str, str]:
    """Return the query as it would stand in each column that can hold it.

    Numbers and e-mail addresses are ASCII, kana is not, and digits alone are a number or a phone: a
    column less makes a search much faster.
    """
    if has_forbidden_characters(query):
        return {}
    with suppress(InvalidInput):
        if digits := normalize_digits(query):
            return {"number": normalize_patron_number(query), "phone": digits}
    values = {"name_key": name_key(query)}
    email = email_key(query)
    if email.isascii():
        values |= {"number": normalize_patron_number(query), "email_key": email}
    else:
        values["kana_key"] = kana_key(query)
    return {column: value for column, value in values.items() if value}
