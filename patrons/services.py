"""Writes to patrons: registering, contact data, what mail servers say, own password."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import get_language

from accounts.models import User
from audit.enums import Event
from audit.services import record
from characters.text import InvalidInput
from patrons.matching import duplicates
from patrons.matching.candidates import possible_duplicates
from patrons.matching.duplicates import Applicant, DuplicateDecision
from patrons.matching.keys import email_key, is_certain
from patrons.models import FIRST_LOGIN_DAYS, ContactMethod, Patron, RegisteredVia
from patrons.normalize import normalize_email, normalize_phone
from patrons.numbers import draw_number
from patrons.residency import ResidencyDecision

# The class of the advisory locks that serialise writers of patrons born on one day.
BIRTH_DATE_LOCK = 0x0174_0001
EVERY_BIRTH_DATE = -1
_LINK = """
INSERT INTO patrons_identitylink AS link (issuer, subject, patron_id, linked_at)
VALUES (%s, %s, %s, %s)
ON CONFLICT (issuer, subject)
DO UPDATE SET patron_id = excluded.patron_id, linked_at = excluded.linked_at, revoked_at = NULL
WHERE link.revoked_at IS NOT NULL
    OR EXISTS (SELECT FROM patrons_patron WHERE id = link.patron_id AND withdrawn_at IS NOT NULL)
"""


class PasswordWay(StrEnum):
    """How a person came to set a password; for the record."""

    LOGGED_IN = "logged_in"
    RESULT = "result"
    CARD = "card"
    MAIL = "mail"


class NotEligible(Exception):
    """The residency decision does not allow an online registration."""

    def __init__(self, decision: ResidencyDecision) -> None:
        super().__init__(decision.reason.value)
        self.decision = decision


class DuplicateSuspected(Exception):
    """The person may be registered already; `decision` says by which rule and which patrons."""

    def __init__(self, decision: DuplicateDecision) -> None:
        super().__init__(decision.reason.value)
        self.decision = decision


class PasswordExists(Exception):
    """The patron has an own password already, so there is no first one to choose."""


class PatronErased(Exception):
    """The patron's data were erased: nothing is written to the row any more."""


def find_duplicates(
    *, applicant: Applicant, cleared_ids: Collection[int] = ()
) -> DuplicateDecision:
    """Apply the duplicate rules to the stored patrons in one query, without any lock.

    `cleared_ids` are patrons whom staff found to be other people; one who is linked to the
    applicant's subject is looked at all the same.
    """
    candidates = [
        one
        for one in possible_duplicates(applicant)
        if one.subject_linked or one.patron_id not in cleared_ids
    ]
    return duplicates.decide(applicant, candidates)


def register_patron(
    *,
    applicant: Applicant,
    residency: ResidencyDecision,
    cleared_ids: Collection[int] = (),
    now: datetime | None = None,
) -> Patron:
    """Register a person who passed every check, and link the identity.

    `cleared_ids` are patrons whom staff found to be other people: they are no duplicates, and the
    new patron gets the next `namesake_no`, as does one whose name nobody can read whole. Everybody
    born on one day registers one after the other, to the end of the caller's transaction. Raises
    NotEligible, DuplicateSuspected, NumbersExhausted, or InvalidInput where name or address cannot
    be stored; the caller's transaction stays usable.
    """
    if not residency.eligible:
        raise NotEligible(residency)
    if not applicant.can_be_stored:
        raise InvalidInput("control_characters")
    now = now or timezone.now()
    patron = Patron(
        name=applicant.name,
        name_key=applicant.name_key,
        last_name_kana=applicant.last_name_kana,
        first_name_kana=applicant.first_name_kana,
        kana_key=applicant.kana_key,
        birth_date=applicant.birth_date,
        postal_code=applicant.postal_code,
        address=applicant.address,
        address_key=applicant.address_key,
        phone=applicant.phone,
        email=applicant.email,
        email_key=applicant.email_key,
        contact_method=ContactMethod(applicant.contact_method),
        language=get_language(),
        municipality_code=residency.municipality_code or "",
        residency_reason=residency.reason,
        residency_rule_version=residency.rule_version,
        verified_at=now,
        card_data_at=now,
        registered_via=RegisteredVia.ONLINE,
        registered_at=now,
        first_login_until=now + timedelta(days=FIRST_LOGIN_DAYS),
        updated_at=now,
    )
    try:
        # Inside a caller's transaction this is a savepoint, so any of the errors leaves it usable.
        with transaction.atomic():
            lock_birth_date(birth_date=applicant.birth_date)
            decision = find_duplicates(applicant=applicant, cleared_ids=cleared_ids)
            if decision.patron_ids:
                raise DuplicateSuspected(decision)
            if cleared_ids or not is_certain(patron.name_key):
                patron.namesake_no = next_namesake_no(
                    name_key=patron.name_key, birth_date=patron.birth_date
                )
            patron.number = draw_number()
            patron.save(force_insert=True)
            attach_identity(
                patron=patron, issuer=applicant.issuer, subject=applicant.subject, now=now
            )
            return patron
    except IntegrityError:
        decision = find_duplicates(applicant=applicant, cleared_ids=cleared_ids)
        if not decision.patron_ids:
            raise
        raise DuplicateSuspected(decision) from None


def choose_language(*, patron: Patron, language: str) -> None:
    """Write to a patron, and show My Library, in this language from now on."""
    known = Patron.objects.filter(pk=patron.pk, erased_at=None)
    known.exclude(language=language).update(language=language)


