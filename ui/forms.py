"""What every form of the site is: its fields, and how it is rendered, one row per field.

Rows come from `templates/components/`. Plain inputs and selects, nearly all our controls, are
written in Python: Django's nested widget templates were half the time of the registration form
page, a checkbox per row a quarter of a list in the admin.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import django.forms
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from characters.text import InvalidInput, StrOrPromise, is_visible, keepable
from ui.pages import sentences

# Why a value of any kind cannot be used; what the field takes is said behind it.
CAUSES = {
    "control_characters": _("改行などの使えない文字が入っています。"),
    "character": _("「%(character)s」は使えません。"),
    "too_few_digits": _("数字が足りません。"),
    "too_many_digits": _("数字が多すぎます。"),
    "spaces": _("途中に空白が入っています。"),
    "no_at": _("「@」がありません。"),
}


class PlainForm(forms.Form):
    """A form the server alone checks; where all is asked for, nothing is marked 【必須】."""

    use_required_attribute = False
    required_unmarked = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""


class Question(NamedTuple):
    """Asks whether a value is meant. A button can take `offered` instead of it, if not ""."""

    title: str
    sentence: str
    value: str
    offered: str = ""
    offer: str = ""


class AskingForm(forms.Form):
    """A form that asks about a value that may be a slip, once, and when nothing else is wrong.

    A question is no error: whoever stores a valid form first looks whether there are `questions`.
    What is asked about comes back in a field of its own (`remembered`), so that sending the same
    value again is the answer; a button may send what is offered instead (`<field>_answer`). To
    values in `answered` the answer is known.
    """

    def __init__(
        self, data: Any = None, *args: Any, answered: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        if data is not None:
            chosen = {name: data.get(f"{name}_answer") for name in self.base_fields}
            if chosen := {name: value for name, value in chosen.items() if value}:
                data = {name: data[name] for name in data} | chosen
        super().__init__(data, *args, **kwargs)
        self._answered = answered or {}
        self._asked: dict[str, Question] = {}

    def ask(self, name: str, question: Question) -> None:
        """Ask about the value of a field; called while it is cleaned."""
        self._asked[name] = question

    def _is_answered(self, name: str) -> bool:
        known = (self.data.get(f"{name}_confirmed"), self._answered.get(name))
        return self._asked[name].value in known

    @property
    def questions(self) -> dict[str, Question]:
        """What is still to be asked, by field."""
        if not self.is_bound or self.errors:
            return {}
        return {name: one for name, one in self._asked.items() if not self._is_answered(name)}

    @property
    def question_title(self) -> str:
        titles = {question.title for question in self.questions.values()}
        return titles.pop() if len(titles) == 1 else gettext("入力内容をご確認ください")

    @property
    def remembered(self) -> dict[str, str]:
        """The names and values of the hidden fields by which an answer is remembered."""
        open_ones = self.questions
        return {
            f"{name}_confirmed": question.value
            for name, question in self._asked.items()
            if name in open_ones or self._is_answered(name)
        }


class VisibleField(forms.CharField):
    """A text for people: what shows nothing is as empty as what is not there."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return text if text and is_visible(text) else ""


class LineField(VisibleField):
    """A text for people that is kept in one line, however it was typed."""

    def clean(self, value: Any) -> str:
        return " ".join(super().clean(value).split())


class NormalizedField(VisibleField):
    """A text field normalized by a rule of `patrons.normalize`.

    `messages` maps the rule's codes to sentences; `required` and `invalid` are always there, and
    `invalid`, behind the cause where it is one of `CAUSES`, stands for every code without a
    sentence of its own.
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
            raise ValidationError(
                self._sentence(problem.code),
                code=problem.code,
                params={"character": problem.character},
            ) from problem

    def _sentence(self, code: str) -> StrOrPromise:
        if code == "empty":
            return self.error_messages["required"]
        if code in self.error_messages or code not in CAUSES:
            return self.error_messages.get(code, self.error_messages["invalid"])
        return sentences(CAUSES[code], self.error_messages["invalid"])

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return what was typed, as it can be shown again."""
        return keepable(data) if isinstance(data, str) else data


def render_input(widget: Mapping[str, Any]) -> SafeString:
    """Render what `django/forms/widgets/input.html` renders, from the same widget context."""
    attributes = {"type": widget["type"], "name": widget["name"], "value": widget["value"]}
    return SafeString(f"<input{_attributes(attributes | widget['attrs'])}>")


def render_select(widget: Mapping[str, Any]) -> SafeString:
    """Render what `django/forms/widgets/select.html` renders for choices without groups."""
    options = "".join(
        f"<option{_attributes({'value': option['value']} | option['attrs'])}>"
        f"{_escape(option['label'])}</option>"
        for _, group, _ in widget["optgroups"]
        for option in group
    )
    attributes = _attributes({"name": widget["name"]} | widget["attrs"])
    return SafeString(f"<select{attributes}>{options}</select>")


def _attributes(attributes: Mapping[str, Any]) -> str:
    return "".join(
        f" {name}" if value is True else f' {name}="{_escape(value)}"'
        for name, value in attributes.items()
        if value is not None and value is not False
    )


def _escape(value: Any) -> str:
    return value.__html__() if hasattr(value, "__html__") else escape(str(value))


INPUTS = frozenset(
    f"django/forms/widgets/{name}.html"
    for name in ("text", "email", "number", "password", "hidden", "checkbox", "input")
)
SELECT = "django/forms/widgets/select.html"


class LibraryBoundField(BoundField):
    """A bound field whose row template gets plain values.

    A template's `field.errors` first tries `field["errors"]`, and the exception that this raises
    on a bound field is the dearest part of a row.
    """

    @property
    def question(self) -> Question | None:
        form = self.form
        return form.questions.get(self.name) if isinstance(form, AskingForm) else None

    @property
    def aria_describedby(self) -> str | None:
        described = super().aria_describedby
        return f"{described} {self.auto_id}_question".strip() if self.question else described

    def get_context(self) -> dict[str, Any]:
        return {
            "field": self,
            "id": self.auto_id,
            "label": self.label,
            "marked": self.field.required and not getattr(self.form, "required_unmarked", False),
            "hint": self.help_text,
            "errors": self.errors,
            "question": self.question,
            "described_by": self.aria_describedby if self.use_fieldset else "",
            "fieldset": self.use_fieldset,
        }


class LibraryFormRenderer(DjangoTemplates):
    """Render fields with our row template, plain inputs and selects without a template."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
    bound_field_class = LibraryBoundField

    def render(
        self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None
    ) -> str:
        if template_name in INPUTS:
            return render_input(context["widget"])
        if template_name == SELECT and not any(name for name, *_ in context["widget"]["optgroups"]):
            return render_select(context["widget"])
        return super().render(template_name, context, request)

    @cached_property
    def engine(self) -> Any:
        django_templates = Path(django.forms.__file__).parent / "templates"
        return self.backend(
            {
                "APP_DIRS": True,
                "DIRS": [settings.BASE_DIR / "templates", django_templates],
                "NAME": "forms",
                "OPTIONS": {},
            }
        )
