"""What templates need beyond Django's tags: parts rendered once, lines joined."""

import re
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from characters.text import one_line
from ui.pages import library

register = template.Library()

_LETTERS = r"\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff9f\U00020000-\U0003ffff"
# With the digits and spaces between: 金池南1丁目5番, ヴァン アン.
_JAPANESE = re.compile(f"[{_LETTERS}](?:[{_LETTERS}0-9 -]*[{_LETTERS}])?")
# Not \s: an ideographic space is text.
LANGUAGES = tuple(settings.LANGUAGES)
# Pages whose entry in the menu is not their app's.
SECTIONS = {
    "home": "home",
    "catalog:advanced": "advanced",
    "catalog:new": "introduced",
    "news:recommendation_list": "introduced",
    "news:recommendation": "introduced",
    "counter": "guide",
    "manual": "guide",
}
_LINE_BREAK = re.compile(r" *\n *")
# Not read from the fields of the query, of which there may be too many.
_LATER_PAGE = re.compile(r"(?:^|&)page=(?!1?(?:&|$))")
SESSION_NOTICE = (
    '<div class="session" id="session" data-login="{}" data-idle="{}" data-absolute="{}">{}</div>'
)


@register.simple_tag(takes_context=True)
def fixed(context: Context, template_name: str, **given: Any) -> SafeString:
    """Include a template that depends on nothing but what is given here and the language; rendered
    once per process, language and what is given.

    The `url` and `static` tags in such parts were most of the time of a page.
    """
    if settings.DEBUG:
        return _render(template_name, **given)
    language = context.get("LANGUAGE_CODE") or get_language()
    return _render_once(template_name, language, **given)


@register.simple_block_tag
def joined(content: str) -> SafeString:
    """Join the lines within: a line break shows as a space, which Japanese does not have."""
    space = "" if get_language() == settings.LANGUAGE_CODE else " "
    return SafeString(_LINE_BREAK.sub(space, content.strip(" \n")))


@register.simple_tag(takes_context=True)
def shell(context: Context, part: str) -> SafeString:
    """Put in `templates/shell/<part>.html`: head, menu, footer …, the same for everybody.

    It knows the section of the site it is on, by the page's name or its app's.
    """
    match = getattr(context.get("request"), "resolver_match", None)
    section = SECTIONS.get(match.view_name, match.app_name) if match else ""
    return fixed(context, f"shell/{part}.html", section=section)


@register.simple_tag(takes_context=True)
def session_notice(context: Context, template_name: str, **fixed_context: Any) -> SafeString:
    """Put in the notice that a login is about to end, with what static/js/session.js needs to know.

    Written here, not in a template: it is on every page of somebody who is logged in.
    """
    session = context["request"].session
    left = session.time_left
    notice = fixed(context, template_name, **fixed_context)
    return format_html(SESSION_NOTICE, session.login_id, left.idle, left.absolute, notice)


@register.simple_tag(takes_context=True)
def languages(context: Context) -> SafeString:
    """Put in the choice of language; it leads back to the page that shows it. Staff have none.

    A page with a form that takes it (`ui/languages.py`) gives the form's id as `open_form`, and as
    `enter` where Enter in a field leads, if not to the form's own address.
    """
    if context.get("for_staff"):
        return SafeString("")
    form = {"form": context.get("open_form", ""), "enter": context.get("enter", "")}
    chosen = get_language()
    return fixed(context, "components/languages.html", languages=LANGUAGES, chosen=chosen, **form)


@register.simple_tag(takes_context=True)
def alternates(context: Context) -> SafeString:
    """Name the address of a public page, and those of it in each language, for search engines."""
    request = context["request"]
    query = request.META.get("QUERY_STRING", "")
    if _LATER_PAGE.search(query):
        # What is on it stands on none of these addresses.
        return SafeString("")
    address = settings.PUBLIC_BASE_URL + request.path
    asked = "language=" in query
    own = f"{address}?language={get_language()}" if asked else address
    return format_html_join(
        "\n",
        '<link rel="{}"{} href="{}">',
        [
            ("canonical", "", own),
            ("alternate", SafeString(' hreflang="x-default"'), address),
            *(
                ("alternate", format_html(' hreflang="{}"', code), f"{address}?language={code}")
                for code, _ in LANGUAGES
            ),
        ],
    )


register.filter("one_line", one_line, is_safe=True)


@register.filter(is_safe=True, needs_autoescape=True)
def mixed(text: str, autoescape: bool = True) -> SafeString:
    """Mark the Japanese words in a text of another language as Japanese."""
    escaped = conditional_escape(text)
    if get_language() == settings.LANGUAGE_CODE:
        return escaped
    return SafeString(_JAPANESE.sub(r'<span lang="ja">\g<0></span>', escaped))


def _render(template_name: str, **context: Any) -> SafeString:
    return SafeString(render_to_string(template_name, library() | context).strip())


# What is given may change from day to day.
@lru_cache(maxsize=1024)
def _render_once(template_name: str, language: str, **context: Any) -> SafeString:
    return _render(template_name, **context)
