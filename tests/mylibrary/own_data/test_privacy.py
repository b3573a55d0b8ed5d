"""自分の情報: the page and the file hold all of the patron's own, and nothing else."""

import json
import re
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from accounts.models import Session
from audit.enums import Event
from audit.services import record as audit
from mylibrary.own_data.models import DeclineReason, ErasureRequest
from mylibrary.own_data.services import ask_for_erasure, decline_erasure
from notices.enums import NoticeKind
from notices.models import Notice
from notices.services import send
from patrons import privacy_notice
from patrons.models import IdentityLink, Patron
from registration.application.models import PERSONAL_FORM_COLUMNS, Application
from tests.mylibrary.conftest import BIRTH_DATE, CHOOSE, LOGIN, PASSWORD, PRIVACY
from tests.mylibrary.own_data.own_rows import NEW_EMAIL, one_of_each
from tests.patrons.people import imported_patron, set_own_password
from tests.registration.support import registered

DOWNLOAD = "/mylibrary/privacy/download/"
DOCUMENT = Path(settings.BASE_DIR) / "docs" / "my-data.md"
# Columns of a patron that are in neither, and why.
NOT_TOLD = {
    "id": "a row's key says nothing",
    "user": "a row's key says nothing",
    "name_key": "the name again, folded for comparing",
    "kana_key": "the kana again, folded for comparing",
    "address_key": "the address again, folded for comparing",
    "email_key": "the e-mail again, folded for comparing",
    "namesake_no": "tells that somebody else has the same name and birth date",
    "withdrawn_at": "empty for whoever can log in",
    "erased_at": "empty for whoever can log in",
    "export_pending": "computed from two moments that are told",
}
UNDER_OTHER_NAMES = {
    "kana_outdated": "kana_to_be_confirmed",
    "postal_code_outdated": "postal_code_to_be_confirmed",
    "residency_reason": "residency",
}


def page_of(client: Client) -> str:
    response = client.get(PRIVACY)
    assert response.status_code == 200
    return unescape(response.content.decode())


def data_of(client: Client) -> dict:
    return json.loads(client.post(DOWNLOAD).content)["data"]


@pytest.fixture
def someone(db, client) -> Patron:
    """Somebody with one of everything, logged in with `client`."""
    patron = registered(client).patron
    set_own_password(patron=patron, password=PASSWORD)
    patron.refresh_from_db()
    client.force_login(patron.user, backend="patrons.backends.PatronBackend")
    staff = get_user_model().objects.create_superuser("librarian-sato", PASSWORD)
    erasure = ask_for_erasure(patron=patron)
    decline_erasure(
        request_id=erasure.pk, staff=staff, note="内部のメモ", reason=DeclineReason.ITEMS_OUT
    )
    ask_for_erasure(patron=patron)
    one_of_each(patron)
    audit(Event.REVEALED, patron_id=patron.pk, reason="call", actor=staff)
    return patron


def test_every_column_of_the_record_is_told_or_left_out_for_a_reason(someone, client):
    columns = {field.name for field in Patron._meta.concrete_fields}
    data = data_of(client)
    told = {*data["registration"], *data["verification"], *data["login"]}
    expected = columns - NOT_TOLD.keys()
    assert expected <= told | UNDER_OTHER_NAMES.keys()
    assert set(UNDER_OTHER_NAMES.values()) <= told


def test_the_file_has_what_the_page_has(someone, client):
    page = page_of(client)
    for content in data_of(client).values():
        for record in content if isinstance(content, list) else [content]:
            for value in record.values():
                if isinstance(value, str) and value and not value.isascii():
                    assert value.split("\n")[0] in page


