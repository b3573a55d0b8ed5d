"""The applications that are held about a patron."""

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from characters.text import one_line
from patrons import privacy_notice
from patrons.birth_date import display
from patrons.models import ContactMethod, Patron
from patrons.personal_data_registry import (
    Datum,
    Handling,
    Provider,
    Record,
    Section,
    column,
    register,
)
from patrons.residency import MUNICIPALITY_NAMES, ResidencyReason
from registration.application.enums import Reason, State
from registration.application.lifecycle import close
from registration.application.models import PERSONAL_FORM_COLUMNS, Application
from registration.review.models import ReviewDecision

_WORDS = {"birth_date": display, "address": one_line}


def sections(patron: Patron) -> Iterator[Section]:
    """Tell the applications, but not who else a double registration was suspected with."""
    applications = Application.objects.of_patron(patron).prefetch_related("transitions")
    yield Section(
        key="applications",
        title=_("利用者登録の申請"),
        records=tuple(_application(application) for application in applications),
        headings=("started_at", "state"),
    )


def erase(patron: Patron) -> None:
    """End the open applications of the patron's card; closed ones hold nothing personal.

    One that is in use is passed by, since waiting for it could be a deadlock: it ends by its time.
    """
    applications = Application.objects.open_of_patron(patron)
    for application in applications.select_for_update(skip_locked=True, of=("self",)):
        close(application, Reason.CANCELLED)


def _application(application: Application) -> Record:
    notice = privacy_notice.find(application.privacy_version)
    code = application.municipality_code
    municipality = _(MUNICIPALITY_NAMES[code]) if code in MUNICIPALITY_NAMES else ""
    words = dict(ResidencyReason.choices).get(application.residency_reason, "")
    method = dict(ContactMethod.choices).get(application.contact_method, "")
    return (
        Datum("started_at", _("はじめた日時"), application.created_at),
        column(application, "state"),
        column(application, "registered_at"),
        Datum("receipt", _("受付番号"), application.receipt),
        Datum(
            "privacy_version",
            _("お示しした利用目的の版"),
            application.privacy_version,
            notice.words if notice else "",
        ),
        # What is emptied when an application closes, of one that is open.
        *(
            column(application, name, _WORDS[name](value) if name in _WORDS else "")
            for name in ("name", "birth_date", "address", *PERSONAL_FORM_COLUMNS)
            if (value := getattr(application, name))
        ),
        column(application, "contact_method", method),
        column(application, "language", dict(settings.LANGUAGES).get(application.language, "")),
        column(application, "municipality_code"),
        Datum("municipality", _("市町村"), municipality),
        column(application, "residency_reason", words, key="residency"),
        Datum(
            "residency_rule_version", _("居住地の判定表の版"), application.residency_rule_version
        ),
        _history(application),
    )


def _history(application: Application) -> Datum:
    transitions = list(application.transitions.all())
    steps = [
        f"{Datum('at', '', made.at).shown} {State(made.to_state).label}" for made in transitions
    ]
    return Datum(
        "history",
        _("経過"),
        [{"at": made.at, "state": made.to_state} for made in transitions],
        pgettext("history", "、").join(steps),
    )


register(
    Provider(
        models={
            Application: Handling(
                kept="Closed, it holds nothing personal; it goes RETENTION_APPLICATION_DAYS later."
            ),
            ReviewDecision: Handling(
                not_told="Names staff and other patrons; what came of it is in the application's"
                " history and in the messages. Disclosure beyond that is asked for at the counter.",
                kept="The record of staff's decisions, without personal data; a trigger keeps it.",
            ),
        },
        sections=sections,
        erase=erase,
    )
)
