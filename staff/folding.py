"""What stands in one cell of a list: a first line, and muted lines folded under it."""

from django.utils.html import format_html, format_html_join, strip_tags
from django.utils.safestring import SafeString


class Folded(SafeString):
    """A cell as HTML; `lines` are its texts, for whatever is no page."""

    lines: tuple[str, ...]


def folded(first: object, *below: object) -> Folded:
    """Return a cell; an empty line is left out, HTML that is marked as such stays."""
    under = [each for each in below if each]
    html = format_html(
        "{}{}", first, format_html_join("", '<div class="quiet">{}</div>', ((e,) for e in under))
    )
    cell = Folded(html)
    cell.lines = tuple(
        strip_tags(each) if isinstance(each, SafeString) else str(each) for each in (first, *under)
    )
    return cell
