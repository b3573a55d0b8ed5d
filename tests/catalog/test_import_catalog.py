"""What an import makes of the catalogue: records, items, and what is left as it was."""

import random
from datetime import UTC, datetime
from threading import Event

import mrrc
import pytest
from django.db import connection, transaction

from audit.models import Record as AuditRecord
from bench.catalog_import import BRANCHES, write_marc
from catalog.importing import merging
from catalog.importing.items import FileRefused
from catalog.importing.loading import ImportRunning
from catalog.models import GramQuery, Item, Material, Record
from catalog.search.folding import fold, phrase
from tests.catalog.marc_files import NEKO, branch, counts, iso, record, with_items, xml
from tests.patrons.threads import together

DELETED = "00000dam a2200000 i 4500"
HEADERS = "control_number,number,branch,shelf,call_number,state,material\n"


def stored() -> list[dict]:
    return [*Record.objects.order_by("pk").values(), *Item.objects.order_by("pk").values()]


def numbers() -> dict[str, list[str]]:
    """Return the numbers of the items by the control number of their record."""
    found: dict[str, list[str]] = {}
    for item in Item.objects.select_related("record").order_by("number"):
        found.setdefault(item.record.control_number, []).append(item.number)
    return found


def found_by(text: str, weight: str = "") -> list[str]:
    query = GramQuery(phrase(fold(text), weight))
    return list(Record.objects.filter(grams=query).values_list("control_number", flat=True))


@pytest.mark.parametrize("form", [iso, xml])
def test_a_record_and_its_item(take_over, form):
    imported = take_over(form(record("S1", *NEKO)))
    assert imported.done
    assert counts(imported) == {"records": 1, "inserted": 1, "items_inserted": 1}
    neko = Record.objects.get()
    assert (neko.title, neko.title_reading) == ("吾輩は猫である", "ワガハイ ワ ネコ デ アル")
    assert neko.contributors == [{"name": "夏目漱石", "reading": "ナツメ ソウセキ", "role": "著"}]
    assert (neko.publisher, neko.year, neko.extent) == ("新潮社", 2003, "610p ; 16cm")
    assert (neko.isbns, neko.subjects) == (["9784101010014"], ["小説--日本"])
    assert neko.title_key == "吾輩ハ猫デアル"
    item = neko.items.get()
    assert (item.number, item.branch.code, item.state) == ("1001", "main", "on_shelf")
    assert (item.shelf, item.call_number, item.material) == ("文庫", "913.6 ナ", "")
    for text in ("わがはいわねこ", "夏目 漱石", "なつめそうせき", "新潮"):
        assert found_by(text) == ["S1"]
    assert found_by("夏目漱石", "B") == ["S1"]
    row = AuditRecord.objects.get()
    assert (row.event, row.count, row.actor_kind) == ("catalog_imported", 1, "command")


def test_another_reader_counts_as_many(take_over, tmp_path):
    write_marc(tmp_path / "records", 60)
    told = (tmp_path / "records").read_bytes()
    for code in BRANCHES:
        branch(code)
    counted = list(mrrc.MARCReader(told))
    items = sum(len(one.get_fields("852")) for one in counted)
    assert counts(take_over(told)) == {
        "records": len(counted),
        "inserted": len(counted),
        "items_inserted": items,
    }
    assert {one["245"]["a"] for one in counted} == {one.title for one in Record.objects.all()}


def test_the_same_file_again_changes_nothing(take_over):
    made = record("S1", *NEKO), with_items("S2", "2", "3")
    take_over(*made)
    before = stored()
    again = take_over(*made)
    assert counts(again) == {"records": 2, "unchanged": 2, "items_unchanged": 3}
    assert stored() == before


def test_what_changed_is_taken_over_by_control_number(take_over):
    take_over(record("S1", title="前"), record("S2", title="同じ"))
    before = {one.control_number: one for one in Record.objects.all()}
    imported = take_over(record("S1", title="後"), record("S2", title="同じ"), record("S3"))
    assert counts(imported) == {"records": 3, "inserted": 1, "updated": 1, "unchanged": 1}
    one, two = (Record.objects.get(control_number=number) for number in ("S1", "S2"))
    assert (one.pk, one.title, one.title_key) == (before["S1"].pk, "後", "後")
    assert found_by("前") == []
    assert one.added_at == before["S1"].added_at
    assert one.updated_at > before["S1"].updated_at
    assert two.updated_at == before["S2"].updated_at


