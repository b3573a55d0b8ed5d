"""A mail's text as HTML, for the part beside it: the same words, with the library's face.

Made of the text alone, so that nothing is written twice. A line of its own may be a heading (■ in
Japanese, a colon at its end elsewhere), an item of a list (・ or -), a link, or digits.
"""

import re
from collections.abc import Iterator
from itertools import groupby

from django.conf import settings
from django.template import Context, Engine
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, override

from notices.texts import language_of, without_library
from ui.templatetags.library import mixed

# The characters of a URI (RFC 3986); Japanese text may follow without a blank.
ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
ENDS_A_SENTENCE = ".,:;!?')]"
_PARAGRAPHS = re.compile(r"\n{2,}")
_ITEM = re.compile(r"^(?:・|- )")  # not shown
_HEADING = re.compile(r"^■(.+)$|^(.+:)$")
_DIGITS = re.compile(r"[0-9]{6}")


def html_part(subject: str, body: str) -> str:
    """Return the HTML of a mail, in the language of its subject."""
    with override(language_of(subject)):
        known = {
            "subject": subject,
            "library": gettext(settings.LIBRARY_NAME),
            "title": mixed(without_library(subject)),
            # No tag of a mail has Japanese in it.
            "body": mixed(SafeString("\n".join(_blocks(body)))),
        }
        return Engine.get_default().get_template("notices/mail.html").render(Context(known))


def with_links(text: str) -> SafeString:
    """Return a text escaped, with links to the library's own pages.

    A text may hold what people typed: whatever else looks like an address stays text, so that no
    message leads anywhere else.
    """
    parts, end = [], 0
    for found in ADDRESS.finditer(text):
        address = found[0].rstrip(ENDS_A_SENTENCE)
        if _is_own(address):
            parts += [
                escape(text[end : found.start()]),
                format_html('<a href="{0}">{0}</a>', address),
            ]
            end = found.start() + len(address)
    return SafeString("".join([*parts, escape(text[end:])]))


def _is_own(address: str) -> bool:
    site = settings.PUBLIC_BASE_URL
    # What follows the host must end it: https://library.example.evil.example is another site.
    return address.startswith(site) and address[len(site) :][:1] in ("", "/", "?", "#")


def _blocks(text: str) -> Iterator[SafeString]:
    for paragraph in _PARAGRAPHS.split(text.strip()):
        first, *rest = lines = paragraph.split("\n")
        if rest and not _ITEM.match(first) and (heading := _HEADING.match(first)):
            yield format_html("<h2>{}</h2>", heading[1] or heading[2])
            lines = rest
        for are_items, some in groupby(lines, lambda line: bool(_ITEM.match(line))):
            if are_items:
                items = ((with_links(_ITEM.sub("", line)),) for line in some)
                yield format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", items))
            else:
                yield _paragraph(list(some))


def _paragraph(lines: list[str]) -> SafeString:
    inner = SafeString("<br>".join(with_links(line) for line in lines))
    if len(lines) == 1 and ADDRESS.fullmatch(lines[0]) and _is_own(lines[0]):
        return format_html('<p class="open">{}</p>', inner)
    if len(lines) == 1 and _DIGITS.fullmatch(lines[0]):
        return format_html('<p class="digits">{}</p>', inner)
    return format_html("<p>{}</p>", inner)
