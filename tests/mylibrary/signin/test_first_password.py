"""今すぐパスワードを決める, behind the result: for whom that browser has registered."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from notices.models import Notice
from patrons.models import Patron
from patrons.services import PasswordExists, user_for
from registration.application.models import Application
from tests.mylibrary.conftest import BIRTH_DATE, CHOOSE, LOGIN, MENU, PASSWORD
from tests.patrons.people import imported_patron, set_own_password
from tests.patrons.test_card_data_services import other  # noqa: F401
from tests.patrons.test_parallel import together
from tests.patrons.threads import until_somebody_waits
from tests.registration.support import (
    FORM,
    HANAKO,
    RESULT,
    TYPED,
    TYPED_BY_HANAKO,
    identify,
    registered,
    text,
)

FIRST = "/mylibrary/password/first/"
FINISH = "/registration/finish/"
ANOTHER = "/registration/another/"
MANUAL = (
    "Myライブラリのログインパスワードは西暦から始まる生年月日8ケタです。"
    "（例）1992年4月2日生まれの方→19920402"
)
OWN = "Myライブラリのログインパスワードは、ご自分で決めたパスワードです。生年月日は使えません。"

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(client) -> Patron:
    """大分 太郎, whom this client has just registered."""
    return registered(client).patron


def choose(client, password=PASSWORD, again=None):
    again = password if again is None else again
    return client.post(FIRST, {"new_password": password, "new_password_again": again})


def test_the_result_offers_it_beside_the_manuals_words(client, newcomer):
    html = text(client.get(RESULT))
    assert MANUAL in html
    assert f'href="{FIRST}"' in html
    assert html.count("btn--primary") == 1
    assert html.index("Myライブラリログイン</a>") < html.index(FIRST)


def test_a_chosen_password_closes_the_birth_date_and_leads_back_to_the_result(
    client, newcomer, log_in
):
    assert newcomer.number in text(client.get(FIRST))
    assert choose(client).url == RESULT
    newcomer.refresh_from_db()
    assert newcomer.has_own_password
    assert newcomer.first_login_until is None
    html = text(client.get(RESULT))
    assert OWN in html
    assert "パスワードを決めました。" in html
    assert MANUAL not in html
    assert FIRST not in html
    assert f"『{newcomer.number}』" in html
    assert log_in(Client(), newcomer.number, BIRTH_DATE).status_code == 422
    assert log_in(Client(), newcomer.number).url == MENU


def test_nobody_is_logged_in_by_it_and_the_login_has_the_number(client, newcomer, log_in):
    choose(client)
    assert "_auth_user_id" not in client.session
    assert client.get(MENU).url.startswith(LOGIN)
    assert f'value="{newcomer.number}"' in text(client.get(LOGIN))
    assert log_in(client, newcomer.number).url == MENU


def test_it_is_told_like_every_other_password(client, newcomer):
    choose(client)
    notice = Notice.objects.get(kind="security")
    assert (notice.patron, notice.recipient) == (newcomer, newcomer.email)


@pytest.mark.parametrize(
    ("password", "again", "message"),
    [
        ("", "", "新しいパスワードを入力してください"),
        (BIRTH_DATE, BIRTH_DATE, "生年月日は使えません"),
        (PASSWORD, "another-one", "上と同じパスワードを"),
        ("x" * 200_000, "x", "128文字まで"),
    ],
)
def test_an_unfit_password_is_refused_and_nothing_changes(
    client, newcomer, password, again, message
):
    page = choose(client, password, again)
    assert page.status_code == 422
    assert message in text(page)
    newcomer.refresh_from_db()
    assert not newcomer.has_own_password
    assert Notice.objects.filter(kind="security").count() == 0


def test_it_needs_the_token(newcomer, client):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert choose(strict).status_code == 403
    newcomer.refresh_from_db()
    assert not newcomer.has_own_password


def is_over(client, patron) -> bool:
    """Return whether the page neither shows the number nor takes a password."""
    pages = [client.get(FIRST), choose(client)]
    assert [page.status_code for page in pages] == [410, 410]
    assert all("この画面は使えません" in text(page) for page in pages)
    assert all(patron.number not in text(page) for page in pages)
    patron.refresh_from_db()
    return not patron.has_own_password


def test_another_browser_cannot(newcomer):
    assert is_over(Client(), newcomer)


def test_it_ends_with_the_result(client, newcomer):
    Application.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert is_over(client, newcomer)


@pytest.mark.parametrize("button", [FINISH, ANOTHER])
def test_it_ends_with_the_buttons_of_the_result(client, newcomer, button):
    client.post(button)
    assert is_over(client, newcomer)


def test_an_application_without_a_result_has_none(client, newcomer):
    again = Client()
    identify(again)
    assert again.post(FORM, TYPED).url == RESULT
    assert "すでに登録されている可能性があります" in text(again.get(RESULT))
    assert is_over(again, newcomer)


@pytest.mark.parametrize("end", ["withdrawn", "locked"])
def test_who_may_not_log_in_chooses_nothing(client, newcomer, end):
    if end == "withdrawn":
        Patron.objects.update(withdrawn_at=timezone.now())
    else:
        user = user_for(patron=newcomer)
        user.is_active = False
        user.save()
    assert is_over(client, newcomer)


def test_it_is_for_the_first_password_only(client, newcomer):
    page = client.get(FIRST)
    set_own_password(patron=newcomer, password=PASSWORD)
    assert page.status_code == 200
    late = choose(client, "quite-another-one")
    assert late.status_code == 409
    assert "さきに決めたパスワードで" in text(late)
    newcomer.refresh_from_db()
    assert newcomer.user.check_password(PASSWORD)
    assert client.get(FIRST).url == RESULT


@pytest.mark.django_db(transaction=True)
def test_of_many_choices_at_once_one_counts(newcomer):
    def choosing(n):
        copy = Patron.objects.get(pk=newcomer.pk)
        try:
            set_own_password(patron=copy, password=f"{PASSWORD}-{n}", first=True)
        except PasswordExists:
            return None
        return n

    results = together([lambda n=n: choosing(n) for n in range(10)])
    (winner,) = [n for n in results if n is not None]
    newcomer.refresh_from_db()
    assert newcomer.user.check_password(f"{PASSWORD}-{winner}")


def test_a_parent_registers_several_children_in_a_row(client, log_in):
    parent = imported_patron()
    set_own_password(patron=parent, password=PASSWORD)
    log_in(client, parent.number)
    user_id = client.session["_auth_user_id"]
    first = registered(client).patron
    assert first.number in text(client.get(FIRST))
    choose(client, "the-first-childs-own")
    client.post(ANOTHER)
    second = registered(client, HANAKO, **TYPED_BY_HANAKO).patron
    page = text(client.get(FIRST))
    assert second.number in page
    assert first.number not in page
    choose(client, "the-second-childs-own")
    # The parent is still the one who is logged in.
    assert client.session["_auth_user_id"] == user_id
    assert client.get(MENU).status_code == 200
    assert f'value="{second.number}"' in text(client.get(LOGIN))
    assert log_in(Client(), first.number, "the-first-childs-own").url == MENU
    assert log_in(Client(), second.number, "the-second-childs-own").url == MENU
    parent.refresh_from_db()
    assert parent.user.check_password(PASSWORD)


def test_who_has_logged_in_meanwhile_chooses_where_the_session_is_kept(client, newcomer, log_in):
    log_in(client, newcomer.number, BIRTH_DATE)
    assert client.get(FIRST).url == CHOOSE
    assert choose(client).url == CHOOSE


def test_a_choice_overtaken_by_another_browsers_is_not_taken(client, patron, log_in, other):  # noqa: F811
    log_in(client, patron.number, BIRTH_DATE)
    with other.cursor() as cursor:
        cursor.execute("SELECT FROM patrons_patron FOR UPDATE")
    late = {"new_password": "quite-another-one", "new_password_again": "quite-another-one"}
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(together, [lambda: client.post(CHOOSE, late)])
        until_somebody_waits()
        with other.cursor() as cursor:
            cursor.execute("UPDATE accounts_user SET password = %s", [make_password(PASSWORD)])
        other.commit()
        assert answer.result()[0].url == CHOOSE
    patron.refresh_from_db()
    assert patron.user.check_password(PASSWORD)


@pytest.mark.parametrize("client_state", ["nobody", "newcomer"])
def test_the_page_is_never_stored(client, client_state):
    if client_state == "newcomer":
        registered(client)
    assert "no-store" in client.get(FIRST)["Cache-Control"]
