"""A record in the fifteen elements of Dublin Core, as SRU and OAI-PMH both wrap them."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from django.utils.translation import override

from catalog.models import Material, Record
from catalog.outward.xml import node
from catalog.records.description import kind_of

DC = "http://purl.org/dc/elements/1.1/"
# The DCMI Type Vocabulary; whatever is read is Text.
_TYPES = {
    **{Material.SOUND: "Sound", Material.DAISY: "Sound", Material.VIDEO: "MovingImage"},
    **{Material.MAP: "StillImage", Material.ELECTRONIC: "Software", Material.OTHER: ""},
}


def elements(record: Record) -> Iterator[Element]:
    """Yield what a record says as elements with the prefix `dc`."""
    for name, text in _said(record):
        if text:
            yield node(f"dc:{name}", text)


def _said(record: Record) -> Iterator[tuple[str, str]]:
    yield "title", str(record)
    for one in record.contributors:
        yield "creator" if kind_of(one) == "author" else "contributor", one["name"]
    yield from (("subject", subject) for subject in record.subjects)
    yield "description", record.description
    yield "publisher", record.publisher
    yield "date", str(record.year or "")
    yield "type", _TYPES.get(Material(record.material), "Text")
    with override("ja"):
        yield "type", str(record.get_material_display())
    yield "format", record.extent
    yield "identifier", record.address
    yield from (("identifier", f"urn:isbn:{isbn}") for isbn in record.isbns)
    yield "language", record.language
    yield "relation", record.series
