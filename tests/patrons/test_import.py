"""What becomes of the file's rows beside the stored patrons."""

import csv
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from bench.people import write_csv
from patrons.card_data_services import take_card_data
from patrons.identity_link_services import link_own_card
from patrons.models import Patron
from patrons.residency import RULES
from patrons.services import change_contact
from patrons.transfer.columns import load_mapping
from patrons.transfer.exporting import export_to_folder
from tests.patrons.library_files import ONLINE, counts
from tests.patrons.test_card_data import TARO

pytestmark = pytest.mark.django_db(transaction=True)
MARRIED = {"name": "別府　太郎", "kana": "ベップ　タロウ", "birth_date": "20130720"}


def test_a_new_patron_is_stored_with_keys_and_decision_and_known_to_the_library_system(take_over):
    before = timezone.now()
    imported = take_over({})
    assert (imported.rows, counts(imported), imported.done) == (1, {"inserted": 1}, True)
    patron = Patron.objects.get()
    assert (patron.number, patron.name, patron.name_key) == ("C1", "別府　花子", "別府花子")
    assert (patron.last_name_kana, patron.first_name_kana) == ("ベップ", "ハナコ")
    assert patron.kana_key == "ベツプハナコ"
    assert (patron.birth_date, patron.postal_code) == ("19920402", "8740908")
    assert patron.address == "大分県別府市上野口町1番15号"
    assert (patron.municipality_code, patron.residency_reason) == ("44202", "eligible")
    assert patron.residency_rule_version == RULES.version
    assert (patron.phone, patron.email) == ("0977211111", "hanako@example.jp")
    assert (patron.email_key, patron.contact_method) == ("hanako@example.jp", "email")
    assert patron.registered_via == "import"
    assert before < patron.registered_at == patron.exported_at == patron.updated_at
    assert patron.reflected_at == patron.registered_at
    assert not patron.export_pending
    assert (patron.verified_at, patron.withdrawn_at, patron.user) == (None, None, None)
    assert (patron.first_login_until, patron.moved_out_at) == (None, None)
    assert (patron.kana_outdated, patron.postal_code_outdated) == (False, False)


def test_three_columns_are_enough(take_over):
    take_over({}, columns=("birth_date", "number", "name"))
    patron = Patron.objects.get()
    assert (patron.address, patron.municipality_code, patron.residency_rule_version) == ("",) * 3
    assert (patron.kana_key, patron.email, patron.contact_method) == ("", "", "none")


def test_text_that_means_something_to_copy_is_stored_as_it_is(take_over):
    names = ["\\N", "a\\.b", "\\", "'", '"', "{}", "%s", ",;", "=1+1"]
    rows = [{"number": f"C{n}", "name": name} for n, name in enumerate(names)]
    take_over(*rows)
    stored = Patron.objects.order_by("number").values_list("name", flat=True)
    assert list(stored) == names


def test_the_same_file_again_changes_nothing(take_over):
    rows = [{}, {"number": "C2", "name": "別府　花子"}, {"number": "C3", "status": "退会"}]
    assert counts(take_over(*rows)) == {"inserted": 3, "namesake": 1}
    before = list(Patron.objects.order_by("pk").values())
    assert counts(take_over.again()) == {"unchanged": 3}
    assert list(Patron.objects.order_by("pk").values()) == before


CHANGES = [
    ("name", "別府　華子", {"name": "別府　華子", "name_key": "別府華子"}),
    ("kana", "ベップ　カコ", {"first_name_kana": "カコ", "kana_key": "ベツプカコ"}),
    ("birth_date", "19920403", {"birth_date": "19920403"}),
    ("postal_code", "870-0839", {"postal_code": "8700839"}),
    ("address", "大分県竹田市1", {"address": "大分県竹田市1", "municipality_code": "44208"}),
    ("address", "東京都港区1", {"municipality_code": "", "residency_reason": "not_eligible"}),
    ("address", "", {"municipality_code": "", "residency_rule_version": ""}),
    ("phone", "", {"phone": ""}),
    ("email", "h@example.com", {"email": "h@example.com", "email_key": "h@example.com"}),
    ("contact_method", "電話", {"contact_method": "phone"}),
]


