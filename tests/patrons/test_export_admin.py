"""What staff see before and after an export."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from patrons.models import Patron, PatronExport
from patrons.services import change_contact
from patrons.transfer.columns import load_mapping
from patrons.transfer.exporting import export_to_folder
from patrons.transfer.importing import import_patrons
from tests.patrons.people import imported_patron

LIST = "/admin/patrons/patron/"
FILES = "/admin/patrons/patronexport/"


@pytest.fixture
def staff(db) -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.create_superuser(username="staff", password="not used here"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def state(client: Client) -> str:
    """The list's column of the only patron."""
    return re.search(r"field-state[^>]*>([^<]*)<", client.get(LIST).content.decode())[1]


def export(folder) -> None:
    export_to_folder(
        folder=folder,
        patrons=Patron.objects.to_be_exported(),
        encoding="cp932",
        mapping=load_mapping(),
    )


def returned(folder) -> None:
    """Import the file that was written last, as the library system hands its own out."""
    path = max(folder.glob("patrons-*.csv"))
    assert import_patrons(path=path, mapping=load_mapping()).done


def test_a_registration_is_shown_as_unknown_to_the_library_system_until_a_file_of_it_comes_back(
    staff, patron, tmp_path
):
    assert state(staff) == "貸出システム未反映"
    assert "貸出システム未反映" in staff.get(f"{LIST}{patron.pk}/change/").content.decode()
    assert '<a href="?exported=no">貸出システム未反映</a>' in staff.get(LIST).content.decode()
    export(tmp_path)
    assert state(staff) == "貸出システム未反映（書き出し済み）"
    assert staff.get(LIST, {"exported": "no"}).context["cl"].result_count == 1
    returned(tmp_path)
    assert state(staff) == "反映済み"
    assert staff.get(LIST, {"exported": "no"}).context["cl"].result_count == 0
    assert staff.get(LIST, {"exported": "yes"}).context["cl"].result_count == 1
    change_contact(patron=patron, phone="0970000001", email=patron.email, contact_method="none")
    assert state(staff) == "反映後に変更あり"
    export(tmp_path)
    assert state(staff) == "反映済み"


def test_chosen_patrons_are_sent_again_and_the_log_says_who_decided(staff, patron, tmp_path):
    other = imported_patron()
    export(tmp_path)
    page = staff.post(LIST, {"action": "send_again", "_selected_action": [patron.pk]}, follow=True)
    assert "1件を貸出システム未反映に戻しました。" in page.content.decode()
    assert Patron.objects.not_exported().get() == patron
    assert Patron.objects.to_be_exported().get() == patron
    assert other.exported_at != Patron.objects.get(pk=other.pk).exported_at
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id) == ("staff", str(patron.pk))
    assert "もう一度送る" in entry.get_change_message()


def test_more_than_the_list_shows_are_not_sent_again_at_once(staff, patron, monkeypatch):
    monkeypatch.setattr("patrons.admin.MOST_LISTED", 1)
    imported_patron()
    Patron.objects.update(exported_at=timezone.now())
    page = staff.post(
        LIST,
        {"action": "send_again", "_selected_action": [patron.pk], "select_across": "1"},
        follow=True,
    )
    assert "一度に選べるのは1件までです。" in page.content.decode()
    assert not Patron.objects.not_exported().exists()


def test_the_files_are_listed_and_cannot_be_changed(staff, patron, tmp_path):
    imported_patron(name="𠮷田 José")
    export(tmp_path)
    record = PatronExport.objects.get()
    page = staff.get(FILES).content.decode()
    assert record.file_name in page
    assert re.findall(r'field-(?:patrons|marked|reported)">(\d+)<', page) == ["2", "2", "1"]
    assert staff.get(f"{FILES}{record.pk}/change/").status_code == 200
    for address in (f"{FILES}add/", f"{FILES}{record.pk}/delete/"):
        assert staff.post(address).status_code == 403
    assert staff.post(f"{FILES}{record.pk}/change/", {"patrons": "9"}).status_code == 403
