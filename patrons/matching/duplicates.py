"""Is this person registered already (二重登録)? The rules, over an applicant and stored patrons.

In order: the identity service's subject is linked to a patron; same name key and birth date; same
kana key and birth date and the same phone, e-mail or address; a given name and a birth date that
agree, perhaps but for a slip, where everything together weighs enough (`weights`). What weighs less
is a hint to staff only, as are the same kana and birth date alone, and the same name or kana where
a birth date is known in part and may be the other.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from characters.text import one_line
from patrons import birth_date
from patrons.matching.addresses import address_key
from patrons.matching.keys import email_key, is_certain, kana_key, name_key
from patrons.matching.weights import HINT, POSSIBLE, Field, Person, compare, given_name_agrees
from patrons.normalize import has_forbidden_characters

# So many are looked at of those who share one phone, e-mail or house. A phone or an e-mail that as
# many share says nothing of one person: the library's own number, typed for hundreds.
MOST_SHARING = 30


class DuplicateReason(StrEnum):
    """Which rule, in the order they are tried, suspects a second registration."""

    NONE = "none"
    SUBJECT_LINKED = "subject_linked"
    NAME_AND_BIRTH_DATE = "name_and_birth_date"
    KANA_BIRTH_DATE_AND_CONTACT = "kana_birth_date_and_contact"
    WEIGHED = "weighed"


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


class Candidate(NamedTuple):
    """What the rules need of a stored patron."""

    patron_id: int
    name: str
    name_key: str
    last_name_kana: str
    first_name_kana: str
    kana_key: str
    birth_date: str
    phone: str
    email_key: str
    postal_code: str
    address: str
    address_key: str
    subject_linked: bool = False


class Judgement(NamedTuple):
    """The first rule that says two people may be one, else whether staff are told of it.

    `fields` are what agrees: the reason, in words for staff.
    """

    reason: DuplicateReason
    is_hint: bool = False
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DuplicateDecision:
    """The first rule that matched and whom; NONE and nobody for whom nothing speaks against.

    `hint_ids` are the patrons staff are only told of. `agreeing` says for each of both what agrees.
    """

    reason: DuplicateReason
    patron_ids: tuple[int, ...] = ()
    hint_ids: tuple[int, ...] = ()
    agreeing: Mapping[int, tuple[Field, ...]] = field(default_factory=dict)


NOTHING = Judgement(DuplicateReason.NONE)


def decide(applicant: Applicant, candidates: Collection[Candidate]) -> DuplicateDecision:
    """Decide on an applicant among the candidates."""
    matched: dict[DuplicateReason, list[int]] = {reason: [] for reason in DuplicateReason}
    hints = []
    agreeing = {}
    # What is shared with as many of them as are looked at.
    crowded = [
        contact
        for contact, column in ((Field.PHONE, "phone"), (Field.EMAIL, "email_key"))
        if [getattr(one, column) for one in candidates].count(getattr(applicant, column))
        >= MOST_SHARING
    ]
    for candidate in candidates:
        judgement = judge(applicant, candidate, crowded)
        if candidate.subject_linked:
            judgement = judgement._replace(reason=DuplicateReason.SUBJECT_LINKED)
        if judgement.reason is not DuplicateReason.NONE:
            matched[judgement.reason].append(candidate.patron_id)
        elif judgement.is_hint:
            hints.append(candidate.patron_id)
        if judgement.fields:
            agreeing[candidate.patron_id] = judgement.fields
    reason = next((reason for reason, ids in matched.items() if ids), DuplicateReason.NONE)
    return DuplicateDecision(
        reason=reason,
        patron_ids=tuple(matched[reason]),
        hint_ids=tuple(hints),
        agreeing=agreeing,
    )


def judge(one: Person, other: Person, crowded: Collection[Field] = ()) -> Judgement:
    """Compare two people, applicants or stored patrons, by every rule but that of the card.

    `crowded` are contacts that so many share that to agree in them says nothing.
    """
    reason = _exact(one, other)
    if reason is DuplicateReason.NONE and not given_name_agrees(one, other):
        return NOTHING
    agreement = compare(one, other).without(crowded)
    if reason is not DuplicateReason.NONE:
        return Judgement(reason, fields=agreement.fields)
    weight = agreement.weight
    if weight >= POSSIBLE and agreement.may_stop:
        return Judgement(DuplicateReason.WEIGHED, fields=agreement.fields)
    if weight >= HINT or _similar(one, other):
        return Judgement(reason, is_hint=True, fields=agreement.fields)
    return NOTHING


def _exact(one: Person, other: Person) -> DuplicateReason:
    if one.birth_date != other.birth_date:
        return DuplicateReason.NONE
    if one.name_key == other.name_key and is_certain(one.name_key):
        return DuplicateReason.NAME_AND_BIRTH_DATE
    if _same(one.kana_key, other.kana_key) and (
        _same(one.phone, other.phone)
        or _same(one.email_key, other.email_key)
        or _same(one.address_key, other.address_key)
    ):
        return DuplicateReason.KANA_BIRTH_DATE_AND_CONTACT
    return DuplicateReason.NONE


def _similar(one: Person, other: Person) -> bool:
    return birth_date.may_be_same(one.birth_date, other.birth_date) and (
        one.name_key == other.name_key or _same(one.kana_key, other.kana_key)
    )


def _same(one: str, other: str) -> bool:
    """Compare two values of which an imported patron may lack one."""
    return bool(one) and one == other