@pytest.mark.parametrize(("field", "value", "stored"), CHANGES)
def test_the_library_system_is_the_master_of_who_has_not_read_the_card(
    take_over, field, value, stored
):
    take_over({})
    before = Patron.objects.values().get()
    assert counts(take_over({field: value})) == {"updated": 1}
    after = Patron.objects.values().get()
    changed = {key for key in after if after[key] != before[key]}
    assert set(stored) | {"updated_at", "exported_at", "synced_at"} <= changed
    assert changed - {"address", "address_key", "residency_reason", "residency_rule_version"} <= (
        set(stored) | {"updated_at", "exported_at", "synced_at", "municipality_code"}
    )
    assert {key: after[key] for key in stored} == stored
    assert before["updated_at"] < after["updated_at"] == after["exported_at"]
    assert counts(take_over.again()) == {"unchanged": 1}


UNUSABLE = {
    "kana": "別府",
    "postal_code": "874",
    "address": "あ" * 401,
    "phone": "097-721-1111/090-0000-0000",
    "email": "hanako@",
}


@pytest.mark.parametrize("field", UNUSABLE)
def test_a_value_that_cannot_be_used_erases_none_that_is_stored(take_over, field):
    take_over({})
    before = Patron.objects.values().get()
    row = {field: UNUSABLE[field]}
    assert counts(take_over(row)) == {"unchanged": 1, "note": 1}
    assert Patron.objects.values().get() == before
    other = {"contact_method": "電話"}
    assert counts(take_over(row | other)) == {"updated": 1, "note": 1}
    after = Patron.objects.values().get()
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {"contact_method", "updated_at", "exported_at", "synced_at"}
    assert counts(take_over.again()) == {"unchanged": 1, "note": 1}


def test_what_cannot_be_used_of_a_new_patron_is_empty(take_over):
    assert counts(take_over(UNUSABLE)) == {"inserted": 1, "note": 5}
    patron = Patron.objects.get()
    assert (patron.kana_key, patron.postal_code, patron.address, patron.address_key) == ("",) * 4
    assert (patron.residency_reason, patron.residency_rule_version) == ("", "")
    assert (patron.phone, patron.email, patron.email_key) == ("", "", "")
    assert counts(take_over.again()) == {"unchanged": 1, "note": 5}
    assert counts(take_over({})) == {"updated": 1}
    assert Patron.objects.get().residency_rule_version == RULES.version


def test_of_who_has_read_the_card_it_erases_none_either(take_over, online):
    row = ONLINE | {"number": online.number, "phone": "0970000009", "email": "hanako@"}
    imported = take_over(row | {"name": "大分　次郎", "kana": "大分"})
    assert counts(imported) == {"updated": 1, "note": 2, "renamed": 1}
    before, email = online.address, online.email
    online.refresh_from_db()
    assert (online.phone, online.email, online.address) == ("0970000009", email, before)


def test_an_unreadable_character_is_told_when_it_is_stored_and_not_of_the_card_s_data(
    take_over, online
):
    card = ONLINE | {"number": online.number, "name": "〓分　太郎", "phone": "0970000009"}
    rows = [{"name": "〓府　花子"}, {"number": "C2", "name": "大分　一", "address": "〓町1"}, card]
    assert counts(take_over(*rows))["look"] == 2
    assert [row[1:] for row in take_over.told if row[0] == "look"] == [
        ("C1", "unreadable"),
        ("C2", "unreadable"),
    ]
    assert Patron.objects.get(number="C1").name == "〓府　花子"
    assert "look" not in counts(take_over.again())
    rows[0] |= {"name": "\ue000府　花子"}
    assert counts(take_over(*rows))["look"] == 1


def test_a_contact_code_that_the_mapping_lacks_stops_the_import(take_over):
    take_over({}, {"number": "C2", "name": "大分　一"})
    imported = take_over({"contact_method": "手紙"}, {"number": "C2", "name": "大分　一"})
    assert (counts(imported), imported.done) == ({"unchanged": 1, "rejected": 1}, False)
    assert take_over.told == [("rejected", "C1", "contact_method")]
    assert Patron.objects.get(number="C1").contact_method == "email"


