"""A message's text as HTML: lines as they were written, and only this site's links to click on."""

import re

from django.conf import settings
from django.utils.html import escape, format_html, linebreaks
from django.utils.safestring import SafeString

# The characters of a URI (RFC 3986); Japanese text may follow without a blank.
ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
ENDS_A_SENTENCE = ".,:;!?')]"


def as_html(text: str) -> SafeString:
    """Return a plain text as paragraphs and line breaks, with links to the library's own pages.

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
    parts.append(escape(text[end:]))
    return SafeString(linebreaks("".join(parts)))


def _is_own(address: str) -> bool:
    site = settings.PUBLIC_BASE_URL
    # What follows the host must end it: https://library.example.evil.example is another site.
    return address.startswith(site) and address[len(site) :][:1] in ("", "/", "?", "#")
