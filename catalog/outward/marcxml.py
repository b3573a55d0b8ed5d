"""A record as MARC 21, written from our own columns: `catalog.importing.marc` reads it again.

What the catalogue does not keep is not made up: whether a name is a person's or a body's (720), or
a heading a topic or a place (653). Readings stand in linked fields 880, as in JAPAN/MARC.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC
from xml.etree.ElementTree import Element

from django.utils.translation import override
from pymarc import Field, Indicators, Leader, Subfield
from pymarc import Record as MarcRecord
from pymarc.marcxml import record_to_xml_node

from catalog.models import Item, ItemState, Material, Record
from catalog.outward.xml import sayable

# Leader 06 and 07; 008/21 and 008/23; a genre in words where no code tells them apart.
_LEADERS = {
    **{Material.DAISY: "im", Material.MAGAZINE: "as", Material.NEWSPAPER: "as"},
    **{Material.SOUND: "im", Material.VIDEO: "gm", Material.MAP: "em", Material.MUSIC: "cm"},
    **{Material.ELECTRONIC: "mm", Material.OTHER: "pm"},
}
_SERIALS = {Material.MAGAZINE: "p", Material.NEWSPAPER: "n"}
_FORMS = {Material.LARGE_PRINT: "d", Material.BRAILLE: "f"}
_GENRES = {Material.DAISY: "DAISY", Material.LL_BOOK: "LLブック"}  # not shown
_KATAKANA = "$1"


def marc(record: Record, items: Iterable[Item] = ()) -> MarcRecord:
    """Return a record as MARC 21, with these items of it as fields 852."""
    made = MarcRecord()
    kind = _LEADERS.get(Material(record.material), "am")
    made.leader = Leader(f"00000n{kind} a2200000 i 4500")
    changed = record.updated_at.astimezone(UTC)
    made.add_field(
        Field("001", data=sayable(record.control_number)),
        Field("005", data=f"{changed:%Y%m%d%H%M%S}.0"),
        Field("008", data=_fixed(record)),
    )
    plain, readings = [], []
    for link, (tag, signs, subfields, reading) in enumerate(_fields(record), start=1):
        if reading:
            subfields = [("6", f"880-{link:02}"), *subfields]
            linked = [("6", f"{tag}-{link:02}/{_KATAKANA}"), ("a", reading)]
            readings.append(_field("880", signs, linked))
        plain.append(_field(tag, signs, subfields))
    plain += [_field("852", "  ", subfields) for subfields in map(_held, items)]
    made.add_field(*filter(None, (*plain, *readings)))
    return made


def marcxml(record: Record, items: Iterable[Item] = ()) -> Element:
    """Return the same as an element of MARCXML."""
    return record_to_xml_node(marc(record, items), namespace=True)


def _fields(record: Record) -> Iterator[tuple[str, str, list[tuple[str, str]], str]]:
    """Yield tag, indicators, subfields and reading of each field, those with a reading first.

    A link has two digits.
    """
    people = record.contributors
    named = "、".join(f"{one['name']} {one.get('role', '')}".strip() for one in people)  # not shown
    title = [("a", record.title), ("n", record.volume), ("c", named)]
    yield "245", "00", title, record.title_reading
    for place, one in enumerate(people):
        reading = one.get("reading", "") if place < 90 else ""
        yield "720", "  ", [("a", one["name"]), ("e", one.get("role", ""))], reading
    yield from (("020", "  ", [("a", isbn)], "") for isbn in record.isbns)
    yield "084", "  ", [("a", record.ndc), ("2", record.ndc and "njb")], ""
    yield "264", " 1", [("b", record.publisher), ("c", str(record.year or ""))], ""
    yield "300", "  ", [("a", record.extent)], ""
    yield "490", "0 ", [("a", record.series)], ""
    yield "520", "  ", [("a", record.description)], ""
    yield from (("653", "  ", [("a", subject)], "") for subject in record.subjects)
    yield "655", " 4", [("a", _GENRES.get(Material(record.material), ""))], ""
    yield "856", "40", [("u", record.address)], ""


def _held(item: Item) -> list[tuple[str, str]]:
    with override("ja"):
        state = str(ItemState(item.state).label)
    return [
        *(("b", item.branch.code), ("c", item.shelf), ("h", item.call_number)),
        *(("p", item.number), ("z", state)),
    ]


def _field(tag: str, signs: str, subfields: list[tuple[str, str]]) -> Field | None:
    """Return a field without its empty subfields; None where there are no others."""
    said = [Subfield(code, text) for code, text in ((c, sayable(t)) for c, t in subfields) if text]
    return Field(tag, Indicators(*signs), said) if said else None


def _fixed(record: Record) -> str:
    """Return 008: 40 positions, with | where nothing is known."""
    material = Material(record.material)
    year = f"{record.year or 'uuuu':>04}"
    dates = f"u{year}uuuu" if material in _SERIALS else f"{'s' if record.year else 'n'}{year}"
    added = f"{record.added_at.astimezone(UTC):%y%m%d}"
    child = "j" if record.for_children and material not in (*_SERIALS, Material.MAP) else " "
    kind = f"{_SERIALS.get(material, ' ')}{child}{_FORMS.get(material, ' ')}"
    return f"{added}{dates:9}xx {'':3}{kind:14}{record.language or '|||':3} |"