@pytest.mark.parametrize(
    ("field", "value", "stored"), [change for change in CHANGES if change[0] != "birth_date"]
)
def test_of_who_has_read_the_card_it_tells_how_they_are_reached(
    take_over, online, field, value, stored
):
    row = ONLINE | {"number": online.number, "address": online.address, "postal_code": "8700000"}
    row |= {"phone": online.phone, "email": online.email, "contact_method": "不要"}
    assert counts(take_over(row)) == {"unchanged": 1}
    followed = field in ("phone", "email", "contact_method")
    # Another name with the same kana is another spelling: nobody needs to look at it.
    assert counts(take_over(row | {field: value})) == {"updated" if followed else "unchanged": 1}
    online.refresh_from_db()
    assert all(getattr(online, key) == there for key, there in stored.items()) is followed
    assert online.name == "大分　太郎"


def test_linking_a_card_leaves_the_library_system_the_master_until_the_card_s_data_are_taken(
    take_over,
):
    take_over({})
    card = replace(TARO, name="別府　花子", birth_date="19920402")
    link_own_card(patron=Patron.objects.get(), card=card)
    moved = {"name": "別府　華子", "kana": "ベップ　カコ", "address": "大分県竹田市1"}
    assert counts(take_over(moved)) == {"updated": 1}
    patron = Patron.objects.get()
    assert (patron.name, patron.address) == (moved["name"], moved["address"])
    assert (patron.municipality_code, patron.first_name_kana) == ("44208", "カコ")
    take_card_data(patron=patron, card=card)
    Patron.objects.update(exported_at=timezone.now() + timedelta(seconds=1))
    assert counts(take_over({"name": "別府　一子", "kana": "ベップ　イチコ"})) == {
        "unchanged": 1,
        "renamed": 1,
    }
    assert Patron.objects.get().address == card.address


def test_a_married_patron_who_has_read_the_card_keeps_the_card_s_name_and_stops_nobody(
    take_over, online
):
    imported = take_over(MARRIED | {"number": online.number, "phone": "0970000009"}, {})
    assert counts(imported) == {"inserted": 1, "updated": 1, "renamed": 1}
    assert take_over.told == [("renamed", online.number, "renamed")]
    online.refresh_from_db()
    assert (online.name, online.phone) == ("大分　太郎", "0970000009")
    assert counts(take_over.again()) == {"unchanged": 2, "renamed": 1}


def test_a_name_that_the_library_system_cannot_know_yet_is_not_told(take_over, online):
    Patron.objects.update(exported_at=None)
    row = MARRIED | {"number": online.number, "phone": online.phone, "email": online.email}
    assert counts(take_over(row | {"contact_method": "不要"})) == {"unchanged": 1}


def test_a_spelling_without_kana_is_told_where_the_file_has_no_kana(take_over, online):
    row = ONLINE | {"number": online.number, "name": "〓分　太郎"}
    assert counts(take_over(row, columns=("number", "name", "birth_date"))) == {
        "unchanged": 1,
        "renamed": 1,
    }


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"name": "大分　花子", "kana": "オオイタ　ハナコ"}, "updated"),
        ({"birth_date": "19920403"}, "updated"),
        ({"name": "大分　花子", "birth_date": "19920403"}, "rejected"),
        ({"name": "大分　花子", "birth_date": "19920400"}, "updated"),
        ({"name": "大分　花子", "birth_date": "不明"}, "updated"),
        ({"name": "大分　花子", "birth_date": "19930400"}, "rejected"),
    ],
)
def test_another_name_and_birth_date_is_another_person(take_over, changes, outcome):
    take_over({})
    assert counts(take_over(changes, allowed=lambda rows: 1)) == {outcome: 1}
    kept = Patron.objects.filter(name="別府　花子", birth_date="19920402").exists()
    assert kept is (outcome == "rejected")


