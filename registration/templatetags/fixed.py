"""Parts of the journey's pages that are the same for everybody."""

from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def fixed(template_name: str, **context: Any) -> SafeString:
    """Include a template that depends on nothing but what is given here; rendered once per process.

    Resolving the addresses in such parts was a seventh of the form page's time.
    """
    return (_render if settings.DEBUG else _render_once)(template_name, **context)


def _render(template_name: str, **context: Any) -> SafeString:
    return render_to_string(template_name, context)


_render_once = cache(_render)