def test_keys_of_another_folding_are_renewed_and_nobody_is_told(take_over):
    take_over(record("S1"))
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    Record.objects.update(title_key="古い", updated_at=moment)
    assert counts(take_over(record("S1"))) == {"records": 1, "unchanged": 1}
    assert (Record.objects.get().title_key, Record.objects.get().updated_at) == ("題名", moment)


def test_a_deleted_record_stays_as_a_row_without_items_and_can_come_back(take_over):
    take_over(with_items("S1", "1"), with_items("S2", "2"))
    imported = take_over(record("S1", leader=DELETED), record("S9", leader=DELETED))
    assert counts(imported) == {"records": 2, "deleted": 1, "unchanged": 1, "items_gone": 1}
    gone = Record.objects.get(control_number="S1")
    assert gone.deleted_at == gone.updated_at
    assert gone.title == "題名"
    assert numbers() == {"S2": ["2"]}
    assert counts(take_over(record("S1", leader=DELETED))) == {"records": 1, "unchanged": 1}
    back = take_over(with_items("S1", "1"))
    assert counts(back) == {"records": 1, "updated": 1, "items_inserted": 1}
    returned = Record.objects.get(control_number="S1")
    assert (returned.deleted_at, returned.pk) == (None, gone.pk)
    assert returned.added_at == returned.updated_at > gone.updated_at


def test_a_deleted_record_has_no_items_whatever_another_file_says(take_over):
    take_over(with_items("S1", "1", "2", "3"), with_items("S2", "4"))
    lines = "S1,1,main,,,,\nS1,2,nowhere,,,,\nS2,3,main,,,,\nS2,4,nowhere,,,,\n"
    imported = take_over(record("S1", leader=DELETED), items=HEADERS + lines)
    # What another record has now goes there.
    assert (imported.counts["items_gone"], imported.counts["items_updated"]) == (2, 1)
    assert numbers() == {"S2": ["3", "4"]}


def test_of_a_record_that_stands_twice_the_last_is_taken(take_over):
    imported = take_over(
        with_items("S1", "1", "2", title="前"), record("S2"), with_items("S1", "2", title="後")
    )
    assert counts(imported) == {**{"records": 3, "inserted": 2, "earlier": 1, "items_inserted": 1}}
    assert take_over.reasons() == [("earlier", 1, "S1", "earlier")]
    assert Record.objects.get(control_number="S1").title == "後"
    assert numbers() == {"S1": ["2"]}


def test_a_record_that_is_deleted_further_down_is_deleted(take_over):
    imported = take_over(with_items("S1", "1"), record("S1", leader=DELETED))
    assert counts(imported) == {"records": 2, "earlier": 1, "unchanged": 1}
    assert stored() == []


def test_rejected_records_are_told_and_the_others_taken(take_over):
    take_over(record("S1", title="前"))
    broken = iso(record("S1", title="後")).replace("後".encode(), b"\xff\xff\xff")
    imported = take_over(
        record("S0"), broken, record("S3", title=None), record(None), b"12345", record("S4")
    )
    assert counts(imported) == {"records": 5, "inserted": 1, "rejected": 4}
    assert take_over.reasons() == [
        ("rejected", 2, "S1", "bad_utf8"),
        ("rejected", 3, "S3", "no_title"),
        ("rejected", 4, "", "no_control_number"),
        ("rejected", 5, "", "broken"),
    ]
    assert Record.objects.get(control_number="S1").title == "前"


def test_where_every_record_is_rejected_nothing_is_done(take_over):
    imported = take_over(record(None), record("S1", title=None))
    assert (imported.done, imported.is_useless) == (False, True)
    assert not AuditRecord.objects.exists()