@pytest.mark.parametrize("changes", [{}, MARRIED])
def test_another_birth_date_than_the_card_s_is_another_person(take_over, online, changes):
    row = ONLINE | changes | {"number": online.number, "birth_date": "20130721"}
    imported = take_over(row, {})
    assert (counts(imported), imported.too_many) == ({"inserted": 1, "rejected": 1}, True)
    assert take_over.told == [("rejected", online.number, "other_person")]
    assert Patron.objects.get() == online


def test_what_changed_here_and_is_not_exported_is_kept(take_over):
    take_over({})
    patron = Patron.objects.get()
    change_contact(patron=patron, phone="0977000009", email="b@c.jp", contact_method="none")
    assert counts(take_over({})) == {"kept": 1}
    assert take_over.told == [("kept", "C1", "not_exported")]
    patron.refresh_from_db()
    assert (patron.phone, patron.export_pending) == ("0977000009", True)
    same = {"phone": "0977000009", "email": "b@c.jp", "contact_method": "不要"}
    assert counts(take_over(same)) == {"unchanged": 1}


def test_who_withdrew_at_the_counter_is_gone_whatever_changed_here(take_over):
    take_over({}, {"number": "C2", "name": "大分　一"})
    for patron in Patron.objects.all():
        change_contact(patron=patron, phone="0977000009", email="b@c.jp", contact_method="none")
    rows = [{"status": "退会", "address": ""}, {"number": "C2", "name": "大分　一"}]
    assert counts(take_over(*rows)) == {"kept": 2}
    assert take_over.told == [("kept", "C2", "not_exported"), ("kept", "C1", "only_withdrawn")]
    gone, other = Patron.objects.order_by("number")
    assert (gone.phone, gone.address, gone.export_pending) == ("0977000009", other.address, True)
    assert (gone.withdrawn_at is None, other.withdrawn_at) == (False, None)
    assert counts(take_over.again()) == {"kept": 2}
    assert Patron.objects.get(number="C1").withdrawn_at == gone.withdrawn_at


def test_who_comes_back_at_the_counter_is_back_whatever_changed_here(take_over):
    take_over({}, {"number": "C2", "name": "大分　一"})
    for patron in Patron.objects.all():
        change_contact(patron=patron, phone="0977000009", email="b@c.jp", contact_method="none")
    take_over({"status": "退会"}, {"number": "C2", "name": "大分　一", "status": "退会"})
    before = Patron.objects.values().get(number="C1")
    rows = [{"address": ""}, {"number": "C2", "name": "大分　一", "status": "退会"}]
    assert counts(take_over(*rows, dry_run=True)) == {"kept": 2}
    assert not Patron.objects.active().exists()
    assert counts(take_over.again()) == {"kept": 2}
    assert take_over.told == [("kept", "C2", "not_exported"), ("kept", "C1", "only_returned")]
    assert Patron.objects.active().get().number == "C1"
    after = Patron.objects.values().get(number="C1")
    assert {key for key in after if after[key] != before[key]} == {"withdrawn_at", "updated_at"}
    assert (after["export_pending"], before["updated_at"] < after["updated_at"]) == (True, True)
    assert counts(take_over.again()) == {"kept": 2}
    assert take_over.told == [("kept", "C1", "not_exported"), ("kept", "C2", "not_exported")]
    # Without the column nobody comes back.
    take_over({"number": "C2", "name": "大分　一"}, columns=("number", "name", "birth_date"))
    assert Patron.objects.withdrawn().get().number == "C2"


def test_a_return_in_a_file_older_than_the_last_import_is_not_taken_over(take_over):
    now = timezone.now()
    take_over({"status": "退会"}, as_of=now)
    patron = Patron.objects.get()
    change_contact(patron=patron, phone="0977000009", email="b@c.jp", contact_method="none")
    assert counts(take_over({}, as_of=now - timedelta(days=1))) == {"kept": 1}
    assert take_over.told == [("kept", "C1", "file_older")]
    assert not Patron.objects.active().exists()


