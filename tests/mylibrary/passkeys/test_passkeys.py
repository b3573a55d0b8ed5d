"""パスキー: adding, naming and removing them, and who hears of it."""

import pytest
from django.db import IntegrityError, connection
from django.test import Client

from accounts.models import Passkey
from accounts.relying_party import MAXIMUM_PASSKEYS, begin_registration
from accounts.scripts import LATE, TOO_MANY
from mylibrary.passkeys.forms import suggested_name
from mylibrary.passkeys.services import add_passkey
from mylibrary.passkeys.views import NOT_ADDED
from notices.models import Notice
from tests.accounts.authenticator import Authenticator
from tests.mylibrary.conftest import BIRTH_DATE, CHOOSE, LOGIN, MENU, PASSWORD
from tests.mylibrary.passkeys.passkeys import ADD, OPTIONS, PASSKEYS, add, asked_for, send
from tests.patrons.people import imported_patron, set_own_password

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"


def text(response) -> str:
    return response.content.decode()


def alerts() -> list[str]:
    return list(Notice.objects.filter(kind="security").values_list("subject", flat=True))


@pytest.fixture
def passkey(at_home) -> Passkey:
    """大分 太郎's passkey, called iPhone."""
    assert add(at_home, Authenticator()).status_code == 200
    return Passkey.objects.get()


@pytest.fixture
def others_passkey(db, log_in) -> Passkey:
    """A passkey of somebody else."""
    stranger = imported_patron()
    set_own_password(patron=stranger, password=PASSWORD)
    browser = Client()
    log_in(browser, stranger.number)
    assert add(browser, Authenticator(), "別府のiPhone").status_code == 200
    return Passkey.objects.get(user__patron=stranger)


def test_menu_leads_to_the_passkeys(at_home):
    assert f'href="{PASSKEYS}"' in text(at_home.get(MENU))


def test_passkey_is_added_listed_and_told(at_home, member, passkey):
    assert (passkey.user, passkey.name) == (member.user, "iPhone")
    assert alerts() == ["【大分市民図書館】パスキーが追加されました"]
    page = text(at_home.get(PASSKEYS))
    assert "パスキー「iPhone」を追加しました" in page
    assert "まだ使っていません" in page
    assert "追加した端末だけで使えます" in page


def test_several_passkeys_are_kept_apart(at_home, member):
    for name in ("iPhone", "Mac", "鍵"):
        assert add(at_home, Authenticator(), name).status_code == 200
    assert [passkey.name for passkey in member.user.passkeys.all()] == ["iPhone", "Mac", "鍵"]
    excluded = asked_for(at_home, OPTIONS, name="もう一つ")["excludeCredentials"]
    assert len(excluded) == 3


def test_device_shows_the_number_and_no_name(at_home, member):
    user = asked_for(at_home, OPTIONS, name="iPhone")["user"]
    assert (user["name"], user["displayName"]) == (member.number, member.number)
    assert member.number not in user["id"]


def test_name_is_suggested_from_the_browser(at_home, passkey):
    page = text(at_home.get(PASSKEYS, headers={"User-Agent": IPHONE}))
    assert 'value="iPhone 2"' in page


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (IPHONE, "iPhone"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9)", "Androidの端末"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Windowsのパソコン"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)", "Chromebook"),
        ("", "わたしの端末"),
    ],
)
def test_suggested_names(agent, name):
    assert suggested_name(agent, ()) == name
    assert suggested_name(agent, {name, f"{name} 2"}) == f"{name} 3"


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("", "パスキーの名前を入力してください。"),
        ("　 ", "パスキーの名前を入力してください。"),
        ("あ" * 41, "パスキーの名前は、40文字までにしてください。"),
        ("a\u2028b", "使えない文字が入っています。別の名前にしてください。"),
        ("a\x00b", "使えない文字が入っています。別の名前にしてください。"),
    ],
)
def test_name_is_asked_for_before_the_device_is(at_home, name, asked):
    for address in (OPTIONS, ADD):
        answer = send(at_home, address, {"name": name, "response": {}})
        assert answer.status_code == 422
        assert asked in answer.json()["message"]
    assert "accounts_challenges_registration" not in at_home.session


def test_a_response_counts_once(at_home, member):
    response = Authenticator().create(asked_for(at_home, OPTIONS, name="iPhone"))
    assert send(at_home, ADD, {"name": "iPhone", "response": response}).status_code == 200
    Passkey.objects.all().delete()
    answer = send(at_home, ADD, {"name": "iPhone", "response": response})
    assert (answer.status_code, answer.json()["message"]) == (422, LATE)
    assert not Passkey.objects.exists()


def test_a_login_challenge_adds_no_passkey(at_home):
    options = asked_for(at_home, OPTIONS, name="iPhone")
    options["challenge"] = asked_for(at_home, "/mylibrary/login/passkey/options/")["challenge"]
    response = Authenticator().create(options)
    assert send(at_home, ADD, {"name": "iPhone", "response": response}).json()["message"] == LATE