def test_the_values_are_those_of_the_database(someone, client):
    moment = timezone.now().replace(microsecond=0)
    Patron.objects.update(
        confirmed_email="c@example.jp", bounced_email="b@example.jp", moved_out_at=moment
    )
    data = data_of(client)
    record, verification = data["registration"], data["verification"]
    assert record["number"] == someone.number
    assert record["birth_date"] == BIRTH_DATE
    assert (record["confirmed_email"], record["bounced_email"]) == ("c@example.jp", "b@example.jp")
    assert record["exported_at"] is None
    assert record["kana_to_be_confirmed"] is False
    assert verification["municipality"] == "大分市"
    assert verification["moved_out_at"] == timezone.localtime(moment).isoformat()
    assert data["login"]["own_password"] is True
    (application,) = data["applications"]
    assert application["privacy_version"] == privacy_notice.CURRENT.version
    assert [step["state"] for step in application["history"]][-2:] == ["confirmed", "registered"]
    requests = [(one["state"], one["decline_reason"]) for one in data["erasure_requests"]]
    assert requests == [("open", ""), ("declined", "items_out")]
    assert [message["kind"] for message in data["messages"]] == [
        *("erasure", "erasure", "erasure", "registration_received")
    ]
    (session,) = data["sessions"]
    assert session.keys() == {"browser", "started_at", "last_used_at", "ends_at"}
    assert [passkey["name"] for passkey in data["passkeys"]] == ["iPhone"]
    assert [one["last_name_kana"] for one in data["kana_requests"]] == ["オオイダ"]
    assert data["mail_preferences"] == [{"kind": "kana_decided", "wanted": False}]
    assert [one["email"] for one in data["email_confirmations"]] == [NEW_EMAIL]
    assert [one["due"] for one in data["loans"]] == ["2026-12-14"]
    assert [one["keep_until"] for one in data["holds"]] == [None]
    assert [one["lent_on"] for one in data["reading_history"]] == ["2026-11-01"]
    assert [one["until"] for one in data["library_requests"]] == [None]
    assert "2026年12月14日" in page_of(client)


@pytest.mark.parametrize(
    ("since", "ends_in"),
    [
        (timedelta(0), timedelta(minutes=30)),
        (timedelta(hours=11, minutes=50), timedelta(minutes=10)),
    ],
)
def test_a_login_ends_at_the_earlier_of_its_two_ends(someone, client, since, ends_in):
    now = timezone.now().replace(microsecond=0)
    Session.objects.update(last_seen_at=now, logged_in_at=now - since)
    (session,) = data_of(client)["sessions"]
    assert datetime.fromisoformat(session["ends_at"]) == now + ends_in


def test_a_login_whose_time_is_over_is_not_told(someone, client, log_in):
    log_in(Client(), someone.number)
    own = client.cookies["sessionid"].value
    assert len(data_of(client)["sessions"]) == 2
    idle = timezone.now() - timedelta(minutes=30)
    Session.objects.exclude(pk=own).update(last_seen_at=idle)
    assert len(data_of(client)["sessions"]) == 1


def test_moments_are_iso_8601_in_japan(someone, client):
    moment = data_of(client)["registration"]["registered_at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00", moment)
    registered_at = Patron.objects.get().registered_at.replace(microsecond=0)
    assert datetime.fromisoformat(moment) == registered_at


def test_the_file_is_handed_over_and_kept_nowhere(someone, client):
    response = client.post(DOWNLOAD)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json; charset=utf-8"
    day = f"{timezone.localdate():%Y%m%d}"
    assert response["Content-Disposition"] == (
        f'attachment; filename="oita-library-my-data-{day}.json"'
    )
    assert "no-store" in response["Cache-Control"]
    assert "大分　太郎" in response.content.decode()
    document = json.loads(response.content)
    assert (document["format"], document["format_version"]) == ("oita-library-my-data", 1)
    assert document["library"] == "大分市民図書館"
    assert datetime.fromisoformat(document["created_at"])


def test_only_the_button_downloads(someone, client):
    response = client.get(DOWNLOAD)
    assert response.url == PRIVACY
    assert b"registration" not in response.content
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post(DOWNLOAD).status_code == 403


def test_every_key_of_the_file_is_documented_and_no_other(someone, client):
    told = {
        f"{section}.{key}"
        for section, content in data_of(client).items()
        for record in (content if isinstance(content, list) else [content])
        for key in record
    }
    # Emptied as soon as an application closes.
    emptied = ("name", "birth_date", "address", *PERSONAL_FORM_COLUMNS)
    told |= {f"applications.{key}" for key in emptied}
    # Nobody gives titles here.
    told |= {"message_titles.kind", "message_titles.titles"}
    documented = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", DOCUMENT.read_text(), re.M))
    assert documented == told


def test_no_secret_is_told(someone, client):
    link = IdentityLink.objects.get()
    link.subject = "subject-in-full-0123456789"
    link.save()
    secrets = {
        someone.user.password,
        link.subject,
        *Session.objects.values_list("session_key", flat=True),
        *Notice.objects.values_list("message_id", flat=True),
        str(Application.objects.get().pk),
    }
    told = page_of(client) + client.post(DOWNLOAD).content.decode()
    assert "subj…" in told
    for secret in secrets:
        assert secret not in told