def test_a_withdrawal_in_a_file_older_than_the_last_import_is_not_taken_over(take_over):
    now = timezone.now()
    take_over({}, as_of=now)
    patron = Patron.objects.get()
    change_contact(patron=patron, phone="0977000009", email="b@c.jp", contact_method="none")
    assert counts(take_over({"status": "退会"}, as_of=now - timedelta(days=1))) == {"kept": 1}
    assert take_over.told == [("kept", "C1", "file_older")]
    assert Patron.objects.active().get().phone == "0977000009"
    assert counts(take_over.again(as_of=now, dry_run=True)) == {"kept": 1}
    assert Patron.objects.active().exists()


@pytest.fixture
def exported(take_over, tmp_path) -> datetime:
    """Change and export who was imported from a file; return the moment before the export."""
    take_over({})
    patron = Patron.objects.get()
    change_contact(patron=patron, phone="0977000009", email="b@c.jp", contact_method="none")
    before = timezone.now()
    export_to_folder(
        folder=tmp_path,
        patrons=Patron.objects.to_be_exported(),
        encoding="utf-8-sig",
        mapping=load_mapping(),
    )
    return before


def test_a_file_older_than_the_export_of_a_change_is_not_followed(take_over, exported):
    assert counts(take_over.again()) == {"kept": 1}
    assert take_over.told == [("kept", "C1", "file_older")]
    # Written behind the change, but before the library system was told.
    assert counts(take_over({}, as_of=exported)) == {"kept": 1}
    patron = Patron.objects.get()
    assert (patron.phone, patron.export_pending) == ("0977000009", False)
    same = {"phone": "0977000009", "email": "b@c.jp", "contact_method": "不要"}
    assert counts(take_over(same, as_of=exported)) == {"unchanged": 1}


def test_a_newer_file_is_followed_and_an_older_one_after_it_is_not(take_over, exported):
    newer = timezone.now()
    assert counts(take_over({"phone": "0977000008"}, as_of=newer)) == {"updated": 1}
    assert counts(take_over({}, as_of=newer - timedelta(seconds=1))) == {"kept": 1}
    assert counts(take_over({"phone": "0977000007"}, as_of=newer)) == {"updated": 1}
    assert Patron.objects.get().phone == "0977000007"


def test_another_name_in_a_file_older_than_the_export_is_not_told(take_over, online):
    now = timezone.now()
    Patron.objects.update(synced_at=now)
    row = MARRIED | {"number": online.number, "phone": online.phone, "email": online.email}
    row |= {"contact_method": "不要"}
    assert counts(take_over(row, as_of=now - timedelta(seconds=1))) == {"unchanged": 1}
    assert counts(take_over(row, as_of=now)) == {"unchanged": 1, "renamed": 1}


def test_a_file_says_by_itself_how_old_it_is(take_over):
    take_over({})
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    os.utime(take_over.path, (moment.timestamp(),) * 2)
    assert take_over.again().as_of == moment
    ahead = timezone.now() + timedelta(days=1)
    os.utime(take_over.path, (ahead.timestamp(),) * 2)
    assert take_over.again().as_of < ahead


def test_a_number_that_stands_twice_belongs_to_nobody(take_over):
    rows = [{}, {"number": "C2"}, {"number": "Ｃ２", "name": "大分　一"}, {"number": "C3"}]
    imported = take_over(*rows)
    assert (imported.too_many, imported.counts["rejected"]) == (True, 2)
    assert [told for told in take_over.told if told[0] == "rejected"] == [
        ("rejected", "C2", "number_twice")
    ] * 2
    assert not Patron.objects.exists()
    assert take_over.again(allowed=lambda rows: rows / 2).done
    assert sorted(Patron.objects.values_list("number", flat=True)) == ["C1", "C3"]


def test_a_number_whose_other_line_is_rejected_belongs_to_nobody_either(take_over):
    good = {"number": "C2", "name": "大分　一"}
    bad = [
        {"birth_date": "19920431"},
        {"number": "Ｃ２", "address": "大分県\x1b別府市"},
        {"number": "C3", "status": "？"},
        {"number": "C4", "name": "大分　二", "birth_date": "?"},
    ]
    imported = take_over(*bad, {}, good, {"number": "C5", "name": "他"}, allowed=lambda rows: 6)
    assert counts(imported) == {"inserted": 1, "rejected": 6}
    told = [(number, code) for kind, number, code in take_over.told if kind == "rejected"]
    assert told == [
        ("C1", "birth_date"),
        ("C2", "control_characters"),
        ("C3", "status"),
        ("C4", "birth_date_form"),
        ("C1", "number_twice"),
        ("C2", "number_twice"),
    ]
    assert Patron.objects.get().number == "C5"


