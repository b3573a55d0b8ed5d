"""2段階認証 of staff: what opens without it, what it takes, and how it is lost and reset."""

import re
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from accounts import throttle
from accounts.models import AuthenticatorApp, Passkey, Session, User
from accounts.relying_party import PasskeyRefusal
from accounts.second_factor import totp
from accounts.second_factor.services import add_app, make_recovery_codes
from accounts.second_factor.session import PROVED
from audit.models import Record
from staff.second_factor.views import LAST, NOT_LOGGED_IN, PROVE_FIRST, WRONG_CODE, WRONG_PASSWORD
from tests.accounts.authenticator import UNLOCKED, USER_PRESENT, Authenticator
from tests.accounts.conftest import PASSWORD
from tests.accounts.leaking import let_pass
from tests.mylibrary.passkeys.passkeys import add as patrons_add
from tests.mylibrary.passkeys.passkeys import asked_for, send
from tests.patrons.people import imported_patron, set_own_password
from tests.staff.pages import EVERY, address_of, list_of, staff_with
from tests.test_public_urls import PUBLIC, addresses

pytestmark = pytest.mark.django_db
LOGIN = reverse("admin:login")
INDEX = reverse("admin:index")
OWN = reverse("admin:second_factor")
CHECK = reverse("admin:second_factor_check")
APP = reverse("admin:second_factor_app")
CODES = reverse("admin:second_factor_codes")
REMOVE = reverse("admin:second_factor_remove")
RESET = reverse("admin:second_factor_reset")
LEAVE = reverse("admin:logout")
OPTIONS = reverse("admin:second_factor_passkey_options")
ADD = reverse("admin:second_factor_passkey_add")
LOGIN_OPTIONS = reverse("admin:passkey_login_options")
LOGIN_PASSKEY = reverse("admin:passkey_login")
TO_SET_UP = {OWN, APP, CODES, OPTIONS, ADD, LEAVE}


