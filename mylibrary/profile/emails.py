"""Mails about an address."""

from datetime import datetime

from mylibrary.emails import message
from notices.enclosures import LINK
from notices.texts import Message, minute
from patrons.enums import RegisteredVia
from patrons.models import Patron
from registration.application.emails import application_received

CONFIRMATION = """\
{library}です。Myライブラリに、このE-mailアドレスが入力されました。

メールが届くことを確かめるため、次のページを開いてMyライブラリにログインし、【確認する】を押してください。

{link}

このページは、{until}まで使えます。
"""


def confirmation(*, until: datetime) -> Message:
    """Compose the mail by which an address is shown to be the patron's."""
    return message("E-mailの確認のお願い", CONFIRMATION, link=LINK, until=minute(until))


def to_corrected_address(*, patron: Patron) -> Message | None:
    """Compose the 登録申請受付メール once more, for an address it has not reached.

    None for patrons who did not register online and so never had one.
    """
    if patron.registered_via != RegisteredVia.ONLINE:
        return None
    return application_received(patron=patron)
