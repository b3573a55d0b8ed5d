"""Closed sets of values a patron's record uses."""

from enum import StrEnum

from django.db import models


class ContactMethod(models.TextChoices):
    """How the library tells a patron that a hold is ready (予約連絡方法)."""

    NONE = "none", "不要"
    EMAIL = "email", "メール"
    PHONE = "phone", "電話"


class RegisteredVia(models.TextChoices):
    """Where a patron's record came from."""

    ONLINE = "online", "電子申請"
    COUNTER = "counter", "窓口"
    IMPORT = "import", "取り込み"


class ResidencyReason(models.TextChoices):
    """Why an address passed or did not pass the residency rule."""

    ELIGIBLE = "eligible", "対象地域"
    NOT_ELIGIBLE = "not_eligible", "対象地域外"
    ABROAD = "abroad", "国外転出"
    UNREADABLE = "unreadable", "読み取れない住所"


class PostalVerdict(StrEnum):
    """What a typed postal code says about a municipality."""

    OK = "ok"
    QUESTION = "question"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"


class DuplicateReason(StrEnum):
    """Which rule, in the order they are tried, suspects a second registration."""

    NONE = "none"
    SUBJECT_LINKED = "subject_linked"
    NAME_AND_BIRTH_DATE = "name_and_birth_date"
    KANA_BIRTH_DATE_AND_CONTACT = "kana_birth_date_and_contact"


class CardDataRefusal(StrEnum):
    """Why a reading of the card changes nothing about a patron."""

    NOT_LINKED = "not_linked"
    OTHER_PERSON = "other_person"
    BIRTH_DATE = "birth_date"
    CHARACTERS = "characters"
    NAMESAKE = "namesake"


class LinkVerdict(StrEnum):
    """What a card that was read may be linked to."""

    LINKED = "linked"
    PROVED = "proved"
    PHONE_NEEDED = "phone_needed"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


class LinkRefusal(StrEnum):
    """Why a card was not linked to a patron."""

    OTHER_PERSON = "other_person"
    TAKEN = "taken"
    OTHER_CARD = "other_card"
    CHANGED = "changed"


class LinkedBy(StrEnum):
    """How a card came to be linked; for the record."""

    OWNER = "owner"
    FOUND = "found"
    STAFF = "staff"


class PasswordWay(StrEnum):
    """How a person came to set a password; for the record."""

    LOGGED_IN = "logged_in"
    RESULT = "result"
    CARD = "card"
    MAIL = "mail"