def test_a_dry_run_counts_the_same_and_changes_nothing(take_over):
    take_over(with_items("S1", "1", "2"), with_items("S2", "3"), record("S3"))
    before = stored()
    later = (
        with_items("S1", "1", "4", title="後"),
        record("S2", leader=DELETED),
        with_items("S4", "5", "1"),
        record("S5", title=None),
    )
    dry = take_over(*later, dry_run=True)
    assert not dry.done
    told = take_over.reasons()
    assert stored() == before
    assert AuditRecord.objects.count() == 1
    wet = take_over(*later)
    assert (counts(wet), take_over.reasons()) == (counts(dry), told)
    assert counts(wet) == {
        **{"records": 4, "inserted": 1, "updated": 1, "deleted": 1, "rejected": 1},
        **{"items_inserted": 2, "items_unchanged": 1, "items_gone": 2, "items_rejected": 1},
    }
    assert numbers() == {"S1": ["1", "4"], "S4": ["5"]}


def test_items_follow_the_file(take_over):
    branch("east")
    take_over(with_items("S1", "1", "2", "3"), with_items("S2", "4"))
    Item.objects.filter(number="2").update(state="on_loan")
    imported = take_over(with_items("S1", "1"), with_items("S2", "2", "4", place="east"))
    assert counts(imported) == {
        **{"records": 2, "unchanged": 2},
        **{"items_unchanged": 1, "items_updated": 2, "items_gone": 1},
    }
    assert numbers() == {"S1": ["1"], "S2": ["2", "4"]}
    moved = Item.objects.get(number="2")
    # A file that does not tell the state leaves it.
    assert (moved.branch.code, moved.state) == ("east", "on_loan")


def test_a_record_whose_items_the_file_lacks_has_none_if_the_file_tells_items(take_over):
    take_over(with_items("S1", "1"), with_items("S2", "2"))
    assert counts(take_over(record("S1"), with_items("S2", "2")))["items_gone"] == 1
    # A file of records alone says nothing of items.
    assert "items_gone" not in counts(take_over(record("S1"), record("S2")))
    assert numbers() == {"S2": ["2"]}


def test_items_of_another_library_say_nothing_of_ours(take_over):
    take_over(with_items("S1", "1"), with_items("S2", "2"), with_items("S3", "3", "4"))
    foreign = record("S1", ("852", "a:JTNDL|b:NDL"))
    assert counts(take_over(foreign, record("S2"))) == {
        **{"records": 2, "unchanged": 2, "items_rejected": 1}
    }
    mixed = record("S3", ("852", "a:JTNDL|b:NDL"), ("852", "b:main|h:913|p:3"))
    assert counts(take_over(foreign, record("S2"), mixed))["items_gone"] == 2
    assert numbers() == {"S1": ["1"], "S3": ["3"]}


def test_a_line_of_items_that_cannot_be_taken_takes_none_away(take_over):
    take_over(with_items("S1", "1", "2"), with_items("S2", "3", "4"))
    lines = "S1,9,nowhere,,,,\nS2,3,main,,913,,\nS2,4,main,\t\x01,,,\n"
    assert "items_gone" not in counts(take_over(record("S1"), items=HEADERS + lines))
    assert numbers() == {"S1": ["1", "2"], "S2": ["3", "4"]}


@pytest.mark.parametrize(("stored", "gone"), [(210, 21), (209, 21), (20, 20), (21, 21)])
def test_more_than_a_tenth_of_the_items_goes_only_where_that_is_meant(take_over, stored, gone):
    kept = [f"K{number}" for number in range(stored - gone)] or ["new"]
    take_over(with_items("S1", *map(str, range(gone))), with_items("S2", *kept))
    later = record("S1"), with_items("S2", *kept, title="後")
    is_refused = gone > 20 and gone * 10 > stored
    imported = take_over(*later)
    assert (imported.loses_items, imported.done) == (is_refused, not is_refused)
    assert ("S1" in numbers()) is is_refused
    assert Record.objects.filter(title="後").exists() is not is_refused
    assert take_over(*later, may_lose_items=True).done
    assert set(numbers()) == {"S2"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("b:nowhere|p:1", "branch"),
        ("p:1", "branch"),
        ("b:main", "item_number"),
        ("b:main|p:" + "1" * 41, "item_number"),
    ],
)
def test_an_item_that_cannot_be_taken_is_told_and_its_record_is_taken(take_over, fields, code):
    imported = take_over(record("S1", ("852", fields)))
    assert counts(imported) == {"records": 1, "inserted": 1, "items_rejected": 1}
    assert take_over.reasons() == [("item", 1, "S1", code)]