def test_passkey_of_somebody_else_is_not_added(at_home, others_passkey):
    thief = Authenticator(credential_id=bytes(others_passkey.credential_id))
    answer = add(at_home, thief)
    assert (answer.status_code, answer.json()["message"]) == (422, NOT_ADDED)
    assert Passkey.objects.get() == others_passkey
    assert len(alerts()) == 1


def test_number_of_passkeys_is_limited(at_home, member):
    options = asked_for(at_home, OPTIONS, name="iPhone")
    for number in range(MAXIMUM_PASSKEYS):
        assert add(at_home, Authenticator(), f"鍵{number}").status_code == 200
    late = {"name": "iPhone", "response": Authenticator().create(options)}
    for address, sent in ((OPTIONS, {"name": "iPhone"}), (ADD, late)):
        answer = send(at_home, address, sent)
        assert (answer.status_code, answer.json()["message"]) == (409, TOO_MANY)
    page = text(at_home.get(PASSKEYS))
    assert 'id="passkey-add"' not in page
    assert "10個まで追加できます" in page


def test_passkey_gets_another_name(at_home, passkey):
    address = f"{PASSKEYS}{passkey.pk}/rename/"
    assert 'value="iPhone"' in text(at_home.get(address))
    assert at_home.post(address, {"name": " 母の電話 "}).url == PASSKEYS
    passkey.refresh_from_db()
    assert passkey.name == "母の電話"
    page = at_home.post(address, {"name": ""})
    assert page.status_code == 422
    assert "パスキーの名前を入力してください" in text(page)
    assert len(alerts()) == 1


def test_name_is_text_and_nothing_else(at_home, passkey):
    address = f"{PASSKEYS}{passkey.pk}/rename/"
    at_home.post(address, {"name": "<b>\"'&"})
    for page in (PASSKEYS, address, f"{PASSKEYS}{passkey.pk}/remove/"):
        assert "<b>" not in text(at_home.get(page))


def test_passkey_is_removed_once_it_is_confirmed(at_home, passkey):
    address = f"{PASSKEYS}{passkey.pk}/remove/"
    assert "iPhone" in text(at_home.get(address))
    assert Passkey.objects.exists()
    assert at_home.post(address).url == PASSKEYS
    assert not Passkey.objects.exists()
    assert alerts()[0] == "【大分市民図書館】パスキーが削除されました"
    page = text(at_home.get(PASSKEYS))
    assert "パスキー「iPhone」を削除しました" in page
    # The browser hears that the handle has none left.
    assert "&quot;allAcceptedCredentialIds&quot;: []" in page
    assert at_home.post(address).status_code == 404
    assert len(alerts()) == 2


@pytest.mark.parametrize("page", ["rename", "remove"])
@pytest.mark.parametrize("number", ["other's", 0, 10**30])
def test_passkeys_of_others_are_not_there(at_home, others_passkey, page, number):
    number = others_passkey.pk if number == "other's" else number
    address = f"{PASSKEYS}{number}/{page}/"
    assert at_home.get(address).status_code == 404
    assert at_home.post(address, {"name": "mine"}).status_code == 404
    others_passkey.refresh_from_db()
    assert others_passkey.name == "別府のiPhone"


def test_birth_date_alone_adds_no_passkey(client, patron, log_in):
    log_in(client, patron.number, BIRTH_DATE)
    assert client.get(PASSKEYS).url == f"{CHOOSE}?next=%2Fmylibrary%2Fpasskeys%2F"
    for address in (OPTIONS, ADD):
        assert send(client, address, {"name": "iPhone"}).status_code == 302


@pytest.mark.parametrize("address", [PASSKEYS, OPTIONS, ADD])
def test_strangers_have_to_log_in(client, db, address):
    assert send(client, address, {"name": "iPhone"}).url.startswith(LOGIN)


@pytest.mark.parametrize("address", [OPTIONS, ADD])
def test_adding_needs_a_post_and_the_token(at_home, member, address):
    assert at_home.get(address).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = at_home.cookies
    assert send(strict, address, {"name": "iPhone"}).status_code == 403


def test_nothing_is_stored_by_browsers_or_proxies(at_home, passkey):
    for address in (PASSKEYS, f"{PASSKEYS}{passkey.pk}/remove/", f"{PASSKEYS}{passkey.pk}/rename/"):
        assert "no-store" in at_home.get(address)["Cache-Control"]
    assert "no-store" in send(at_home, OPTIONS, {"name": "x"})["Cache-Control"]


def test_passkey_and_message_are_stored_together_or_not_at_all(member):
    options = begin_registration(user=member.user, user_name=member.number)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE notices_notice ADD CHECK (false) NOT VALID")
    with pytest.raises(IntegrityError):
        add_passkey(
            patron=member,
            response=Authenticator().create(options),
            challenge=options["challenge"],
            name="iPhone",
        )
    assert not Passkey.objects.exists()
