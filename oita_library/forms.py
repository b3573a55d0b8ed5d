"""How every form of the site is rendered: one row per field, from `templates/components/`."""

from functools import cached_property
from pathlib import Path
from typing import Any

import django.forms
from django.conf import settings
from django.forms.renderers import DjangoTemplates


class LibraryFormRenderer(DjangoTemplates):
    """Render fields with our row template and widgets with Django's own templates."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"

    @cached_property
    def engine(self) -> Any:
        django_templates = Path(django.forms.__file__).parent / self.backend.app_dirname
        return self.backend(
            {
                "APP_DIRS": True,
                "DIRS": [settings.BASE_DIR / "templates", django_templates],
                "NAME": "forms",
                "OPTIONS": {},
            }
        )


class LibraryForm(django.forms.Form):
    """A form that is checked on the server only, so no control carries `required`.

    `required_unmarked = True` leaves out 【必須】, for forms like the login where everything is
    asked for and the manual marks nothing.
    """

    use_required_attribute = False
    required_unmarked = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
