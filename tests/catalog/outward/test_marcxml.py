"""What is written as MARC is read again: by our own import, by mrrc, and by yaz-marcdump."""

import re
import subprocess
from xml.etree import ElementTree

import mrrc
import pytest
from pymarc.marcxml import parse_xml_to_array

from catalog.importing.marc import parse
from catalog.importing.reading import records
from catalog.models import Item, Material, Record
from catalog.outward.marcxml import marc, marcxml
from tests.catalog.outward.peers import needs_yaz
from tests.catalog.shelves import a_record

pytestmark = pytest.mark.django_db
# What is not kept in MARC: when it came, and what only the search reads.
TOLD = (
    *("control_number", "title", "title_reading", "volume", "series", "contributors", "publisher"),
    *("year", "extent", "isbns", "ndc", "subjects", "language", "material", "for_children"),
    "description",
)
SERIALS = {Material.MAGAZINE, Material.NEWSPAPER}


def full(**said) -> Record:
    given = {
        "title_reading": "ワガハイ ワ ネコ デ アル",
        "volume": "上",
        "series": "日本の名作",
        "authors": ["夏目漱石/ナツメ ソウセキ", "岩波書店", "中村不折/ナカムラ フセツ"],
        "publisher": "岩波書店",
        "year": 1990,
        "extent": "300p ; 19cm",
        "isbns": ["9784101010014", "9784003101025"],
        "ndc": "913.6",
        "subjects": ["小説--日本", "猫"],
        "language": "jpn",
        "description": "<猫> & 犬 𩸽",
        "at": ["main", "compal/on_loan"],
    }
    return a_record("吾輩は猫である : C++ &c.", **(given | said))


def file_of(record: Record, tmp_path) -> str:
    path = tmp_path / "records.xml"
    written = ElementTree.tostring(marcxml(record, record.items.order_by("pk")), encoding="unicode")
    path.write_text(f'<collection xmlns="http://www.loc.gov/MARC21/slim">{written}</collection>')
    return path


@pytest.mark.parametrize("material", Material)
@pytest.mark.parametrize("child", [False, True])
def test_our_own_import_reads_every_column_again(tmp_path, material, child):
    # Of what comes in parts, and of maps, MARC has no place for it.
    record = full(material=material, for_children=child and material not in {*SERIALS, "map"})
    (found,) = records(file_of(record, tmp_path))
    parsed = parse(found.record)
    assert {name: getattr(parsed, name) for name in TOLD} == {
        name: getattr(record, name) for name in TOLD
    }
    items = Item.objects.order_by("pk").values_list("number", "branch__code", "state")
    assert [(one["number"], one["branch"], one["state"]) for one in parsed.items] == [
        (number, branch, {"on_shelf": "在架", "on_loan": "貸出中"}[state])
        for number, branch, state in items
    ]


def test_a_bare_record_has_no_empty_fields(tmp_path):
    record = a_record("題名だけ", authors=[], material="other")
    written = marcxml(record)
    assert {one.get("tag") for one in written if one.tag == "datafield"} == {"245", "856"}
    (found,) = records(file_of(record, tmp_path))
    assert parse(found.record).year is None
    assert all(part.text for part in written.iter("subfield"))


def test_others_read_the_same(tmp_path):
    record = full()
    path = file_of(record, tmp_path)
    made = marc(record, record.items.all())
    # As MARC21slim.xsd has it.
    written = marcxml(record)
    leader = "[0-9 ]{5}[0-9A-Za-z ][0-9A-Za-z][0-9A-Za-z ]{3}22[0-9 ]{5}[0-9A-Za-z ]{3}4500"
    assert re.fullmatch(leader, written.findtext("leader"))
    order = [part.tag for part in written]
    assert order == sorted(order, key=["leader", "controlfield", "datafield"].index)
    assert all(re.fullmatch("[0-9a-z ]", one.get("ind1")) for one in written.iter("datafield"))
    fixed = made["008"].data
    assert (len(fixed), fixed[6:15], fixed[35:38]) == (40, "s1990    ", "jpn")
    (by_mrrc,) = mrrc.xml_to_records(path.read_text())
    assert by_mrrc.title.startswith("吾輩は猫である : C++ &c.")
    assert by_mrrc["245"]["6"] == "880-01"
    assert by_mrrc["880"]["a"] == "ワガハイ ワ ネコ デ アル"
    assert len(by_mrrc.get_fields("852")) == 2
    from_iso = mrrc.MARCReader(made.as_marc())
    assert next(iter(from_iso))["245"]["a"] == by_mrrc["245"]["a"]
    assert parse_xml_to_array(str(path))[0].as_marc() == made.as_marc()


@needs_yaz
def test_yaz_reads_the_same(tmp_path):
    command = ["yaz-marcdump", "-i", "marcxml", str(file_of(full(), tmp_path))]
    said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    assert "245 00 $6 880-01 $a 吾輩は猫である : C++ &c. $n 上" in said
    assert "880 00 $6 245-01/$1 $a ワガハイ ワ ネコ デ アル" in said


def test_what_no_xml_can_hold_is_left_out(tmp_path):
    record = a_record("猫\x01と\ufffe犬", description="一行\n二行")
    (found,) = records(file_of(record, tmp_path))
    assert parse(found.record).title == "猫 と 犬"
    assert parse(found.record).description == "一行 二行"
