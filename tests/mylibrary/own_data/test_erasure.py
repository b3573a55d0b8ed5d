"""個人情報の消去, as the patron asks for it."""

import html
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from mylibrary import session
from mylibrary.own_data.models import ErasureRequest, ErasureState
from mylibrary.own_data.services import ask_for_erasure, cancel_erasure, confirm_erasure
from notices.models import Notice
from patrons.models import Patron
from tests.accounts.leaking import tries
from tests.identity import follow
from tests.mylibrary.conftest import BIRTH_DATE, CHOOSE, ERASE, LOGIN, PASSWORD, PRIVACY, PROFILE
from tests.mylibrary.mynumber.cards import linked_patron, logged_in_as
from tests.patrons.people import imported_patron, set_own_password

pytestmark = pytest.mark.django_db
CANCEL = "/mylibrary/privacy/erase/cancel/"
ASKED = "個人情報の消去を申し込みました"
WAITING = "個人情報の消去を申し込んでいます"


def page(client: Client, path: str = ERASE) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


@pytest.fixture
def by_card(client, identity_service) -> Patron:
    """大分 太郎 without a password, who has just logged in with the card in `client`."""
    patron = linked_patron(identity_service)
    identity_service.sign_in(client, purpose="login", data={"next": ERASE})
    assert logged_in_as(client) == patron.number
    return patron


def let_time_pass(client: Client, wait: timedelta) -> None:
    stored = client.session
    stored[session.AUTHENTICATED_AT] -= wait.total_seconds()
    stored.save()


def test_the_page_says_what_happens_and_about_whom(at_home, member):
    text = page(at_home)
    assert f"大分　太郎さん（利用者番号 {member.number}）" in text
    for words in (
        "元に戻すことはできません",
        "番号が、ほかの方に使われることはありません",
        "Myライブラリには、ログインできなくなります",
        "借りている資料は、すべて返してください",
        "消去しないもの",
        "取り消すことができます",
    ):
        assert words in text
    assert "no-store" in at_home.get(ERASE)["Cache-Control"]


def test_the_own_password_asks_and_nothing_is_erased_yet(at_home, member):
    answer = at_home.post(ERASE, {"password": PASSWORD})
    assert answer.url == PRIVACY
    erasure = ErasureRequest.objects.get()
    assert (erasure.patron, erasure.state) == (member, ErasureState.OPEN)
    text = page(at_home, PRIVACY)
    assert ASKED in text
    assert WAITING in text
    assert "個人情報の消去を申し込む</a>" not in text
    assert WAITING in page(at_home, PROFILE)
    assert Patron.objects.get().name == "大分　太郎"


def test_the_patron_is_told_so_that_a_stranger_does_not_go_unnoticed(at_home, member):
    at_home.post(ERASE, {"password": PASSWORD})
    notice = Notice.objects.get()
    assert (notice.patron, notice.kind) == (member, "erasure")
    assert notice.recipient == member.email
    assert notice.subject == "【大分市民図書館】個人情報の消去のお申し込みを受け付けました"
    assert f"http://localhost:8000{PRIVACY}" in notice.body
    for personal in (member.name, member.number, member.phone, member.address, "大分　太郎"):
        assert personal not in notice.body + notice.subject


def test_without_an_address_the_message_stays_in_the_inbox(client, log_in):
    patron = imported_patron(email="")
    ask_for_erasure(patron=patron)
    assert Notice.objects.get().recipient == ""


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "パスワードを入力してください"),
        ({"password": ""}, "パスワードを入力してください"),
        ({"password": "wrong-password"}, "パスワードが違います"),
        ({"password": BIRTH_DATE}, "パスワードが違います"),
        ({"password": "😀" * 2000}, "パスワードが違います"),
        ({"password": "\x00"}, "何か文字"),
    ],
)
def test_without_the_password_nothing_happens(at_home, typed, told):
    answer = at_home.post(ERASE, typed)
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "<title>エラー：個人情報の消去" in text
    assert told in text
    assert 'href="#id_password"' in text
    assert not ErasureRequest.objects.exists()


def test_guessing_is_stopped(at_home):
    answers = [at_home.post(ERASE, {"password": "wrong-password"}) for _ in tries(11)]
    assert {answer.status_code for answer in answers[:10]} == {422}
    assert answers[10].status_code == 429
    assert "待ってから、もう一度お試しください" in answers[10].content.decode()
    assert at_home.post(ERASE, {"password": PASSWORD}).status_code == 429
    assert not ErasureRequest.objects.exists()


def test_a_recent_login_by_card_needs_no_password(client, by_card):
    text = page(client)
    assert 'type="password"' not in text
    assert client.post(ERASE).url == PRIVACY
    assert ErasureRequest.objects.get().patron == by_card


def test_a_login_by_card_long_ago_does_not_do(client, by_card):
    let_time_pass(client, session.RECENT - timedelta(seconds=5))
    assert "このまま申し込めます" in page(client)
    let_time_pass(client, timedelta(seconds=10))
    text = page(client)
    # There is no password to ask for: the first one opens nothing as grave as this.
    assert 'type="password"' not in text
    assert "もう一度ログインしてください" in text
    for typed in ({}, {"password": BIRTH_DATE}):
        assert client.post(ERASE, typed).status_code == 200
    assert not ErasureRequest.objects.exists()


