"""Fields that take whatever people type and hand over the normalized form."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from characters.errors import InvalidInput
from characters.keepable import keepable
from characters.visible import is_visible


class VisibleField(forms.CharField):
    """A text for people: what shows nothing is as empty as what is not there."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return text if text and is_visible(text) else ""


class NormalizedField(VisibleField):
    """A text field normalized by a rule of `patrons.normalize`.

    `messages` maps the rule's codes to sentences; `required` and `invalid` are always there, and
    `invalid` stands for every code without a sentence of its own.
    """

    def __init__(
        self, *, normalize: Callable[[str], str], messages: Mapping[str, Any], **kwargs: Any
    ) -> None:
        super().__init__(error_messages=dict(messages), **kwargs)
        # Control characters are the rule's to judge, with the field's own sentence.
        self.validators = []
        self.normalize = normalize

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if text in self.empty_values:
            return ""
        try:
            return self.normalize(text)
        except InvalidInput as problem:
            code = problem.code if problem.code in self.error_messages else "invalid"
            raise ValidationError(self.error_messages[code], code=code) from problem

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return what was typed, as it can be shown again."""
        return keepable(data) if isinstance(data, str) else data
