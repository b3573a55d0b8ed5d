"""Fields of forms in more than one room."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from characters.text import StrOrPromise
from patrons.normalize import has_forbidden_characters
from ui.forms import VisibleField

FORBIDDEN = _("使えない文字が入っています。別の名前にしてください")


class NameField(VisibleField):
    """What a patron calls something, to tell it from others.

    In `help_text` and `too_long`, `{count}` stands for the `longest` name.
    """

    def __init__(
        self,
        *,
        longest: int,
        help_text: StrOrPromise,
        missing: StrOrPromise,
        too_long: StrOrPromise,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            max_length=longest,
            help_text=format_lazy(help_text, count=longest),
            error_messages={
                "required": missing,
                "max_length": format_lazy(too_long, count=longest),
                "null_characters_not_allowed": FORBIDDEN,
            },
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        name: str = super().clean(value)
        if has_forbidden_characters(name):
            raise ValidationError(FORBIDDEN)
        return name