def test_the_card_can_be_shown_again_instead_of_the_password(client, log_in, identity_service):
    linked = linked_patron(identity_service, "usuki")
    set_own_password(patron=linked, password=PASSWORD)
    log_in(client, linked.number)
    assert 'type="password"' in page(client)
    assert client.get(ERASE).headers["Content-Security-Policy"].count(identity_service.issuer)
    address = identity_service.start(client, {"purpose": "login", "next": ERASE})
    answer = follow(client, identity_service.approve(address, card="usuki"))
    assert answer.url == ERASE
    assert "このまま申し込めます" in page(client)
    assert client.post(ERASE).url == PRIVACY
    assert ErasureRequest.objects.get().patron == linked


def test_a_password_login_afterwards_forgets_the_card(client, by_card, log_in):
    set_own_password(patron=by_card, password=PASSWORD)
    assert log_in(client, by_card.number).status_code == 302
    assert 'type="password"' in page(client)


def test_a_second_request_is_the_first_one(at_home, member):
    at_home.post(ERASE, {"password": PASSWORD})
    assert at_home.get(ERASE).url == PRIVACY
    assert at_home.post(ERASE, {"password": PASSWORD}).url == PRIVACY
    first = ErasureRequest.objects.get()
    assert ask_for_erasure(patron=member) == first
    assert Notice.objects.count() == 1


def test_the_patron_may_think_better_of_it_and_ask_again(at_home, member):
    at_home.post(ERASE, {"password": PASSWORD})
    assert at_home.get(CANCEL).url == PRIVACY
    assert ErasureRequest.objects.get().state == ErasureState.OPEN
    assert at_home.post(CANCEL).url == PRIVACY
    erasure = ErasureRequest.objects.get()
    assert erasure.state == ErasureState.CANCELLED
    assert timezone.now() - erasure.closed_at < timedelta(minutes=1)
    text = page(at_home, PRIVACY)
    assert "取り消しました" in text
    assert WAITING not in text
    assert WAITING not in page(at_home, PROFILE)
    at_home.post(ERASE, {"password": PASSWORD})
    assert ErasureRequest.objects.count() == 2


def test_cancelling_nothing_does_nothing(at_home, member):
    assert at_home.post(CANCEL).url == PRIVACY
    assert "取り消しました" not in page(at_home, PRIVACY)
    assert not cancel_erasure(patron=member)


def test_nobody_cancels_the_request_of_another(at_home, client, log_in):
    other = imported_patron()
    ask_for_erasure(patron=other)
    at_home.post(CANCEL, {"patron": other.pk})
    assert ErasureRequest.objects.get().state == ErasureState.OPEN
    assert WAITING not in page(at_home, PRIVACY)


def test_erased_means_out_in_every_browser(at_home, member, log_in):
    elsewhere = Client()
    log_in(elsewhere, member.number)
    erasure = ask_for_erasure(patron=member)
    staff = get_user_model().objects.create_superuser("librarian", PASSWORD)
    confirm_erasure(request_id=erasure.pk, staff=staff, note="貸出なし")
    for browser in (at_home, elsewhere):
        assert browser.get(PRIVACY).url == f"{LOGIN}?next={PRIVACY}&ended=elsewhere"
        assert browser.post(CANCEL).url.startswith(LOGIN)
        assert log_in(browser, member.number).status_code == 422
        assert log_in(browser, member.number, BIRTH_DATE).status_code == 422


@pytest.mark.parametrize("path", [ERASE, CANCEL])
def test_it_is_the_patrons_own(client, member, path):
    assert client.get(path).url == f"{LOGIN}?next={path}"
    assert client.post(path, {"password": PASSWORD}).url.startswith(LOGIN)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member.user, backend="patrons.backends.PatronBackend")
    assert strict.post(path, {"password": PASSWORD}).status_code == 403
    staff = get_user_model().objects.create_superuser("librarian", PASSWORD)
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(path).status_code == 403
    assert not ErasureRequest.objects.exists()


def test_a_first_login_chooses_a_password_first(client, patron, log_in):
    assert log_in(client, patron.number, BIRTH_DATE).url == CHOOSE
    assert client.post(ERASE, {"password": BIRTH_DATE}).url.startswith(CHOOSE)
    assert not ErasureRequest.objects.exists()


def test_an_interruption_of_the_card_is_told_calmly(at_home):
    assert "本人確認を中止しました" in page(at_home, f"{ERASE}?interrupted=cancelled")
    assert at_home.get(f"{ERASE}?interrupted=%00").status_code == 200


def test_no_personal_data_is_logged_on_the_way(
    at_home, member, caplog, django_capture_on_commit_callbacks
):
    staff = get_user_model().objects.create_superuser("librarian", PASSWORD)
    with caplog.at_level("DEBUG"), django_capture_on_commit_callbacks(execute=True):
        at_home.get(PRIVACY)
        at_home.post("/mylibrary/privacy/download/")
        at_home.post(ERASE, {"password": "wrong-password"})
        at_home.post(ERASE, {"password": PASSWORD})
        confirm_erasure(request_id=ErasureRequest.objects.get().pk, staff=staff, note="秘密のメモ")
    told = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    logged = "\n".join(line for line in told if "django.db.backends" not in line)
    assert "patron erased" in logged
    secrets = (member.name, member.phone, member.email, member.address, member.number)
    for secret in (*secrets, PASSWORD, "wrong-password", "秘密のメモ"):
        assert secret not in logged
