"""The messages that are held about a patron."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from notices.enums import NoticeKind
from notices.models import MailPreference, Notice, NoticeChoice
from notices.retention import forget_mails_to
from notices.titles import titles_by_kind
from patrons.models import Patron
from patrons.personal_data_registry import (
    Datum,
    Handling,
    Provider,
    Record,
    Section,
    column,
    register,
)


def sections(patron: Patron) -> Iterator[Section]:
    """Tell the messages, the newest first, titles as of now, and what was chosen of them."""
    yield Section(
        key="messages",
        title=_("通知メッセージ"),
        records=tuple(_message(notice) for notice in Notice.objects.inbox_of(patron)),
        headings=("created_at", "subject"),
    )
    yield Section(
        key="message_titles",
        title=_("通知メッセージに表示される書名"),
        records=tuple(
            (
                Datum("kind", _("種類"), kind.value, kind.label),
                Datum("titles", _("書名"), titles, _("、").join(titles)),
            )
            for kind, titles in titles_by_kind(patron).items()
        ),
        headings=("kind",),
    )
    kinds = dict(NoticeKind.choices)
    yield Section(
        key="mail_preferences",
        title=_("お知らせメールの設定"),
        records=tuple(
            (column(one, "kind", kinds.get(one.kind, "")), column(one, "wanted"))
            for one in patron.mail_preferences.all()
        ),
        headings=("kind",),
    )
    chosen = NoticeChoice.objects.of(patron)
    yield Section(
        key="message_contents",
        title=_("お知らせの内容の設定"),
        records=((column(chosen, "titles_in_mails"), column(chosen, "days_before_due")),),
        several=False,
    )


def erase(patron: Patron) -> None:
    """Delete the messages; a mail that is not sent yet is not sent any more.

    Other mails that went to the patron's address were of links, of the patron's or the family's.
    """
    Notice.objects.inbox_of(patron).delete()
    Notice.objects.to_mailbox_of(patron).delete()
    patron.mail_preferences.all().delete()
    NoticeChoice.objects.filter(patron=patron).delete()
    forget_mails_to(addresses=(patron.email, patron.confirmed_email))


def _message(notice: Notice) -> Record:
    return (
        Datum("created_at", _("日時"), notice.created_at),
        column(notice, "kind"),
        column(notice, "subject"),
        column(notice, "body"),
        Datum("mailed_to", _("メールの宛先"), notice.recipient),
        Datum("mailed_at", _("メールを送った日時"), notice.sent_at),
        Datum("mail_given_up_at", _("メールを送れなかった日時"), notice.failed_at),
        Datum("read_at", _("読んだ日時"), notice.read_at),
    )


register(
    Provider(
        models={Notice: Handling(), MailPreference: Handling(), NoticeChoice: Handling()},
        sections=sections,
        erase=erase,
    )
)
