"""A message's text as HTML: lines as they were written, and only this site's links to click on."""

from django.utils.html import linebreaks
from django.utils.safestring import SafeString

from notices.html_part import with_links


def as_html(text: str) -> SafeString:
    """Return a plain text as paragraphs and line breaks, with links to the library's own pages."""
    return SafeString(linebreaks(with_links(text)))
