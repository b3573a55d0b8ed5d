"""QR codes, drawn here: no address leaves the site to be drawn elsewhere."""

from django.utils.safestring import SafeString


def qr_code(address: str) -> SafeString:
    """Return an address as an inline SVG picture, hidden from screen readers.

    It has no style that the Content Security Policy would refuse, and its quiet zone is in it.
    """
    # Few pages show one: the other processes need not carry the library.
    import segno

    picture = segno.make(address, error="m", micro=False).svg_inline(
        border=4, light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
    return SafeString(picture.replace("<svg ", '<svg aria-hidden="true" ', 1))
