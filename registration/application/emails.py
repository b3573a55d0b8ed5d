"""The mail 登録申請受付メール (manual, step 9).

It tells neither name, address nor what the first password is made of: when it is sent, nothing
has shown yet that the mailbox is the applicant's own.
"""

from django.conf import settings

from notices.texts import Message, message
from patrons.models import Patron


def application_received(*, patron: Patron) -> Message:
    """Compose the mail to a patron who has just registered."""
    deadline = patron.first_login_until
    return message(
        "registration/application/mails/received.txt",
        patron.language,
        number=patron.number,
        received=patron.registered_at,
        deadline=deadline,
        confirmation=deadline and settings.FIRST_LOGIN_CONFIRMATION,
    )
