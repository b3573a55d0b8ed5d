"""What usernames and passwords may look like."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from characters.text import is_hidden, without_unseen

PATRON_PREFIX = "patron:"
MAXIMUM_PASSWORD_LENGTH = 128

_STAFF_USERNAME = re.compile(r"[\w.@+-]+")


def validate_staff_username(username: str) -> None:
    """Refuse what could be taken for a patron's number, for a patron's login or for somebody else.

    The colon of `PATRON_PREFIX` is not among the characters allowed. Hangul fillers are letters
    that nobody sees, ② is none.
    """
    is_allowed = _STAFF_USERNAME.fullmatch(username) and any(map(str.isalpha, username))
    if not is_allowed or any(map(is_hidden, username)):
        raise ValidationError(
            _("文字を1つ以上入れてください。使えるのは文字、数字と @ . + - _ です。"),
            code="staff_username",
        )


class MaximumLengthValidator:
    """Refuse a password so long that it could only be meant to cost us time."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > MAXIMUM_PASSWORD_LENGTH:
            raise ValidationError(
                _("%(count)s文字以内で入力してください。"),
                code="password_too_long",
                params={"count": MAXIMUM_PASSWORD_LENGTH},
            )

    def get_help_text(self) -> str:
        return gettext("パスワードは%(count)s文字以内です。") % {"count": MAXIMUM_PASSWORD_LENGTH}


def fold_digits(password: str) -> str:
    """Return a password as birth dates are compared: of one width, without blanks around it."""
    return unicodedata.normalize("NFKC", without_unseen(password)).strip()
