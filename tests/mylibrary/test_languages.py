"""What a patron reads in the language of a choice: mails, messages, pages, scripts' sentences."""

import json
import re

import pytest
from django.test import Client

from mylibrary.security_notices import SecurityChange, tell_of_change
from notices.delivery import deliver
from notices.models import Notice
from patrons.models import Patron
from tests.mylibrary.conftest import EDIT, LOGIN, MENU, MESSAGES, PASSWORD, PRIVACY, SESSIONS
from tests.mylibrary.mails import ask, confirmed, link_in
from tests.mylibrary.mynumber.cards import linked_patron
from tests.mylibrary.passkeys.passkeys import OPTIONS, send
from tests.notices.sink import html_of, text_of
from tests.registration.support import hidden_fields, registered, text

ENGLISH = {"accept-language": "en-GB,en;q=0.9"}
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0.0.0 Mobile Safari/537.36"
JAPANESE = re.compile(r"[\u3000-\u30ff\u4e00-\u9fff]")


@pytest.fixture
def reader(client) -> Client:
    """A browser that asks for English, in which the language was never chosen."""
    return Client(headers=ENGLISH)


@pytest.fixture
def english(member, reader) -> Patron:
    """大分 太郎, who has chosen English while logged in."""
    reader.post(LOGIN, {"username": member.number, "password": PASSWORD})
    reader.post("/language/", {"language": "en"})
    member.refresh_from_db()
    return member


def mailed(sink) -> list:
    """Send what waits and return all mails that have arrived."""
    for notice in Notice.objects.to_be_sent().order_by("pk"):
        deliver(notice_id=notice.pk)
    return sink.mails


def test_whoever_registers_in_english_is_written_to_in_english(sink, db, reader):
    patron = registered(reader).patron
    assert patron.language == "en"
    (mail,) = mailed(sink)
    assert mail["Subject"].startswith("[Oita Citizens Library] ")
    assert "Library card number" in text_of(mail)
    assert patron.number in text_of(mail)


def test_a_reset_asked_for_in_japanese_is_mailed_in_the_patron_s_language(sink, english, client):
    confirmed(english)
    ask(client, english.number, english.email)
    mail = mailed(sink)[-1]
    assert mail["Subject"].startswith("[Oita Citizens Library] ")
    link = link_in(Notice.objects.order_by("pk").last())
    assert link in text_of(mail)
    assert "only in the mail" not in text_of(mail)


def test_mails_and_messages_follow_the_choice_of_the_moment(sink, english, reader):
    tell_of_change(patron=english, what=SecurityChange.PHONE)
    reader.post("/language/", {"language": "ja"})
    english.refresh_from_db()
    tell_of_change(patron=english, what=SecurityChange.PHONE)
    first, second = mailed(sink)
    assert not JAPANESE.search(first["Subject"] + text_of(first) + html_of(first))
    assert second["Subject"] == "【大分市民図書館】電話番号が変更されました"
    page = text(reader.get(MESSAGES))
    assert "電話番号が変更されました" in page
    assert "[Oita" not in page


def test_somebody_of_an_import_is_written_to_in_japanese(sink, db, patron):
    Patron.objects.update(language="")
    patron.refresh_from_db()
    tell_of_change(patron=patron, what=SecurityChange.CARD)
    assert mailed(sink)[-1]["Subject"].startswith("【大分市民図書館】")


@pytest.mark.django_db
def test_what_is_said_at_a_login_is_in_the_language_that_goes_on(client, identity_service):
    """Here: that there is no own password yet, in a browser that asks for Japanese."""
    linked_patron(identity_service)
    Patron.objects.update(language="en")
    assert identity_service.sign_in(client, purpose="login").url == MENU
    page = text(client.get(MENU))
    assert "You have not chosen a password yet." in page
    assert "パスワードが、まだ決められていません" not in page


def test_logins_are_listed_in_the_language_of_who_reads_the_list(english, client):
    client.post(
        LOGIN, {"username": english.number, "password": PASSWORD}, headers={"user-agent": ANDROID}
    )
    assert "Chrome on Android phone" in text(client.get(SESSIONS))
    client.post("/language/", {"language": "ja"})
    assert "AndroidスマートフォンのChrome" in text(client.get(SESSIONS))


def test_a_script_s_sentence_ends_as_the_language_does(english, reader):
    answer = send(reader, OPTIONS, {"name": ""})
    assert answer.status_code == 422
    assert re.fullmatch(r"[A-Z][ -~]*[a-z]\.", answer.json()["message"])


def test_own_data_have_the_same_keys_in_every_language(english, reader):
    def data() -> dict:
        found = json.loads(reader.post(f"{PRIVACY}download/").content)["data"]
        return {
            key: sorted(content[0] if isinstance(content, list) and content else content)
            for key, content in found.items()
        }

    in_english = data()
    assert "Registered details" in text(reader.get(PRIVACY))
    reader.post("/language/", {"language": "ja"})
    assert data() == in_english


def test_another_language_on_the_profile_s_form_keeps_what_was_typed(member, reader):
    reader.post(LOGIN, {"username": member.number, "password": PASSWORD})
    before = Patron.objects.values().get(pk=member.pk)
    typed = hidden_fields(text(reader.get(EDIT))) | {"phone": "097", "email": "new@oita.co.jp"}
    page = reader.post(EDIT, typed | {"password": "never shown", "language": "ja"})
    assert (page.status_code, page["Content-Language"]) == (200, "ja")
    for value in ("097", "new@oita.co.jp", typed["shown"]):
        assert f'value="{value}"' in text(page)
    assert "never shown" not in text(page)
    assert Patron.objects.values().get(pk=member.pk) == before | {"language": "ja"}
    assert reader.get(MENU)["Content-Language"] == "ja"
