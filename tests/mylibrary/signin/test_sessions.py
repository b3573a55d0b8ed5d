"""ログイン中の端末, time-outs as a patron meets them, and nothing of one person for the next."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts import throttle
from accounts.models import Session
from accounts.sessions import SessionStore
from accounts.tasks import delete_ended_logins
from mylibrary import session as mylibrary
from patrons.models import IdentityLink, Patron
from patrons.privacy_notice import CURRENT
from registration import session as registration
from tests.mylibrary.conftest import CARD, CHOOSE, EDIT, LOGIN, MENU, PASSWORD, PROFILE, SESSIONS
from tests.mylibrary.mails import edit
from tests.mylibrary.mynumber.cards import LOGIN_OFFER, counter_patron, logged_in_as
from tests.patrons.people import imported_patron, set_own_password
from tests.registration.support import (
    FORM,
    HANAKO,
    RESULT,
    draft_of,
    identify,
    registered,
    text,
)

pytestmark = pytest.mark.django_db

LOGOUT = "/mylibrary/logout/"
EXTEND = "/mylibrary/session/extend/"
END = f"{SESSIONS}end/"
END_OTHERS = f"{SESSIONS}end-others/"
END_ALL = f"{SESSIONS}end-all/"
FINISH = "/registration/finish/"
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
)
# The proof is the login of the one who is here now.
AUTH_ONLY = {"_auth_user_id", "_auth_user_backend", "_auth_user_hash", mylibrary.AUTHENTICATED_AT}
NOBODYS = "6f1e2d3c-0000-4000-8000-000000000000"
ENDED = {
    "timed-out": "時間が過ぎたため、ログアウトしました",
    "elsewhere": "ほかの画面や端末でログアウトしたか",
}


@pytest.fixture
def phone(member, log_in) -> Client:
    """An iPhone on which 大分 太郎 is logged in too."""
    browser = Client(headers={"User-Agent": IPHONE})
    log_in(browser, member.number)
    return browser


@pytest.fixture
def other(db):
    """別府 花子, another patron, with the same password."""
    patron = imported_patron()
    set_own_password(patron=patron, password=PASSWORD)
    return patron


def age(client: Client, *, seen: timedelta | None = None, logged_in: timedelta | None = None):
    times = {"last_seen_at": seen, "logged_in_at": logged_in}
    now = timezone.now()
    changes = {name: now - time for name, time in times.items() if time is not None}
    assert Session.objects.filter(pk=key_of(client)).update(**changes) == 1


def key_of(client: Client) -> str:
    return client.cookies["sessionid"].value


def is_logged_in(client: Client) -> bool:
    return client.get(MENU).status_code == 200


# -- Time-outs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ends", [{"seen": IDLE}, {"logged_in": ABSOLUTE}])
@pytest.mark.parametrize("path", [CARD, PROFILE, f"{PROFILE}?refused=other", SESSIONS])
def test_a_login_whose_time_is_over_leads_to_the_login_and_back(
    at_home, member, log_in, ends, path
):
    old = key_of(at_home)
    age(at_home, **ends)
    answer = at_home.get(path)
    page = text(at_home.get(answer.url))
    assert ENDED["timed-out"] in page
    for secret in (member.number, member.name, member.email, member.phone):
        assert secret not in page
    named = re.search(r'name="next" value="([^"]*)"', page)
    assert named
    assert log_in(at_home, member.number, next=named[1]).url == path
    assert key_of(at_home) != old


def test_the_browser_is_told_to_drop_the_key(at_home):
    age(at_home, seen=IDLE)
    answer = at_home.get(CARD)
    assert answer.cookies["sessionid"]["max-age"] == 0
    assert "no-store" in answer.headers["Cache-Control"]
    assert not Session.objects.exists()


def test_the_page_says_it_after_the_worker_has_cleaned_up_too(at_home):
    age(at_home, seen=IDLE)
    delete_ended_logins(timestamp=0)
    assert not Session.objects.exists()
    answer = at_home.get(CARD)
    assert answer.url == f"{LOGIN}?next={CARD}&ended=elsewhere"
    assert ENDED["elsewhere"] in text(at_home.get(answer.url))


@pytest.mark.parametrize("ended", ["", "other", "<script>", "x" * 5000])
def test_the_login_page_says_nothing_without_a_reason(client, db, ended):
    page = text(client.get(LOGIN, {"ended": ended}))
    assert "ログアウトしました" not in page
    assert "<script>" not in page
    assert "ended=" not in client.get(CARD).url


def test_the_note_is_gone_once_somebody_tries_to_log_in(client, member, log_in):
    page = client.post(f"{LOGIN}?ended=timed-out", {"username": member.number, "password": "no"})
    assert page.status_code == 422
    assert ENDED["timed-out"] not in text(page)


def test_a_form_that_comes_too_late_changes_nothing(at_home, member):
    age(at_home, seen=IDLE)
    answer = at_home.post(EDIT, {"phone": "0975000000", "email": "", "contact_method": "none"})
    assert answer.url.startswith(f"{LOGIN}?next={EDIT}&ended=")
    member.refresh_from_db()
    assert member.phone == "0970000000"


def test_use_keeps_a_login_alive_up_to_its_absolute_end(at_home):
    for hours in range(1, 12):
        age(at_home, seen=IDLE - timedelta(minutes=1), logged_in=timedelta(hours=hours))
        assert is_logged_in(at_home)
    age(at_home, logged_in=ABSOLUTE)
    assert not is_logged_in(at_home)


def test_a_registration_is_not_shortened_by_the_idle_time(client, db, settings):
    settings.SESSION_IDLE_MINUTES = 5
    settings.REGISTRATION_DRAFT_MINUTES = 60
    draft = identify(client)
    age(client, seen=timedelta(minutes=55))
    assert draft.name in text(client.get(FORM))
    assert draft_of(client) == draft


def test_a_registration_outlives_the_login_beside_which_it_was_begun(at_home, member):
    draft = identify(at_home, HANAKO)
    age(at_home, seen=IDLE)
    assert at_home.get(CARD).url.endswith("ended=timed-out")
    assert logged_in_as(at_home) is None
    page = text(at_home.get(FORM))
    assert draft.name in page
    assert member.number not in page


def test_an_identification_outlives_the_login_beside_which_it_was_begun(
    at_home, identity_service, settings
):
    settings.SESSION_IDLE_MINUTES = 5
    way_back = identity_service.approve(
        identity_service.start(at_home, {"purpose": "registration"}), card="oita-hanako"
    )
    age(at_home, seen=timedelta(minutes=20))
    answer = at_home.get(way_back[way_back.index("/myna/callback/") :])
    assert answer.url == FORM
    assert logged_in_as(at_home) is None
    assert draft_of(at_home).is_identified


def test_a_card_read_for_a_login_that_is_over_by_then_is_linked_to_nobody(
    at_home, identity_service
):
    way_back = identity_service.approve(identity_service.start(at_home, {"purpose": "link"}))
    age(at_home, seen=IDLE)
    IdentityLink.objects.all().delete()
    answer = at_home.get(way_back[way_back.index("/myna/callback/") :])
    assert at_home.get(answer.url).url == f"{LOGIN}?next={PROFILE}"
    assert not IdentityLink.objects.exists()


# -- 続ける ---------------------------------------------------------------------------------------


def test_a_page_says_how_long_its_login_lasts_and_costs_no_query_more(at_home):
    age(at_home, logged_in=timedelta(hours=11))
    shown = re.search(
        r'id="session" data-login="([0-9a-f-]{36})" data-idle="(\d+)" data-absolute="(\d+)"',
        text(at_home.get(CARD)),
    )
    assert shown
    assert shown[1] == str(Session.objects.get().login_id)
    assert 29 * 60 < int(shown[2]) <= 30 * 60
    assert 59 * 60 < int(shown[3]) <= 60 * 60


def test_going_on_extends_the_login_and_tells_the_time(at_home):
    age(at_home, seen=timedelta(minutes=29), logged_in=timedelta(hours=11))
    answer = at_home.post(EXTEND)
    assert answer.json()["idle"] == 30 * 60
    assert 59 * 60 < answer.json()["absolute"] <= 60 * 60
    assert "no-store" in answer.headers["Cache-Control"]
    assert timezone.now() - Session.objects.get().last_seen_at < timedelta(seconds=10)


def test_going_on_needs_the_button_the_token_and_a_login(at_home, client, member):
    assert at_home.get(EXTEND).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member.user, "patrons.backends.PatronBackend")
    assert strict.post(EXTEND).status_code == 403
    age(at_home, seen=IDLE)
    assert at_home.post(EXTEND).status_code == 302
    assert Client().post(EXTEND).status_code == 302


# -- ログイン中の端末 ------------------------------------------------------------------------------


def test_the_list_shows_every_login_of_this_patron_alone(at_home, phone, other, log_in):
    log_in(Client(headers={"User-Agent": "Firefox/143.0"}), other.number)
    page = text(at_home.get(SESSIONS))
    names = re.findall(r'<h2 class="logins__name">([^<]*)(<strong[^>]*>この端末)?', page)
    assert [(name.strip(), bool(own)) for name, own in names] == [
        ("iPhoneのSafari", False),
        ("種類のわからない端末", True),
    ]
    assert "Firefox" not in page
    own = re.search(
        r'<h2 class="logins__name">\s*iPhoneのSafari\s*<strong', text(phone.get(SESSIONS))
    )
    assert own


def test_the_list_shows_neither_keys_nor_headers_nor_addresses(at_home, phone):
    page = text(at_home.get(SESSIONS))
    for session in Session.objects.all():
        assert session.pk not in page
    for secret in (IPHONE, "Mozilla", "18.6", "127.0.0.1"):
        assert secret not in page
        assert not Session.objects.filter(browser__contains=secret).exists()


def test_the_list_shows_times_and_leaves_out_what_is_over(at_home, phone, member):
    day = timezone.now().astimezone(timezone.get_default_timezone())
    age(phone, seen=IDLE)
    page = text(at_home.get(SESSIONS))
    assert page.count("ログインした日時") == 1
    assert f"{day.year}年{day.month}月{day.day}日" in page
    assert "iPhone" not in page
    assert "ほかの端末をすべてログアウト" not in page
    assert "すべての端末からログアウト</button>" in page


def test_one_device_is_logged_out(at_home, phone, member):
    page = text(at_home.get(SESSIONS))
    sent = re.findall(r'name="login" value="([^"]*)"', page)
    assert len(sent) == 1
    assert at_home.post(END, {"login": sent[0]}).url == SESSIONS
    assert "選んだ端末をログアウトしました" in text(at_home.get(SESSIONS))
    assert is_logged_in(at_home)
    answer = phone.get(CARD)
    assert answer.url == f"{LOGIN}?next={CARD}&ended=elsewhere"
    assert ENDED["elsewhere"] in text(phone.get(answer.url))
    at_home.post(END, {"login": sent[0]})
    assert "すでにログアウトしています" in text(at_home.get(SESSIONS))


@pytest.mark.parametrize("sent", ["", "x", "\x00", "1" * 5000, NOBODYS, "😀"])
def test_a_login_that_is_none_is_answered_calmly(at_home, phone, sent):
    assert at_home.post(END, {"login": sent}).url == SESSIONS
    assert Session.objects.count() == 2


def test_nobody_logs_out_somebody_else(at_home, other, log_in):
    theirs = Client()
    log_in(theirs, other.number)
    login_id = Session.objects.get(user=other.user).login_id
    at_home.post(END, {"login": login_id})
    at_home.post(END_OTHERS)
    at_home.post(END_ALL)
    assert is_logged_in(theirs)
    assert not is_logged_in(at_home)


def test_the_own_device_can_be_named_too(at_home, phone):
    own = Session.objects.get(pk=key_of(at_home)).login_id
    assert "ログアウトしました" in text(at_home.post(END, {"login": own}))
    assert is_logged_in(phone)
    assert Session.objects.count() == 1


def test_every_other_device_is_logged_out(at_home, phone):
    assert at_home.post(END_OTHERS).url == SESSIONS
    assert "ほかの端末をすべてログアウトしました" in text(at_home.get(SESSIONS))
    assert not is_logged_in(phone)
    assert is_logged_in(at_home)


def test_every_device_is_logged_out(at_home, phone):
    answer = at_home.post(END_ALL)
    assert "ログアウトしました" in text(answer)
    assert not Session.objects.exists()
    assert not is_logged_in(phone)
    assert not is_logged_in(at_home)


@pytest.mark.parametrize("address", [END, END_OTHERS, END_ALL])
def test_the_buttons_have_to_be_pressed_and_carry_the_token(at_home, phone, member, address):
    assert at_home.get(address).url == SESSIONS
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member.user, "patrons.backends.PatronBackend")
    login_id = Session.objects.get(pk=key_of(phone)).login_id
    assert strict.post(address, {"login": login_id}).status_code == 403
    assert is_logged_in(phone)
    assert Client().post(address).url.startswith(LOGIN)


def test_a_device_logged_out_in_the_middle_of_a_request_stays_out(at_home, member):
    store = SessionStore(key_of(at_home))
    store["thing"] = 1
    at_home.post(END_ALL)
    request = at_home.get(LOGIN).wsgi_request
    request.session = store
    with pytest.raises(SessionInterrupted):
        SessionMiddleware(lambda _: HttpResponse()).process_response(request, HttpResponse())
    assert not Session.objects.exists()


def test_a_new_password_ends_the_other_logins_at_once(at_home, phone, member):
    fields = {
        "password": PASSWORD,
        "new_password": "blue-mountain-river",
        "new_password_again": "blue-mountain-river",
    }
    before = Session.objects.get(pk=key_of(at_home)).login_id
    assert at_home.post(CHOOSE, fields).status_code == 302
    assert [session.login_id for session in Session.objects.all()] == [before]
    assert is_logged_in(at_home)
    assert phone.get(CARD).url.endswith("ended=elsewhere")


# -- Rotation, logout, and who comes next ---------------------------------------------------------


def test_a_key_planted_before_the_login_is_dead_afterwards(member, log_in):
    attacker = Client()
    identify(attacker)
    planted = key_of(attacker)
    victim = Client()
    victim.cookies["sessionid"] = planted
    assert log_in(victim, member.number).status_code == 302
    assert key_of(victim) != planted
    assert is_logged_in(victim)
    assert not is_logged_in(attacker)
    assert SessionStore(planted).load() == {}
    assert Session.objects.get().pk == key_of(victim)


@pytest.mark.parametrize("card", [False, True])
def test_every_way_in_gives_a_new_key(client, identity_service, log_in, card):
    patron = counter_patron("oita-taro")
    set_own_password(patron=patron, password=PASSWORD)
    identity_service.start(client, {"purpose": "login"})
    planted = key_of(client)
    if card:
        identity_service.sign_in(client, purpose="login")
        client.post(LOGIN_OFFER)
    else:
        log_in(client, patron.number)
    assert logged_in_as(client) == patron.number
    assert not Session.objects.filter(pk=planted).exists()


def test_logging_in_again_gives_a_new_key_and_a_new_login(at_home, member, log_in):
    before = Session.objects.get()
    log_in(at_home, member.number)
    after = Session.objects.get()
    assert (after.pk != before.pk, after.login_id != before.login_id) == (True, True)


def test_logout_needs_the_post_and_deletes_the_row(at_home):
    at_home.get(LOGOUT)
    assert is_logged_in(at_home)
    answer = at_home.post(LOGOUT)
    assert not Session.objects.exists()
    assert answer.cookies["sessionid"]["max-age"] == 0
    assert "no-store" in answer.headers["Cache-Control"]
    assert "Clear-Site-Data" not in answer.headers


def test_finishing_on_a_shared_computer_leaves_nothing_behind(at_home, log_in):
    registered(at_home, HANAKO)
    assert throttle.DEVICE_COOKIE in at_home.cookies
    answer = at_home.post(FINISH)
    assert not Session.objects.exists()
    for cookie in ("sessionid", throttle.DEVICE_COOKIE):
        assert answer.cookies[cookie]["max-age"] == 0
    assert not is_logged_in(at_home)
    assert at_home.get(RESULT).url == FORM


def test_finishing_at_a_desk_leaves_staff_known_and_no_patron(django_user_model, settings):
    settings.FIRST_LOGIN_CONFIRMATION = True
    django_user_model.objects.create_superuser("librarian", PASSWORD)
    desk = Client()
    desk.post("/admin/login/", {"username": "librarian", "password": PASSWORD})
    patron = registered(desk, HANAKO).patron
    desk.get(RESULT)
    accounts = [("staff", "librarian"), ("patron", patron.number)]
    assert known(desk, accounts) == [True, True]
    desk.post(FINISH)
    assert known(desk, accounts) == [True, False]
    assert not is_logged_in(desk)


def known(browser: Client, accounts: list[tuple[str, str]]) -> list[bool]:
    request = RequestFactory().get("/")
    request.COOKIES = {name: morsel.value for name, morsel in browser.cookies.items()}
    return [throttle.is_known(request, kind=kind, identifier=name) for kind, name in accounts]


def plant(client: Client, patron: Patron) -> None:
    """Leave everything of My Library's in a browser's session that somebody can have left."""
    left = {
        mylibrary.RETURN_PATH: PROFILE,
        mylibrary.PRIVACY_NOTICE: CURRENT.version,
        mylibrary.LINK_OFFER: str(uuid4()),
        mylibrary.RECOVERY: [patron.pk, timezone.now().timestamp()],
        mylibrary.STRONG_LOGIN: True,
        mylibrary.AUTHENTICATED_AT: timezone.now().timestamp(),
        mylibrary.MYNUMBER_READ_AT: timezone.now().timestamp(),
        mylibrary.RESET_KEY: "key",
        mylibrary.CONFIRMING: [patron.pk, timezone.now().timestamp()],
        mylibrary.SCANNED_CODE: str(uuid4()),
        mylibrary.CONFIRMED_LINK: "hash",
        mylibrary.REGISTERING: str(uuid4()),
        mylibrary.RENEWED: [[1, "done"]],
        mylibrary.PLACED: [[1, "done"]],
    }
    session = client.session
    session.update(left)
    session.save()
    assert set(left) == set(mylibrary.KEYS)


def test_every_key_of_the_session_is_forgotten_with_the_others():
    keys = [value for name, value in vars(mylibrary).items() if str(value).startswith("mylibrary_")]
    assert sorted(keys) == sorted(mylibrary.KEYS)


def test_what_was_begun_without_a_login_is_not_there_for_who_logs_in(client, member, other, log_in):
    plant(client, member)
    log_in(client, other.number)
    assert logged_in_as(client) == other.number
    assert set(client.session.keys()) == AUTH_ONLY


@pytest.mark.parametrize("logs_out", [True, False])
def test_nothing_of_one_person_is_there_for_the_next(
    client, member, other, identity_service, log_in, logs_out
):
    # 大分 太郎 leaves behind whatever can be left: a message, an offer, a draft, a way to go on.
    counter_patron("usuki")
    log_in(client, member.number)
    identify(client, HANAKO)
    plant(client, member)
    edit(client, {"phone": "0975", "email": member.email, "contact_method": "none"})
    edit(client, {"phone": "0975112233", "email": member.email, "contact_method": "none"})
    assert [str(message) for message in get_messages(client.get(LOGIN).wsgi_request)]
    if logs_out:
        client.post(LOGOUT)
        assert not client.session.keys()

    log_in(client, other.number)

    assert set(client.session.keys()) == AUTH_ONLY
    assert Session.objects.count() == 1
    pages = [text(client.get(path)) for path in (MENU, PROFILE, EDIT, CARD, SESSIONS, FORM)]
    for secret in (member.number, "太郎", "0975112233", member.email, HANAKO.name, "変更しました"):
        assert not [page for page in pages if secret in page]
    assert not registration.draft_id(client.get(FORM).wsgi_request)
    assert client.get(LOGIN_OFFER).url == MENU
    assert client.get("/mylibrary/password/reset/number/").url == MENU
    assert other.name in pages[1]
