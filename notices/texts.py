"""What every message of the library is made of: a text template in the language of its reader.

The templates are `templates/<room>/mails/*.txt`: the first line is the subject. None names anybody,
and those with a link no number either: the mailbox may be a stranger's, or a whole family's.
"""

import re
from datetime import datetime
from email.utils import parseaddr
from typing import Any, NamedTuple

from django.conf import settings
from django.template import Context, Engine
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy, override

from characters.text import StrOrPromise
from ui.pages import beside

# The places of what a mail alone holds, and stored texts do not (`notices.enclosures`).
LINK = gettext_lazy("（リンクはメールにだけ書かれています）")
DIGITS = gettext_lazy("（数字はメールにだけ書かれています）")
# The place of titles (`notices.titles`), with what a mail without them says there.
TITLES = gettext_lazy("（書名は、Myライブラリの通知メッセージ一覧で読めます）")
_PREFIX = gettext_lazy("【%(library)s】")
_BLANK_LINES = re.compile(r"\n{3,}")


class Message(NamedTuple):
    """A plain text message."""

    subject: str
    body: str


def message(template: str, language: str, **context: Any) -> Message:
    """Compose a message in a language ("" is Japanese); its subject begins with the library's name.

    Moments are shown as they are in Japan.
    """
    with override(language or settings.LANGUAGE_CODE):
        library = gettext(settings.LIBRARY_NAME)
        known = {
            "LIBRARY_NAME": library,
            "SITE": settings.PUBLIC_BASE_URL,
            "LINK": LINK,
            "DIGITS": DIGITS,
            "TITLES": TITLES,
            "sender": beside(*filter(None, (library, settings.LIBRARY_PHONE))),
            "contact": contact(),
            "sending_address": sending_address(),
        }
        whole = Engine.get_default().get_template(template)
        text = whole.render(Context(known | context, autoescape=False)).strip()
        subject, _, body = text.partition("\n")
        # Without the blank lines that tags leave behind.
        body = _BLANK_LINES.sub("\n\n", body).strip("\n") + "\n"
        return Message(subject=_PREFIX % {"library": library} + subject, body=body)


def in_every_language(*words: StrOrPromise) -> tuple[str, ...]:
    """Return what stands in a text for these words, whichever language it is written in."""
    found: list[str] = []
    for language, _ in settings.LANGUAGES:
        with override(language):
            found += [str(word) for word in words]
    return tuple(found)


def without_library(subject: str) -> str:
    """Return a subject without the library's name in front, for pages that bear it anyway."""
    for language, _ in settings.LANGUAGES:
        with override(language):
            subject = subject.removeprefix(_PREFIX % {"library": gettext(settings.LIBRARY_NAME)})
    return subject


def language_of(subject: str) -> str:
    """Return the language a message was composed in: that of the name in front of its subject."""
    for language, _ in settings.LANGUAGES:
        with override(language):
            if subject.startswith(_PREFIX % {"library": gettext(settings.LIBRARY_NAME)}):
                return language
    return settings.LANGUAGE_CODE


def contact() -> str:
    """Return the library's name, telephone number (where it is set) and address, in one line."""
    parts = (gettext(settings.LIBRARY_NAME), settings.LIBRARY_PHONE, settings.PUBLIC_BASE_URL)
    return beside(*filter(None, parts))


def sending_address() -> str:
    """Return the address that the library's mails come from, to be let through by filters."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def minute(moment: datetime) -> str:
    """Return a moment in Japan, in the form of the language: 2026年3月10日 9時00分."""
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
