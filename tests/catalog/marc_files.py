"""MARC files as library systems write them, made by pymarc, and the command that reads them."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django.core.management import CommandError, call_command
from pymarc import Field, Indicators, Leader, Record, Subfield
from pymarc.marcxml import record_to_xml

from branches.models import Branch
from catalog.importing.loading import Finding, Imported, import_catalog
from catalog.management.commands.import_catalog import KINDS, REASONS

XML = '<collection xmlns="http://www.loc.gov/MARC21/slim">{}</collection>'
UNCHANGED = "何も変わっていません。"
# A record of JAPAN/MARC: headings with katakana and romaji in fields 880.
NEKO = (
    ("020", "a:978-4-10-101001-4 (文庫)"),
    ("041", "a:jpn"),
    ("084", "a:913.6|2:njb/10"),
    ("100", "6:880-01|a:夏目, 漱石|4:aut"),
    ("245", "6:880-02|a:吾輩は猫である /|c:夏目漱石 著"),
    ("264", "a:東京 :|b:新潮社,|c:2003.6", " 1"),
    ("300", "a:610p ;|c:16cm"),
    ("490", "a:新潮文庫 ;"),
    ("520", "a:猫が人間を語る。"),
    ("650", "a:小説|x:日本"),
    ("852", "b:main|c:文庫|h:913.6|i:ナ|p:1001"),
    ("880", "6:100-01/$1|a:ナツメ, ソウセキ"),
    ("880", "6:100-01/(B|a:Natsume, Soseki"),
    ("880", "6:245-02/(B|a:Wagahai wa neko de aru"),
    ("880", "6:245-02/$1|a:ワガハイ ワ ネコ デ アル"),
)


@dataclass(frozen=True)
class Ended:
    """How the command ended: exit status, what it said at the end, and what it printed."""

    status: int
    error: str
    output: str


def field(tag: str, text: str, indicators: str = "  ") -> Field:
    """Return a field of `code:value` pairs between bars; a control field of the text itself."""
    if tag < "010":
        return Field(tag, data=text)
    pairs = (part.partition(":") for part in text.split("|"))
    return Field(tag, Indicators(*indicators), [Subfield(code, value) for code, _, value in pairs])


def record(
    number: str | None = "S1",
    *fields: tuple[str, ...],
    title: str | None = "題名",
    leader: str = "00000nam a2200000 i 4500",
    fixed: str = "",
) -> Record:
    """Return a record; `fixed` is its 008 from position 18 on."""
    made = Record()
    made.leader = Leader(leader)
    if number is not None:
        made.add_field(field("001", number))
    if fixed:
        made.add_field(field("008", f"{'':6}s2003    ja {fixed}"))
    if title is not None and not any(one[0] == "245" for one in fields):
        made.add_field(field("245", f"a:{title}"))
    for one in fields:
        made.add_field(field(*one))
    return made


def iso(*records: Record) -> bytes:
    return b"".join(one.as_marc() for one in records)


def xml(*records: Record) -> bytes:
    return XML.format("".join(record_to_xml(one).decode() for one in records)).encode()


def branch(code: str = "main") -> Branch:
    return Branch.objects.get_or_create(
        code=code, defaults={"name": f"{code}館", "name_en": f"{code} library"}
    )[0]


def with_items(number: str, *items: str, place: str = "main", **options) -> Record:
    """Return a record with items of these numbers."""
    fields = [("852", f"b:{place}|h:913|p:{item}") for item in items]
    return record(number, *fields, **options)


class Import:
    """Imports files, and keeps what was told of them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "records.mrc"
        self.items = folder / "items.csv"
        self.told: list[tuple[str, Finding]] = []

    def __call__(self, *records: Record | bytes, items: str | None = None, **options) -> Imported:
        self.path.write_bytes(
            b"".join(one if isinstance(one, bytes) else iso(one) for one in records)
        )
        if items is not None:
            self.items.write_text(items, encoding="utf-8")
            options["items_path"] = self.items
        self.told = []
        return import_catalog(path=self.path, report=self._tell, **options)

    def _tell(self, kind: str, finding: Finding) -> None:
        assert KINDS[kind]
        assert REASONS[finding.code]
        self.told.append((kind, finding))

    def reasons(self) -> list[tuple[str, int, str, str]]:
        return [(kind, one.position, one.control_number, one.code) for kind, one in self.told]


def counts(imported: Imported) -> dict[str, int]:
    """Return the counts that are not 0."""
    return {name: count for name, count in imported.counts.items() if count}


def run(path: Path, *arguments: object, stderr: TextIO | None = None) -> Ended:
    """Run `import_catalog` in this process."""
    output = io.StringIO()
    try:
        call_command(
            "import_catalog",
            str(path),
            *map(str, arguments),
            stdout=output,
            stderr=stderr or io.StringIO(),
        )
    except CommandError as error:
        return Ended(error.returncode, str(error), output.getvalue())
    return Ended(0, "", output.getvalue())