def test_an_item_that_cannot_be_taken_keeps_what_is_stored(take_over):
    take_over(with_items("S1", "1", "2"))
    imported = take_over(record("S1", ("852", "b:nowhere|p:1"), ("852", "b:main|h:913|p:2")))
    assert counts(imported) == {
        **{"records": 1, "unchanged": 1, "items_unchanged": 1, "items_rejected": 1}
    }
    assert numbers() == {"S1": ["1", "2"]}


def test_of_an_item_that_stands_twice_the_first_is_taken(take_over):
    imported = take_over(with_items("S1", "1", "1"), with_items("S2", "1"))
    assert counts(imported)["items_rejected"] == 2
    assert take_over.reasons() == [("item", 1, "S1", "item_twice"), ("item", 2, "S2", "item_twice")]
    assert numbers() == {"S1": ["1"]}


def test_items_of_a_file_of_their_own(take_over):
    take_over(record("S0"), record("S7"))
    lines = [
        "S1,1,main,開架,913,貸出中,大活字本",
        "S0,2,main,,,,",
        "S1,3,nowhere,,,,",
        "S1,4,main,,,こわれた,",
        "S1,5,main,,,,石板",
        "S9,6,main,,,,",
        "S1,7,main",
        "S1,1,main,,,,",
        "S7,8,main,,,,",
        f"S1,9,main,{'長' * 200},,館内のみ,braille",
        "S1,\0,main,,,,",
    ]
    made = with_items("S1", "99"), record("S7", leader=DELETED)
    imported = take_over(*made, items=HEADERS + "\n".join(lines) + "\n")
    assert counts(imported) == {
        **{"records": 2, "inserted": 1, "deleted": 1},
        **{"items_inserted": 3, "items_rejected": 8},
    }
    assert sorted(take_over.reasons(), key=lambda one: one[1]) == [
        ("item", 4, "S1", "branch"),
        ("item", 5, "S1", "state"),
        ("item", 6, "S1", "material"),
        ("item", 7, "S9", "no_record"),
        ("item", 8, "", "columns"),
        ("item", 9, "S1", "item_twice"),
        ("item", 10, "S7", "no_record"),
        ("shortened", 11, "S1", "shortened"),
        ("item", 12, "S1", "control_characters"),
    ]
    assert numbers() == {"S0": ["2"], "S1": ["1", "9"]}
    one = Item.objects.get(number="1")
    assert (one.state, one.material, one.shelf) == ("on_loan", Material.LARGE_PRINT, "開架")
    assert Item.objects.get(number="9").shelf == "長" * 100


def test_a_file_of_items_leaves_records_that_it_does_not_name(take_over):
    take_over(with_items("S1", "1", "2"), with_items("S2", "3"))
    imported = take_over(record("S1"), record("S2"), items=f"{HEADERS}S1,1,main,,,,\n")
    assert counts(imported)["items_gone"] == 1
    assert numbers() == {"S1": ["1"], "S2": ["3"]}


def test_columns_that_a_file_of_items_lacks_stay(take_over):
    told = Item.objects.values_list("branch__code", "shelf", "call_number", "state", "material")
    take_over(record("S1"), items=f"{HEADERS}S1,1,main,開架,913,貸出中,大活字本\n")
    few = "control_number,number,branch\nS1,1,main\nS1,2,main\n"
    imported = take_over(record("S1"), items=few)
    assert (imported.counts["items_unchanged"], imported.counts["items_inserted"]) == (1, 1)
    branch("east")
    take_over(record("S1"), items=few.replace("1,main", "1,east"))
    assert told.get(number="1") == ("east", "開架", "913", "on_loan", "large_print")
    assert told.get(number="2") == ("main", "", "", "on_shelf", "")
    # A cell that is there and empty says that there is none.
    take_over(record("S1"), items="control_number,number,branch,shelf\nS1,1,east,\n")
    assert told.get(number="1") == ("east", "", "913", "on_loan", "large_print")


