"""What is held about a patron, app by app: told to the patron, and erased with the patron.

Every app that keeps rows of a patron, or of a patron's login, has a module `personal_data` that
registers a provider; Django imports it at the start because of its name, the highest floor first.
A test compares the providers with all models.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Field, Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from characters.text import StrOrPromise
from patrons.models import Patron
from patrons.withholding.shown import HIDDEN, WITHHELD
from ui.pages import beside

NOTHING = _("なし")
# The keys of data that tell where a patron lives or is reached, in whichever app's rows.
WITHHELD_KEYS = HIDDEN | {"mailed_to", "municipality", "residency", "branch", "pickup"}


class Datum(NamedTuple):
    """One thing that is held: its key in the file, its label and words on the page.

    `value` is text, a number, a truth value, a moment, a day, None, or a list of dictionaries of
    those. Without `words` the page shows the value itself.
    """

    key: str
    label: StrOrPromise
    value: Any
    words: StrOrPromise = ""

    @property
    def shown(self) -> StrOrPromise:
        if self.words:
            return self.words
        match self.value:
            case None | "":
                return NOTHING
            case bool():
                return _("はい") if self.value else _("いいえ")
            case datetime():
                return date_format(timezone.localtime(self.value), "DATETIME_FORMAT")
            case date():
                return date_format(self.value)
        return str(self.value)


def column(row: Model, name: str, words: StrOrPromise = "", *, key: str = "") -> Datum:
    """Return what a row holds in one column, called as the model calls it, a choice in words."""
    field = row._meta.get_field(name)
    assert isinstance(field, Field)
    value = getattr(row, name)
    if field.choices and value:
        words = words or getattr(row, f"get_{name}_display")()
    return Datum(key or name, str(field.verbose_name), value, words)


Record = tuple[Datum, ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """Records of one kind; where there can be only one, `several` is False.

    `headings` are the keys whose words are the heading of each of several records on the page.
    """

    key: str
    title: str
    records: tuple[Record, ...]
    several: bool = True
    headings: tuple[str, ...] = ()

    @property
    def headed(self) -> list[tuple[str, Record]]:
        return [
            (beside(*(entry.shown for entry in record if entry.key in self.headings)), record)
            for record in self.records
        ]


@dataclass(frozen=True, kw_only=True)
class Handling:
    """How the rows of a model are treated: told and erased, unless a reason says why not."""

    not_told: str = ""
    kept: str = ""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What one app holds: `sections` tells it in a fixed number of queries, `erase` erases it.

    `erase` runs in the transaction that erases the patron, whose row is locked; rows that another
    transaction may hold while it waits for that lock must be passed by, not waited for.
    """

    models: Mapping[type[Model], Handling]
    sections: Callable[[Patron], Iterable[Section]]
    erase: Callable[[Patron], None]


providers: list[Provider] = []


def register(provider: Provider) -> None:
    providers.append(provider)


def tell(patron: Patron) -> Iterator[Section]:
    """Yield everything that is told to a patron, the patron's own record first."""
    for provider in reversed(providers):
        for section in provider.sections(patron):
            yield _without_withheld(section, patron) if patron.is_withheld else section


def _without_withheld(section: Section, patron: Patron) -> Section:
    """Return a section without what is withheld, whichever app it is from, and whatever the key."""
    values = {patron.address, patron.phone, patron.email, patron.confirmed_email}
    values = {value for value in (*values, patron.bounced_email) if value}

    def is_withheld(entry: Datum) -> bool:
        return entry.key in WITHHELD_KEYS or any(value in str(entry.value) for value in values)

    records = tuple(
        tuple(
            Datum(entry.key, entry.label, "withheld", WITHHELD) if is_withheld(entry) else entry
            for entry in record
        )
        for record in section.records
    )
    return replace(section, records=records)


def erase(patron: Patron) -> None:
    """Erase all that hangs on a patron, from the highest floor down."""
    for provider in providers:
        provider.erase(patron)
