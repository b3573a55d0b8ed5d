"""The parts of the page that never change while the process runs."""

from functools import cache

from django import template
from django.conf import settings
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from oita_library.context import LIBRARY

register = template.Library()


@register.simple_tag(takes_context=True)
def shell(context: Context, part: str) -> SafeString:
    """Put in `templates/shell/<part>.html`: head, header or footer, the same for everybody.

    Its dozen `url` and `static` tags were most of the time of a page, so each part is rendered
    once per process and section of the site.
    """
    match = getattr(context.get("request"), "resolver_match", None)
    section = match.app_name if match else ""
    return (_render if settings.DEBUG else _render_once)(part, section)


def _render(part: str, section: str) -> SafeString:
    page_part = render_to_string(f"shell/{part}.html", LIBRARY | {"section": section})
    return SafeString(page_part.strip())


_render_once = cache(_render)