def lock_birth_date(*, birth_date: str) -> None:
    """Take the lock every writer of patrons takes before the duplicate rules."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, %s), pg_advisory_xact_lock(%s, %s)",
            [BIRTH_DATE_LOCK, EVERY_BIRTH_DATE, BIRTH_DATE_LOCK, int(birth_date)],
        )


def lock_every_birth_date() -> None:
    """Take the lock that all of `lock_birth_date` wait for: an import's, for its merge."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [BIRTH_DATE_LOCK, EVERY_BIRTH_DATE])


def is_import_under_way() -> bool:
    """Return whether an import holds back the writers of patrons, or is about to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT pg_try_advisory_xact_lock_shared(%s, %s)",
            [BIRTH_DATE_LOCK, EVERY_BIRTH_DATE],
        )
        return cursor.fetchone()[0]


def lock_for_change(*, patron: Patron) -> Patron:
    """Return the stored patron, locked until the transaction ends; raises PatronErased."""
    stored = Patron.objects.select_for_update().get(pk=patron.pk)
    if stored.erased_at is not None:
        raise PatronErased
    return stored


@transaction.atomic
def change_contact(*, patron: Patron, phone: str, email: str, contact_method: str) -> Patron:
    """Change how a patron is reached, by typed values; raises PatronErased, InvalidInput.

    A value that stays as it is stored is not judged again: imported patrons may lack one.
    """
    stored = lock_for_change(patron=patron)
    before = {name: getattr(stored, name) for name in ("phone", "email", "contact_method")}
    if phone != stored.phone:
        stored.phone = normalize_phone(phone)
    if email != stored.email:
        stored.email = normalize_email(email)
        stored.email_key = email_key(stored.email)
    stored.contact_method = ContactMethod(contact_method)
    stored.updated_at = timezone.now()
    stored.save(update_fields=["phone", "email", "email_key", "contact_method", "updated_at"])
    changed = [name for name, value in before.items() if getattr(stored, name) != value]
    if others := [name for name in changed if name != "email"]:
        record(Event.CONTACT_CHANGED, patron_id=stored.pk, fields=others)
    if "email" in changed:
        record(Event.ADDRESS_CHANGED, patron_id=stored.pk, fields=["email"])
    return stored


def store_confirmed_email(*, stored: Patron, email: str) -> None:
    """Store that a mailbox was shown to be the patron's; its address is the one on record now.

    `stored` is locked, `email` normalised. Only another address is news for the library system.
    """
    is_new = email != stored.email
    if is_new:
        stored.email, stored.email_key = email, email_key(email)
        stored.updated_at = timezone.now()
    stored.confirmed_email = email
    if email == stored.bounced_email:
        stored.bounced_email = ""
    stored.save(
        update_fields=["email", "email_key", "confirmed_email", "bounced_email", "updated_at"]
    )
    if is_new:
        changed, then = Event.ADDRESS_CHANGED, Event.ADDRESS_CONFIRMED
        record(changed, patron_id=stored.pk, fields=["email"], then=then)
    else:
        record(Event.ADDRESS_CONFIRMED, patron_id=stored.pk)


def record_bounce(*, patron_id: int, address: str) -> bool:
    """Note that an address was refused for good; False where it is not the patron's any more.

    Like `record_delivery` it leaves `updated_at`: the library system has no such thing.
    """
    addressed = Patron.objects.filter(pk=patron_id, email=address).exclude(email="")
    return bool(addressed.update(bounced_email=address))


def record_delivery(*, patron_id: int, address: str) -> bool:
    """Forget that an address was refused, since a mail reached it; False where none was."""
    refused = Patron.objects.filter(pk=patron_id, bounced_email=address).exclude(bounced_email="")
    return bool(refused.update(bounced_email=""))


def user_for(*, patron: Patron) -> User:
    """Return the patron's login user, made without a usable password when there is none yet."""
    if patron.user is not None:
        return patron.user
    with transaction.atomic():
        stored = Patron.objects.select_for_update().select_related(None).get(pk=patron.pk)
        if stored.user is None:
            stored.user = get_user_model().objects.create(
                username=f"patron:{stored.pk}",
                password=make_password(None),
                # Erased while the password was looked at.
                is_active=stored.erased_at is None,
            )
            stored.save(update_fields=["user"])
        patron.user = stored.user
        return stored.user


@transaction.atomic
def store_own_password(
    *, patron: Patron, encoded: str, way: PasswordWay, first: bool = False
) -> User:
    """Store the patron's own password, validated and hashed, and close the first login for good.

    With `first` it may only be the first one: raises PasswordExists. Raises PatronErased.
    """
    stored = lock_for_change(patron=patron)
    if first and stored.has_own_password:
        raise PasswordExists
    user = user_for(patron=stored)
    user.password = encoded
    user.save(update_fields=["password"])
    stored.first_login_until = None
    stored.save(update_fields=["first_login_until"])
    record(Event.PASSWORD_CHANGED, patron_id=stored.pk, reason=way)
    patron.user, patron.first_login_until = user, None
    return user


def next_namesake_no(*, name_key: str, birth_date: str) -> int:
    """Return the number behind every namesake's, withdrawn ones included: they may return."""
    namesakes = Patron.objects.filter(name_key=name_key, birth_date=birth_date)
    highest = namesakes.aggregate(highest=Max("namesake_no"))["highest"]
    return 0 if highest is None else highest + 1


def attach_identity(*, patron: Patron, issuer: str, subject: str, now: datetime) -> None:
    """Link a subject to a patron; IntegrityError where it is another patron's.

    A link that is revoked or whose patron has withdrawn moves: the person has come back.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LINK, [issuer, subject, patron.pk, now])
        if not cursor.rowcount:
            raise IntegrityError("the subject is another patron's")
