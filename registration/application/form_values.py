"""What an applicant typed, before and after it is accepted."""

from collections.abc import Mapping
from dataclasses import dataclass

from characters.text import keepable

FIELDS = ("last_name_kana", "first_name_kana", "postal_code", "phone", "email", "contact_method")


@dataclass(frozen=True, kw_only=True)
class FormValues:
    """The typed fields once accepted, each in its normalized form."""

    last_name_kana: str
    first_name_kana: str
    postal_code: str
    phone: str
    email: str
    contact_method: str


def keepable_values(data: Mapping[str, str]) -> dict[str, str]:
    """Return the typed fields found in a submission, each keepable."""
    return {name: keepable(data[name]) for name in FIELDS if name in data}
