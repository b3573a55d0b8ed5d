"""What templates need beyond Django's tags: parts rendered once, lines joined."""

import re
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ui.pages import LIBRARY

register = template.Library()

# Not \s: an ideographic space is text.
_LINE_BREAK = re.compile(r" *\n *")
SESSION_NOTICE = (
    '<div class="session" id="session" data-login="{}" data-idle="{}" data-absolute="{}">{}</div>'
)


@register.simple_tag
def fixed(template_name: str, **context: Any) -> SafeString:
    """Include a template that depends on nothing but what is given here; rendered once per process.

    The `url` and `static` tags in such parts were most of the time of a page.
    """
    return (_render if settings.DEBUG else _render_once)(template_name, **context)


@register.simple_block_tag
def joined(content: str) -> SafeString:
    """Join the lines within: a line break would show as a space, which Japanese does not have."""
    return SafeString(_LINE_BREAK.sub("", content).strip(" \n"))


@register.simple_tag(takes_context=True)
def shell(context: Context, part: str) -> SafeString:
    """Put in `templates/shell/<part>.html`: head, header or footer, the same for everybody.

    It knows the section of the site it is on, by the name of the app.
    """
    match = getattr(context.get("request"), "resolver_match", None)
    return fixed(f"shell/{part}.html", section=match.app_name if match else "")


@register.simple_tag(takes_context=True)
def session_notice(context: Context, template_name: str, **fixed_context: Any) -> SafeString:
    """Put in the notice that a login is about to end, with what static/js/session.js needs to know.

    Written here, not in a template: it is on every page of somebody who is logged in.
    """
    session = context["request"].session
    left = session.time_left
    notice = fixed(template_name, **fixed_context)
    return format_html(SESSION_NOTICE, session.login_id, left.idle, left.absolute, notice)


def _render(template_name: str, **context: Any) -> SafeString:
    return SafeString(render_to_string(template_name, LIBRARY | context).strip())


_render_once = cache(_render)