@pytest.fixture
def demanded(settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


@pytest.fixture
def secret(staff) -> str:
    """What the app of the member of staff makes its codes of; the code before the current used."""
    made = pyotp.random_base32()
    assert add_app(user=staff, secret=made, typed=code_of(made, -1))
    return made


def code_of(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(timezone.now(), counter_offset=steps)


def log_in(client: Client, username: str = "librarian", next: str = INDEX):
    typed = {"username": username, "password": PASSWORD, "next": next}
    return client.post(LOGIN, typed)


def show(client: Client, code: str, next: str = INDEX):
    return client.post(f"{CHECK}?next={next}", {"code": code})


def is_in(client: Client) -> bool:
    return client.get(INDEX).status_code == 200


def text(response) -> str:
    return response.content.decode()


def recorded(event: str) -> list[str]:
    return list(Record.objects.filter(event=event).order_by("pk").values_list("reason", flat=True))


def add_passkey(client: Client, authenticator: Authenticator, name: str = "鍵"):
    made = authenticator.create(asked_for(client, OPTIONS, name=name))
    return send(client, ADD, {"name": name, "response": made})


def use_passkey(client: Client, authenticator: Authenticator, **sent: object):
    response = authenticator.get(asked_for(client, LOGIN_OPTIONS))
    return send(client, LOGIN_PASSKEY, {"response": response} | sent)


@pytest.mark.parametrize("has_one", [True, False])
def test_nothing_of_the_admin_opens_before(staff, client, demanded, has_one):
    if has_one:
        add_app(user=staff, secret=(made := pyotp.random_base32()), typed=code_of(made))
    log_in(client)
    walked = {a for a in addresses(get_resolver().url_patterns) if a.startswith(INDEX)} - PUBLIC
    assert len(walked) > 50
    open_now = TO_SET_UP - ({OWN, APP, CODES, OPTIONS, ADD} if has_one else set())
    for address in walked - open_now - {CHECK}:
        for answer in (client.get(address), client.post(address)):
            if answer.status_code == 405:
                continue
            assert answer.status_code == 302, address
            assert answer.url.startswith((CHECK, OWN)), address
            assert "no-store" in answer["Cache-Control"], address
    assert not is_in(client)
    assert client.post(LEAVE).status_code == 200
    assert client.get(INDEX).url == f"{LOGIN}?next={INDEX}"


def test_a_code_opens_the_page_that_was_asked_for(staff, client, secret):
    page = reverse("admin:accounts_user_changelist")
    assert log_in(client, next=page).url == page
    asked = client.get(page)
    assert asked.url == f"{CHECK}?next={page}"
    assert client.get(LOGIN, {"next": page}).url == f"{CHECK}?next={page}"
    before = client.session.session_key
    assert throttle.DEVICE_COOKIE not in client.cookies
    code = code_of(secret)
    assert show(client, f" {code[:3]} {code[3:]} ", page).url == page
    assert client.get(page).status_code == 200
    assert client.session.session_key != before
    assert throttle.DEVICE_COOKIE in client.cookies
    assert recorded("second_factor_passed") == ["app"]
    # The last would be looked for among the names of our views.
    for path in ("https://evil.example/", "//evil.example/", "nowhere"):
        assert client.get(CHECK, {"next": path}).url == INDEX


def test_full_width_digits_are_digits(staff, client, secret):
    log_in(client)
    wide = code_of(secret).translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    assert show(client, wide).status_code == 302


def test_a_code_opens_once(staff, secret):
    first, second = Client(), Client()
    for client in (first, second):
        log_in(client)
    code, next_code = code_of(secret), code_of(secret, 1)
    assert show(first, code).status_code == 302
    used = show(second, code)
    assert used.status_code == 422
    assert WRONG_CODE in text(used)
    assert show(second, next_code).status_code == 302
    log_in(first)
    # Not the one before it either.
    assert show(first, code).status_code == 422


def test_every_wrong_code_gets_the_same_answer(staff, client, secret):
    log_in(client)
    stale = code_of(secret, -3)
    wrong = ["000000" if code_of(secret) != "000000" else "111111", stale, "abcd-efgh-jkmn-pqrs"]
    pages = [text(show(client, code)).replace(code, "") for code in wrong]
    assert all(WRONG_CODE in page for page in pages)
    masked = {
        re.sub(r'csrfmiddlewaretoken" value="\w+"|data-(?:idle|absolute)="\d+"', "", page)
        for page in pages
    }
    assert len(masked) == 1
    assert show(client, "").status_code == 422
    assert show(client, "\x00" * 9).status_code == 422
    assert recorded("second_factor_failed") == [""] * 3
    assert not is_in(client)


def test_guessing_is_stopped_and_not_for_the_owners_own_browser(staff, secret):
    owner, guesser = Client(), Client()
    log_in(owner)
    assert show(owner, code_of(secret)).status_code == 302
    owner.post(LEAVE)
    log_in(guesser)
    for _ in range(throttle.CODES.burst):
        assert show(guesser, "12345").status_code == 422
    right = code_of(secret, 1)
    refused = show(guesser, right)
    assert refused.status_code == 429
    assert "10分ほど待ってから" in text(refused)
    log_in(owner)
    assert show(owner, right).status_code == 302
    let_pass(throttle.CODES.interval)
    assert show(guesser, right).status_code == 422


def test_a_recovery_code_opens_once(staff, client, secret):
    codes = make_recovery_codes(user=staff)
    assert len(set(codes)) == 10
    assert not any(
        code.replace("-", "") in str(list(staff.recovery_codes.values())) for code in codes
    )
    log_in(client)
    assert show(client, codes[0].upper()).status_code == 302
    assert "残りは9個です" in text(client.get(INDEX))
    again = Client()
    log_in(again)
    assert show(again, codes[0]).status_code == 422
    newer = make_recovery_codes(user=staff)
    assert show(again, codes[1]).status_code == 422
    assert show(again, newer[1].replace("-", " ")).status_code == 302
    assert recorded("second_factor_passed") == ["recovery_code"] * 2


def test_another_login_asks_again(staff, client, secret):
    log_in(client)
    show(client, code_of(secret))
    assert is_in(client)
    log_in(client)
    assert not is_in(client)


def test_who_has_nothing_sets_it_up_after_the_password(staff, client, demanded):
    log_in(client)
    assert client.get(INDEX, follow=True).redirect_chain[-1][0] == OWN
    page = text(client.get(APP))
    shown = re.search(r'factor__secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    assert "<svg" in page
    assert shown not in str(dict(client.session.items()))
    wrong = client.post(APP, {"code": "12345"})
    assert wrong.status_code == 422
    assert shown in text(wrong).replace(" ", "")
    assert not is_in(client)
    assert client.post(APP, {"code": code_of(shown)}).url == OWN
    assert is_in(client)
    assert shown.encode() not in bytes(AuthenticatorApp.objects.get().sealed_secret)
    again = text(client.get(APP)).replace(" ", "")
    assert shown not in again
    assert "予備コードがありません" in text(client.get(OWN))
    codes = client.post(CODES)
    assert len(re.findall(r"<code>([2-9a-z-]{19})</code>", text(codes))) == 10
    assert "no-store" in codes["Cache-Control"]
    assert client.get(CODES).url == OWN
    assert recorded("second_factor_changed") == ["app_added", "codes_made"]


def test_the_secret_outlives_a_change_of_our_key(staff, client, secret, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, [settings.SECRET_KEY]
    log_in(client)
    assert show(client, code_of(secret)).status_code == 302
    settings.SECRET_KEY_FALLBACKS = []
    assert totp.opened(bytes(AuthenticatorApp.objects.get().sealed_secret)) == secret
    settings.SECRET_KEY = "other" * 12
    log_in(client)
    assert show(client, code_of(secret, 1)).status_code == 422


def test_a_passkey_is_both_factors(staff, client, demanded):
    key, page = Authenticator(), reverse("admin:accounts_user_changelist")
    log_in(client)
    assert add_passkey(client, key).json() == {"next": OWN}
    assert is_in(client)
    browser = Client()
    assert use_passkey(browser, key, next=page).json() == {"next": page}
    assert browser.get(page).status_code == 200
    half = Client()
    log_in(half)
    assert "パスキーでログイン" in text(half.get(CHECK))
    assert use_passkey(half, key, next="//evil.example").json() == {"next": INDEX}
    assert is_in(half)
    assert recorded("staff_login") == ["password", "passkey", "password", "passkey"]
    assert recorded("passkey_added") == [""]


def test_a_passkey_of_nobody_who_may_enter_is_refused(staff, client):
    key = Authenticator()
    log_in(client)
    add_passkey(client, key)

    def refused() -> bool:
        answer = use_passkey(Client(), key)
        return (answer.status_code, answer.json()) == (422, {"message": NOT_LOGGED_IN})

    key.flags = USER_PRESENT
    assert refused()
    key.flags = UNLOCKED
    User.objects.update(is_active=False)
    assert refused()
    User.objects.update(is_active=True)
    staff.set_unusable_password()
    staff.save(update_fields=["password"])
    assert refused()
    patron = imported_patron()
    set_own_password(patron=patron, password=PASSWORD)
    browser, key = Client(), Authenticator()
    browser.post(reverse("mylibrary:login"), {"username": patron.number, "password": PASSWORD})
    assert patrons_add(browser, key).status_code == 200
    assert refused()
    assert set(recorded("passkey_refused")) == {
        PasskeyRefusal.NOT_PROVED,
        PasskeyRefusal.NOT_ACTIVE,
    }


def test_an_open_login_alone_changes_nothing(staff, client, secret):
    log_in(client)
    show(client, code_of(secret))
    session = client.session
    session[PROVED] = [session[PROVED][0], session[PROVED][1] - 601]
    session.save()
    assert client.get(APP).url == OWN
    client.post(CODES)
    client.post(REMOVE, {"what": "app"})
    answer = send(client, OPTIONS, {"name": "鍵"})
    assert (answer.status_code, answer.json()) == (403, {"message": PROVE_FIRST})
    assert staff.has_second_factor
    assert not staff.recovery_codes.exists()
    wrong = client.post(OWN, {"password": "wrong"})
    assert (wrong.status_code, WRONG_PASSWORD in text(wrong)) == (422, True)
    assert client.get(APP).url == OWN
    assert client.post(OWN, {"password": PASSWORD}).url == OWN
    assert client.get(APP).status_code == 200


def test_the_last_one_stays_where_one_is_demanded(staff, client, secret, settings):
    log_in(client)
    show(client, code_of(secret))
    key = Authenticator()
    add_passkey(client, key)
    client.post(CODES)
    settings.SECOND_FACTOR_REQUIRED = True
    client.post(REMOVE, {"what": "app"})
    assert not AuthenticatorApp.objects.exists()
    number = str(Passkey.objects.get().pk)
    assert LAST in text(client.post(REMOVE, {"what": number}, follow=True))
    assert Passkey.objects.exists()
    settings.SECOND_FACTOR_REQUIRED = False
    client.post(REMOVE, {"what": number})
    assert not Passkey.objects.exists()
    assert not staff.recovery_codes.exists()
    for what in ("", "x", "²", "9" * 30):
        assert client.post(REMOVE, {"what": what}).status_code == 302


def test_a_colleague_resets_it(staff, client, secret):
    make_recovery_codes(user=staff)
    log_in(client)
    show(client, code_of(secret))
    chief = Client()
    chief.force_login(
        User.objects.create_superuser("chief"), "django.contrib.auth.backends.ModelBackend"
    )
    sent = {"user": staff.pk, "reason": "lost"}
    for wrong in ({"user": staff.pk}, {"reason": "lost"}, sent | {"reason": "command"}):
        assert chief.post(RESET, wrong).status_code == 422
    assert is_in(client)
    assert chief.post(RESET, sent).url == RESET
    assert not is_in(client)
    assert not Session.objects.logins_of(staff).exists()
    staff.refresh_from_db()
    assert not staff.has_second_factor
    assert not staff.recovery_codes.exists()
    row = Record.objects.get(event="second_factor_reset")
    assert (row.reason, row.object_id) == ("lost", str(staff.pk))
    assert row.actor_id == User.objects.get(username="chief").pk


def test_nobody_resets_the_own_or_what_is_above(staff, client, secret):
    log_in(client)
    show(client, code_of(secret))
    assert client.post(RESET, {"user": staff.pk, "reason": "lost"}).status_code == 422
    viewer = staff_with()
    assert viewer.get(RESET).status_code == 403
    assert recorded("staff_refused") == ["second_factor_reset"]
    User.objects.get(username="viewer").delete()
    keeper = staff_with("accounts.reset_second_factor")
    assert keeper.get(RESET).status_code == 200
    assert keeper.post(RESET, {"user": staff.pk, "reason": "lost"}).status_code == 422
    User.objects.filter(pk=staff.pk).update(is_superuser=False)
    decides = Permission.objects.get(codename="decide_erasurerequest")
    staff.user_permissions.add(decides)
    assert keeper.post(RESET, {"user": staff.pk, "reason": "lost"}).status_code == 422
    staff.user_permissions.clear()
    assert keeper.post(RESET, {"user": staff.pk, "reason": "lost"}).status_code == 302
    assert not staff.has_second_factor


def test_a_command_resets_it_when_nobody_else_can(staff, client, secret, capsys):
    log_in(client)
    show(client, code_of(secret))
    call_command("reset_second_factor", "librarian")
    assert "librarian" in capsys.readouterr().out
    assert not is_in(client)
    assert not staff.has_second_factor
    row = Record.objects.get(event="second_factor_reset")
    assert (row.reason, row.actor_kind) == ("command", "command")
    patron = set_own_password(patron=imported_patron(), password=PASSWORD)
    for nobody in ("nobody", patron.username):
        with pytest.raises(CommandError):
            call_command("reset_second_factor", nobody)


def test_every_page_has_the_button(rows):
    chief = Client()
    user = User.objects.create_superuser("chief")
    chief.force_login(user, "django.contrib.auth.backends.ModelBackend")
    shown = 0
    for page in EVERY:
        row = page.get_queryset(chief.get(list_of(page)).wsgi_request).order_by("pk").first()
        base = address_of(row).removesuffix("change/")
        more = (str(url.pattern).rpartition(">/")[2] for url in page.get_urls())
        for address in (list_of(page), f"{list_of(page)}add/", *(f"{base}{name}" for name in more)):
            answer = chief.get(address)
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                shown += 1
                assert f'method="post" action="{LEAVE}"' in text(answer), address
    assert shown > 40


def test_one_button_ends_the_use_of_a_browser(staff, client):
    log_in(client)
    assert "この端末の利用を終える" in text(client.get(INDEX))
    left = client.post(LEAVE)
    assert left["Clear-Site-Data"] == '"storage"'
    assert not Session.objects.exists()
    assert client.get(INDEX).url == f"{LOGIN}?next={INDEX}"


def test_the_qr_code_is_of_this_account(staff):
    read = urlsplit(totp.address(secret="A" * 32, username=staff.username))
    assert (read.scheme, read.netloc) == ("otpauth", "totp")
    assert read.path.endswith(":librarian")
    assert parse_qs(read.query)["secret"] == ["A" * 32]
