"""Is this person registered already (二重登録)? The rules, over an applicant and stored patrons.

In order: the identity service's subject is linked to a patron; same name key and birth date; same
kana key and birth date and the same phone, e-mail or address. Same kana and birth date alone is a
hint to staff only: twins share the birth date, and their kana keys differ. So is the same name or
kana where one of the birth dates is known in part and may be the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from patrons import birth_date
from patrons.enums import DuplicateReason
from patrons.normalize import address_key, email_key, has_forbidden_characters, kana_key, name_key


@dataclass(frozen=True, kw_only=True)
class Applicant:
    """Somebody who wants to register: verified identity and normalised typed values.

    `issuer`, `subject`, `name`, `birth_date` (YYYYMMDD, unknown parts 00) and `address` are byte
    for byte what the identity service returned; the others are results of `patrons.normalize`.
    """

    issuer: str
    subject: str
    name: str
    birth_date: str
    address: str
    last_name_kana: str
    first_name_kana: str
    postal_code: str
    phone: str
    email: str
    contact_method: str

    @cached_property
    def can_be_stored(self) -> bool:
        """Whether the verified text can be stored and printed at all."""
        return not has_forbidden_characters(f"{self.name}{self.address}{self.subject}")

    @cached_property
    def name_key(self) -> str:
        return name_key(self.name)

    @cached_property
    def kana_key(self) -> str:
        return kana_key(self.last_name_kana + self.first_name_kana)

    @cached_property
    def address_key(self) -> str:
        return address_key(self.address)

    @cached_property
    def email_key(self) -> str:
        return email_key(self.email)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What the rules need of a stored patron."""

    patron_id: int
    name_key: str
    kana_key: str
    birth_date: str
    phone: str
    email_key: str
    address_key: str
    subject_linked: bool = False


@dataclass(frozen=True, kw_only=True)
class DuplicateDecision:
    """The first rule that matched, the patrons it matched, and those only hinted at."""

    reason: DuplicateReason
    patron_ids: tuple[int, ...] = ()
    hint_ids: tuple[int, ...] = ()

    @property
    def suspected(self) -> bool:
        return self.reason is not DuplicateReason.NONE


def decide(applicant: Applicant, candidates: Iterable[Candidate]) -> DuplicateDecision:
    """Decide on an applicant among candidates that share the subject or perhaps the birth date."""
    matched: dict[DuplicateReason, list[int]] = {}
    hints = []
    for candidate in candidates:
        reason = _match(applicant, candidate)
        if reason is not DuplicateReason.NONE:
            matched.setdefault(reason, []).append(candidate.patron_id)
        elif _similar(applicant, candidate):
            hints.append(candidate.patron_id)
    for reason in DuplicateReason:
        if reason in matched:
            return DuplicateDecision(
                reason=reason, patron_ids=tuple(matched[reason]), hint_ids=tuple(hints)
            )
    return DuplicateDecision(reason=DuplicateReason.NONE, hint_ids=tuple(hints))


def _match(applicant: Applicant, candidate: Candidate) -> DuplicateReason:
    if candidate.subject_linked:
        return DuplicateReason.SUBJECT_LINKED
    if (applicant.name_key, applicant.birth_date) == (candidate.name_key, candidate.birth_date):
        return DuplicateReason.NAME_AND_BIRTH_DATE
    if _same_kana_and_birth_date(applicant, candidate) and (
        _same(applicant.phone, candidate.phone)
        or _same(applicant.email_key, candidate.email_key)
        or _same(applicant.address_key, candidate.address_key)
    ):
        return DuplicateReason.KANA_BIRTH_DATE_AND_CONTACT
    return DuplicateReason.NONE


def _similar(applicant: Applicant, candidate: Candidate) -> bool:
    named = applicant.name_key == candidate.name_key
    return birth_date.may_be_same(applicant.birth_date, candidate.birth_date) and (
        named or _same(applicant.kana_key, candidate.kana_key)
    )


def _same_kana_and_birth_date(applicant: Applicant, candidate: Candidate) -> bool:
    return applicant.birth_date == candidate.birth_date and _same(
        applicant.kana_key, candidate.kana_key
    )


def _same(one: str, other: str) -> bool:
    """Compare two values of which an imported patron may lack one."""
    return bool(one) and one == other