def test_withdrawing_and_coming_back(take_over):
    take_over({})
    assert counts(take_over({"status": "退会"})) == {"updated": 1}
    moment = Patron.objects.get().withdrawn_at
    assert timezone.now() - moment < timedelta(minutes=1)
    assert counts(take_over({"status": "退会", "phone": ""})) == {"updated": 1}
    assert Patron.objects.get().withdrawn_at == moment
    assert counts(take_over({"phone": ""}, columns=("number", "name", "birth_date"))) == {
        "unchanged": 1
    }
    assert counts(take_over({"status": "有効", "phone": ""})) == {"updated": 1}
    assert Patron.objects.get().withdrawn_at is None


def test_a_first_login_is_off_unless_it_is_asked_for(take_over, client):
    take_over({}, {"number": "C2", "name": "大分　花子", "birth_date": "不明"}, first_login_days=30)
    patron = Patron.objects.get(number="C1")
    assert patron.first_login_until == patron.registered_at + timedelta(days=30)
    assert client.login(patron_number="C1", password="19920402")
    assert not client.login(patron_number="C2", password="00000000")
    take_over({"number": "C3", "name": "大分　一"})
    assert not client.login(patron_number="C3", password="19920402")


def test_a_dry_run_says_the_same_and_changes_nothing(take_over):
    take_over({}, {"number": "C2", "name": "大分　一", "phone": ""})
    before = list(Patron.objects.order_by("pk").values())
    rows = [{"phone": ""}, {"number": "C2", "name": "大分　一", "phone": ""}, {"number": "C3"}]
    dry = take_over(*rows, dry_run=True)
    told = take_over.told
    assert not dry.done
    assert list(Patron.objects.order_by("pk").values()) == before
    assert counts(dry) == counts(take_over.again()) | {"updated": 1}
    assert take_over.told == told


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_library_s_worth_of_people_is_taken_over_whole_and_given_back(
    take_over, tmp_path, encoding
):
    write_csv(take_over.path, 2000, encoding=encoding)
    imported = take_over.again()
    assert (imported.rows, imported.counts["inserted"], imported.counts["rejected"]) == (
        2000,
        2000,
        0,
    )
    with take_over.path.open(encoding=encoding, newline="") as lines:
        names = {row["利用者番号"]: row["氏名"] for row in csv.DictReader(lines)}
    assert dict(Patron.objects.values_list("number", "name")) == names
    assert counts(take_over.again())["unchanged"] == 2000
    given = {"patrons": Patron.objects.all(), "mapping": load_mapping(), "mark": False}
    folder, name = take_over.path.parent, take_over.path.name
    export_to_folder(folder=folder, name=name, encoding="utf-8-sig", **given)
    assert counts(take_over.again()) == {"unchanged": 2000}


def test_the_first_file_that_holds_a_number_issued_here_is_noted_once(take_over, online):
    row = ONLINE | {"number": online.number, "phone": online.phone, "email": online.email}
    row |= {"contact_method": "不要"}
    take_over({})
    online.refresh_from_db()
    assert online.reflected_at is None
    before = Patron.objects.values().get(pk=online.pk)
    assert counts(take_over({}, row)) == {"unchanged": 2}
    after = Patron.objects.values().get(pk=online.pk)
    assert after == before | {"reflected_at": after["reflected_at"]}
    assert after["reflected_at"] is not None
    take_over({}, row)
    assert Patron.objects.values().get(pk=online.pk) == after


def test_a_number_that_is_another_person_s_there_is_not_known_there(take_over, online):
    take_over(
        {"number": online.number, "name": "別人", "birth_date": "19500101"},
        {},
        allowed=lambda rows: 1,
    )
    online.refresh_from_db()
    assert online.reflected_at is None