def test_nothing_of_other_people_is_told(someone, client):
    other = imported_patron(phone=someone.phone, email=someone.email, name="臼杵 二郎")
    send(
        patron=other,
        kind=NoticeKind.SECURITY,
        subject="ほかの方あて",
        body="本文",
        recipient="x@y.jp",
    )
    send(
        patron=None,
        kind=NoticeKind.REVIEW_FOUND,
        subject="家族あて",
        body="本文",
        recipient=someone.email,
    )
    Application.objects.update(
        duplicate_reason="name_and_birth_date", candidate_ids=[other.pk, 987654]
    )
    Patron.objects.filter(pk=someone.pk).update(namesake_no=7)
    page = client.get(PRIVACY, {"patron": other.pk, "number": other.number})
    told = page.content.decode() + client.post(DOWNLOAD, {"patron": other.pk}).content.decode()
    for stranger in (other.number, other.name, "ほかの方あて", "家族あて", "987654", "duplicate"):
        assert stranger not in told
    # Nor who of the staff did what, nor what they noted.
    for staff in ("librarian-sato", "内部のメモ"):
        assert staff not in told
    assert "namesake" not in told


def test_an_open_application_of_the_same_card_is_told_with_what_it_still_holds(someone, client):
    link = IdentityLink.objects.get()
    Application.objects.create(
        state="review",
        expires_at=timezone.now() + timedelta(days=1),
        review_since=timezone.now(),
        issuer=link.issuer,
        subject=link.subject,
        name="大分　太郎",
        birth_date="19500000",
        phone="0977999999",
    )
    newest, _ = data_of(client)["applications"]
    assert (newest["state"], newest["phone"]) == ("review", "0977999999")
    assert "email" not in newest
    page = page_of(client)
    assert "0977999999" in page
    assert "1950年（月日不詳）" in page


def test_what_people_typed_is_text_on_the_page(at_home, member):
    Patron.objects.update(last_name_kana="<script>alert(1)</script>")
    send(
        patron=member,
        kind=NoticeKind.SECURITY,
        subject="<b>太字</b>",
        body="一行目\n<i>二行目</i>",
        recipient="",
    )
    page = at_home.get(PRIVACY).content.decode()
    assert "<script>alert" not in page
    assert "&lt;b&gt;太字&lt;/b&gt;" in page
    assert "一行目<br>&lt;i&gt;二行目&lt;/i&gt;" in page


def test_the_cost_does_not_grow_with_what_is_held(someone, client, django_assert_num_queries):
    def grow():
        for n in range(5):
            send(patron=someone, kind="security", subject=f"{n}", body="本文", recipient="")
            IdentityLink.objects.create(issuer="i", subject=f"{n}", patron=someone)
            Application.objects.create(
                state="registered", expires_at=timezone.now(), patron=someone,
                registered_at=timezone.now(),
            )  # fmt: skip

    client.get(PRIVACY)
    with django_assert_num_queries(38):
        client.get(PRIVACY)
    grow()
    with django_assert_num_queries(38):
        client.get(PRIVACY)
    assert len(data_of(client)["applications"]) == 6


def test_who_has_nothing_yet_reads_that_there_is_nothing(client, db, log_in):
    patron = imported_patron(email="", phone="")
    set_own_password(patron=patron, password=PASSWORD)
    log_in(client, patron.number)
    page = page_of(client)
    assert page.count("ありません。") == 26
    assert "<dd>なし</dd>" in page
    data = data_of(client)
    assert (data["card_links"], data["messages"], data["applications"]) == ([], [], [])


@pytest.mark.parametrize("path", [PRIVACY, DOWNLOAD])
def test_it_is_the_patrons_own(client, db, member, log_in, path):
    assert client.get(path).url == f"{LOGIN}?next={path}"
    assert client.post(path).url.startswith(LOGIN)
    staff = get_user_model().objects.create_superuser("librarian", PASSWORD)
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(path).status_code == client.post(path).status_code == 403


@pytest.mark.parametrize("path", [PRIVACY, DOWNLOAD])
def test_a_first_login_chooses_a_password_first(client, patron, log_in, path):
    assert log_in(client, patron.number, BIRTH_DATE).url == CHOOSE
    assert client.post(path).url.startswith(CHOOSE)


def test_the_page_is_never_stored(at_home):
    assert "no-store" in at_home.get(PRIVACY)["Cache-Control"]


def test_the_page_says_what_it_leaves_out_and_leads_on(at_home):
    page = page_of(at_home)
    assert "職員が確認した記録" in page
    assert 'href="/mylibrary/privacy/erase/"' in page
    assert 'href="/privacy/"' in page
    assert ErasureRequest.objects.count() == 0
