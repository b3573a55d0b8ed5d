"""How every form of the site is rendered: one row per field, from `templates/components/`.

Plain inputs and selects are written in Python: Django's nested widget templates took a third of the
form page. A test compares them with what Django's templates give.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import django.forms
from django.conf import settings
from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.safestring import SafeString


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


def _is_grouped(widget: Mapping[str, Any]) -> bool:
    return any(name for name, _, _ in widget["optgroups"])


# Django's widget templates include one another per attribute and were half the time of the
# registration form page, a checkbox per row a quarter of a list in the admin; these two shapes are
# nearly all our controls.
FAST: dict[str, Callable[[Mapping[str, Any]], SafeString]] = {
    **{
        f"django/forms/widgets/{name}.html": render_input
        for name in ("text", "email", "number", "password", "hidden", "checkbox", "input")
    },
    "django/forms/widgets/select.html": render_select,
}


class LibraryBoundField(BoundField):
    """A bound field whose row template gets plain values.

    A template's `field.errors` first tries `field["errors"]`, and the exception that this raises
    on a bound field is the dearest part of a row.
    """

    def get_context(self) -> dict[str, Any]:
        """Return what `components/field.html` shows."""
        return {
            "field": self,
            "id": self.auto_id,
            "label": self.label,
            "marked": self.field.required and not getattr(self.form, "required_unmarked", False),
            "hint": self.help_text,
            "errors": self.errors,
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
        """Render a form, field or widget template."""
        fast = FAST.get(template_name)
        if fast is None or (fast is render_select and _is_grouped(context["widget"])):
            return super().render(template_name, context, request)
        return fast(context["widget"])

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
