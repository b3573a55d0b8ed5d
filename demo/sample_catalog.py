"""A collection to look at: works in the public domain, with copies in every branch.

`data/sample_catalog.tsv` has one work a line: facts, and a sentence on its content written for
this project. It takes the way every catalogue takes, as MARC 21 through the import.
"""

import csv
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import NamedTemporaryFile

from pymarc import Field, Indicators, Record, Subfield

from branches.models import Branch
from catalog.importing.loading import Imported, import_catalog
from catalog.models import ItemState
from catalog.models import Record as CatalogRecord

WORKS = Path(__file__).parent / "data" / "sample_catalog.tsv"
LEADER = "00000nam a2200000 i 4500"
# As 340 names them.
MEDIA = {"large_print": "大活字本", "braille": "点字資料", "daisy": "DAISY", "ll_book": "LLブック"}
_BLANK = Indicators(" ", " ")


def load() -> Imported | None:
    """Fill an empty catalogue; return what was imported, None where there was one already."""
    if CatalogRecord.objects.exists():
        return None
    branches = list(Branch.objects.values_list("code", flat=True))
    with NamedTemporaryFile(suffix=".mrc") as file:
        for number, work in enumerate(works(), start=1):
            file.write(marc(number, work, branches).as_marc())
        file.flush()
        return import_catalog(path=Path(file.name))


def works() -> Iterator[dict[str, str]]:
    """Yield the lines of the table by its heading."""
    with WORKS.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True)


def marc(number: int, work: dict[str, str], branches: list[str]) -> Record:
    record = Record(force_utf8=True, leader=LEADER)
    audience = "j" if work["for_children"] == "1" else " "
    record.add_field(
        Field("001", data=f"sample-{number:04}"),
        Field("008", data=f"000000s{work['year']}    ja {'':4}{audience}{'':12}jpn  "),
        _field("084", ("a", work["ndc"]), ("2", "njb/09")),
    )
    links = count(1)
    _with_reading(record, next(links), "245", ("a", work["title"]), work["reading"])
    # The main entry is an author's; translators and editors are added ones.
    tag = "100" if work["role"] == "著" else "700"
    _with_reading(record, next(links), tag, ("a", work["author"]), work["author_reading"])
    record[tag].add_subfield("e", work["role"])
    record.add_field(_field("264", ("c", work["year"])))
    if medium := MEDIA.get(work["material"]):
        record.add_field(_field("340", ("a", medium)))
    record.add_field(_field("520", ("a", work["description"])))
    record.add_field(*(_field("650", ("a", one)) for one in work["subjects"].split(";")))
    record.add_field(*_items(number, work, branches))
    return record


def _with_reading(
    record: Record, link: int, tag: str, subfield: tuple[str, str], reading: str
) -> None:
    code, text = subfield
    record.add_field(_field(tag, ("6", f"880-{link:02}"), (code, text)))
    record.add_field(_field("880", ("6", f"{tag}-{link:02}/$1"), (code, reading)))


def _items(number: int, work: dict[str, str], branches: list[str]) -> Iterator[Field]:
    """Yield one to three copies, each in another branch; most can be taken along."""
    for copy in range(1 + number % 3):
        turn = (number + 4 * copy) % 12
        state = ItemState.ON_LOAN if turn in (3, 8) else ItemState.ON_SHELF
        if not copy and number % 29 == 0:
            state = ItemState.REFERENCE
        yield _field(
            "852",
            ("b", branches[(number + 5 * copy) % len(branches)]),
            ("c", _shelf(work, state)),
            ("h", work["ndc"]),
            ("i", work["author_reading"][0]),
            ("p", f"{9_000_000 + number * 10 + copy}"),
            ("z", state.value),
        )


def _shelf(work: dict[str, str], state: ItemState) -> str:
    if state == ItemState.REFERENCE:
        return "参考図書"
    if work["material"] in MEDIA:
        return MEDIA[work["material"]]
    return "児童書" if work["for_children"] == "1" else "一般書"


def _field(tag: str, *subfields: tuple[str, str]) -> Field:
    return Field(tag, indicators=_BLANK, subfields=[Subfield(*one) for one in subfields])