@pytest.mark.parametrize(
    ("data", "items", "code"),
    [
        (b"", None, "empty"),
        ("書名\n".encode(), None, "not_marc"),
        (xml(record("S1"), record("S2"))[:-20], None, "bad_xml"),
        (iso(record("S1")), "", "items_empty"),
        (iso(record("S1")), "number\n", "columns"),
        (iso(record("S1")), f'{HEADERS}S1,1,main,,,,\nS1,2,"main', "bad_csv"),
    ],
)
def test_a_refused_file_changes_nothing(take_over, data, items, code):
    take_over(with_items("S1", "1", title="前"))
    before = stored()
    with pytest.raises(FileRefused) as raised:
        take_over(data, items=items)
    assert raised.value.code == code
    assert stored() == before


def test_the_longest_and_strangest_texts_are_stored(take_over):
    wide = "".join(map(chr, range(0x20000, 0x20000 + 4000)))
    made = record(
        "S1",
        ("245", f"a:{wide}\0\x1b\u202e"),
        ("490", f"a:{wide}"),
        ("520", "a:" + "\ufdfa" * 4000),
        *(("700", f"a:{number}{wide[:600]}") for number in range(300)),
        *(("653", f"a:{number}{wide[number : number + 600]}") for number in range(300)),
    )
    imported = take_over(xml(made).replace(b"\0", b"").replace(b"\x1b", b""))
    assert counts(imported) == {"records": 1, "inserted": 1}
    assert {one.code for _, one in take_over.told} == {"shortened"}
    stored_record = Record.objects.get()
    assert stored_record.title == wide
    assert len(stored_record.series) == 500
    assert take_over(iso(record("S2", ("245", "a:猫\0\x1b犬")))).counts["inserted"] == 1
    assert Record.objects.get(control_number="S2").title == "猫犬"


def test_mutated_files_are_imported_or_refused_and_never_half(take_over):
    chance = random.Random(11)
    good = iso(record("S1", *NEKO), *(with_items(f"S{n}", f"{n}") for n in range(2, 6)))
    for _ in range(60):
        data = bytearray(good)
        for _ in range(chance.choice((1, 3, 30))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        before = stored()
        try:
            imported = take_over(bytes(data))
        except FileRefused:
            assert stored() == before
            continue
        told = imported.counts
        assert told["records"] == sum(
            told[name]
            for name in ("inserted", "updated", "unchanged", "deleted", "rejected", "earlier")
        )
        assert told["rejected"] == len([kind for kind, _ in take_over.told if kind == "rejected"])
        if not imported.done:
            assert stored() == before


def test_two_imports_at_once_are_one_too_many(take_over):
    begun, refused = Event(), Event()

    def first():
        def wait(step: str, share: float) -> None:
            begun.set()
            assert refused.wait(30)

        return take_over(record("S1"), progress=wait).done

    def second():
        assert begun.wait(30)
        try:
            take_over(record("S1"), dry_run=True)
        except ImportRunning:
            return "refused"
        finally:
            refused.set()

    assert together([first, second]) == [True, "refused"]
    assert Record.objects.count() == 1


def _indexes() -> list[tuple[str, str]]:
    """Return what is built after a first import: the indexes, and the items' foreign keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes"
            " WHERE tablename IN ('catalog_record', 'catalog_item')"
            " UNION SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = 'catalog_item'::regclass AND convalidated"
        )
        return sorted(cursor.fetchall())


@pytest.mark.parametrize("is_read", [False, True])
def test_a_first_import_builds_the_indexes_anew(take_over, monkeypatch, is_read):
    monkeypatch.setattr(merging, "MIN_ROWS_TO_REBUILD", 10)
    before, steps = _indexes(), []
    made = [record(f"S{number}") for number in range(20)]

    def reader():
        with transaction.atomic():
            Record.objects.exists()
            begun.set()
            assert over.wait(30)

    def importing():
        if is_read:
            assert begun.wait(30)
        try:
            return take_over(*made, progress=lambda step, share: steps.append(step)).done
        finally:
            over.set()

    begun, over = Event(), Event()
    together([importing, reader] if is_read else [importing])
    assert ("index" in steps) is not is_read
    assert _indexes() == before
    assert len(found_by("題名")) == 20
