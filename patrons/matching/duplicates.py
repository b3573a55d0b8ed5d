"""Is this person registered already (二重登録)? The rules, over an applicant and stored patrons.

In order: the identity service's subject is linked to a patron; same name key and birth date; same
kana key and birth date and the same phone, e-mail or address. Same kana and birth date alone is a
hint to staff only, as is the same name or kana where a birth date is known in part and may be the
other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from characters.text import one_line
from patrons import birth_date
from patrons.matching.addresses import address_key
from patrons.matching.keys import email_key, kana_key, name_key
from patrons.normalize import has_forbidden_characters


class DuplicateReason(StrEnum):
    """Which rule, in the order they are tried, suspects a second registration."""

    NONE = "none"
    SUBJECT_LINKED = "subject_linked"
    NAME_AND_BIRTH_DATE = "name_and_birth_date"
    KANA_BIRTH_DATE_AND_CONTACT = "kana_birth_date_and_contact"


@dataclass(kw_only=True)
class Applicant:
    """Somebody who wants to register: verified identity and normalised typed values.

    `issuer`, `subject`, `name`, `birth_date` (YYYYMMDD, unknown parts 00) and `address` are byte
    for byte what the identity service returned; `can_be_stored` says whether that can be stored
    and printed at all (an address may have line breaks). The others are results of
    `patrons.normalize`.
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

    can_be_stored: bool = field(init=False)
    name_key: str = field(init=False)
    kana_key: str = field(init=False)
    address_key: str = field(init=False)
    email_key: str = field(init=False)

    def __post_init__(self) -> None:
        verified = f"{self.name}{one_line(self.address)}{self.subject}"
        self.can_be_stored = not has_forbidden_characters(verified)
        self.name_key = name_key(self.name)
        self.kana_key = kana_key(self.last_name_kana + self.first_name_kana)
        self.address_key = address_key(self.address)
        self.email_key = email_key(self.email)


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
    """The first rule that matched and whom; NONE and nobody for whom nothing speaks against.

    `hint_ids` are the patrons staff are only told of.
    """

    reason: DuplicateReason
    patron_ids: tuple[int, ...] = ()
    hint_ids: tuple[int, ...] = ()


def decide(applicant: Applicant, candidates: Iterable[Candidate]) -> DuplicateDecision:
    """Decide on an applicant among candidates that share the subject or perhaps the birth date."""
    matched: dict[DuplicateReason, list[int]] = {reason: [] for reason in DuplicateReason}
    hints = []
    for candidate in candidates:
        reason = _match(applicant, candidate)
        if reason is not DuplicateReason.NONE:
            matched[reason].append(candidate.patron_id)
        elif _similar(applicant, candidate):
            hints.append(candidate.patron_id)
    reason = next((reason for reason, ids in matched.items() if ids), DuplicateReason.NONE)
    return DuplicateDecision(
        reason=reason, patron_ids=tuple(matched[reason]), hint_ids=tuple(hints)
    )


def _match(applicant: Applicant, candidate: Candidate) -> DuplicateReason:
    if candidate.subject_linked:
        return DuplicateReason.SUBJECT_LINKED
    if applicant.birth_date != candidate.birth_date:
        return DuplicateReason.NONE
    if applicant.name_key == candidate.name_key:
        return DuplicateReason.NAME_AND_BIRTH_DATE
    if _same(applicant.kana_key, candidate.kana_key) and (
        _same(applicant.phone, candidate.phone)
        or _same(applicant.email_key, candidate.email_key)
        or _same(applicant.address_key, candidate.address_key)
    ):
        return DuplicateReason.KANA_BIRTH_DATE_AND_CONTACT
    return DuplicateReason.NONE


def _similar(applicant: Applicant, candidate: Candidate) -> bool:
    return birth_date.may_be_same(applicant.birth_date, candidate.birth_date) and (
        applicant.name_key == candidate.name_key or _same(applicant.kana_key, candidate.kana_key)
    )


def _same(one: str, other: str) -> bool:
    """Compare two values of which an imported patron may lack one."""
    return bool(one) and one == other
