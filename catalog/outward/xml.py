"""XML that other programs read: elements, and the answer made of one."""

from xml.etree.ElementTree import Element, tostring

from django.http import HttpResponse

from catalog.search.criteria import UNSAYABLE

XSI = "http://www.w3.org/2001/XMLSchema-instance"


def node(tag: str, /, *inside: Element | str, **attributes: str) -> Element:
    """Return an element; names are written as they stand, with the prefix that `xmlns` declares.

    `__` in the name of an attribute is its colon. What XML 1.0 cannot say is left out of texts.
    """
    made = Element(tag, {name.replace("__", ":"): sayable(to) for name, to in attributes.items()})
    for one in inside:
        if isinstance(one, str):
            made.text = (made.text or "") + sayable(one)
        else:
            made.append(one)
    return made


def sayable(text: str) -> str:
    """Return a text without the characters that XML 1.0 forbids, and on one line."""
    return UNSAYABLE.sub(" ", text)


def text_of(element: Element) -> str:
    """Return an element as it is written."""
    return tostring(element, encoding="unicode")


def answer(element: Element) -> HttpResponse:
    """Return the document as a response, which no search engine is to list."""
    written = tostring(element, encoding="utf-8", xml_declaration=True)
    response = HttpResponse(written, content_type="text/xml; charset=utf-8")
    response["X-Robots-Tag"] = "noindex"
    return response
