"""Named reads of patrons and their identity links."""

from collections.abc import Iterator

from django.db import models
from django.db.models import F, Q

from patrons.duplicates import Applicant
from patrons.errors import InvalidInput
from patrons.normalize import (
    email_key,
    has_forbidden_characters,
    kana_key,
    name_key,
    normalize_digits,
    normalize_patron_number,
)
from patrons.residency import ELIGIBLE_MUNICIPALITIES

# pg_trgm finds a substring by its trigrams; for a shorter one it would read the whole index.
MIN_SUBSTRING_LENGTH = 3


class PatronQuerySet(models.QuerySet):
    """Patrons."""

    def active(self) -> "PatronQuerySet":
        """Patrons who have not withdrawn."""
        return self.filter(withdrawn_at=None)

    def withdrawn(self) -> "PatronQuerySet":
        """Patrons who have withdrawn."""
        return self.exclude(withdrawn_at=None)

    def with_number(self, number: str) -> "PatronQuerySet":
        """The patron with a number, as typed or scanned, together with the login user."""
        return self.filter(number=normalize_patron_number(number)).select_related("user")

    def numbers_among(self, numbers: list[str]) -> set[str]:
        """Those of the numbers that belong to a patron, withdrawn or not."""
        return set(self.filter(number__in=numbers).values_list("number", flat=True))

    def possible_duplicates(
        self, applicant: Applicant, linked_patron_ids: list[int]
    ) -> "PatronQuerySet":
        """Active patrons the duplicate rules look at: the linked ones, and namesakes by birth."""
        found = Q(name_key=applicant.name_key, birth_date=applicant.birth_date)
        if applicant.kana_key:
            found |= Q(kana_key=applicant.kana_key, birth_date=applicant.birth_date)
        if linked_patron_ids:
            found |= Q(pk__in=linked_patron_ids)
        return self.active().filter(found).order_by("pk")

    def matching(self, query: str) -> "PatronQuerySet":
        """Patrons whose number, name, kana, phone or e-mail holds what staff typed.

        The query is normalised as the stored keys are, so width, script and hyphens do not matter.
        """
        found = Q()
        for column, value in _search_values(query):
            found |= Q(**{f"{column}__startswith": value})
            if len(value) >= MIN_SUBSTRING_LENGTH:
                found |= Q(**{f"{column}__contains": value})
        return self.filter(found) if found else self.none()

    def outside_the_area(self) -> "PatronQuerySet":
        """Patrons not known to live in one of the municipalities that register online."""
        return self.exclude(municipality_code__in=ELIGIBLE_MUNICIPALITIES.values())

    def exported(self) -> "PatronQuerySet":
        """Patrons the library system knows as they are now."""
        return self.filter(exported_at__gte=F("updated_at"))

    def changed_since_export(self) -> "PatronQuerySet":
        """Patrons whose data changed after the library system took them over."""
        return self.filter(exported_at__lt=F("updated_at"))

    def not_exported(self) -> "PatronQuerySet":
        """Patrons the library system does not know yet."""
        return self.filter(exported_at=None)


class IdentityLinkQuerySet(models.QuerySet):
    """Links between a subject of the identity service and a patron."""

    def of_subject(self, *, issuer: str, subject: str) -> "IdentityLinkQuerySet":
        """The link of a subject, whatever its state."""
        return self.filter(issuer=issuer, subject=subject)

    def active(self) -> "IdentityLinkQuerySet":
        """Links that are not revoked, of patrons who have not withdrawn."""
        return self.filter(revoked_at=None, patron__withdrawn_at=None)

    def stale(self) -> "IdentityLinkQuerySet":
        """Links that are revoked or whose patron has withdrawn; the person may register again."""
        return self.exclude(revoked_at=None, patron__withdrawn_at=None)


def _search_values(query: str) -> Iterator[tuple[str, str]]:
    if has_forbidden_characters(query):
        return
    for column, key in (
        ("number", normalize_patron_number),
        ("name_key", name_key),
        ("kana_key", kana_key),
        ("email_key", email_key),
    ):
        if value := key(query):
            yield column, value
    try:
        yield "phone", normalize_digits(query)
    except InvalidInput:
        return
