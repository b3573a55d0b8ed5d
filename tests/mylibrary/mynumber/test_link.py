"""マイナンバーカードと連携する: the card of the patron who is logged in, and of nobody else."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from mylibrary.mynumber.models import LinkOffer
from mylibrary.mynumber.services import make_offer
from patrons.identity_link_services import find_patron
from patrons.models import IdentityLink, Patron
from patrons.services import lock_birth_date, register_patron
from tests.identity import follow
from tests.mylibrary.conftest import CHOOSE, LOGIN, MENU, PASSWORD, PROFILE
from tests.mylibrary.mynumber.cards import (
    LOGIN_OFFER,
    counter_patron,
    heading,
    linked_patron,
    logged_in_as,
    on_card,
)
from tests.patrons.people import applicant, residency, set_own_password
from tests.patrons.threads import until_somebody_waits
from tests.registration.support import text

pytestmark = pytest.mark.django_db
OTHER_PERSON = "/mylibrary/profile/link/other-person/"
TAKEN = "/mylibrary/profile/link/taken/"


@pytest.fixture
def owner(client, log_in, db) -> Patron:
    """A patron of the counter with 大分 太郎's name, logged in by number in `client`."""
    patron = counter_patron(address="", phone="")
    set_own_password(patron=patron, password=PASSWORD)
    log_in(client, patron.number)
    return patron


@pytest.fixture
def read(client, identity_service):
    """Return `read(card)`: press マイナンバーカードと連携する and come back."""

    def press(card="oita-taro", **kwargs):
        return identity_service.sign_in(client, purpose="link", card=card, **kwargs)

    return press


def test_profile_offers_the_link_and_lets_the_form_leave(client, owner, identity_service):
    response = client.get(PROFILE)
    assert "マイナンバーカードと連携する</button>" in text(response)
    assert identity_service.issuer in response["Content-Security-Policy"]


def test_own_card_is_linked_and_logs_in_from_then_on(client, owner, read, identity_service):
    assert read().url == PROFILE
    page = text(client.get(PROFILE))
    assert "マイナンバーカードと連携しました" in page
    assert "もう一度連携する</button>" in page
    assert IdentityLink.objects.get().patron == owner
    other = Client()
    identity_service.sign_in(other, purpose="login")
    assert logged_in_as(other) == owner.number


def test_linking_changes_nothing_that_the_library_system_needs(client, owner, read):
    Patron.objects.update(exported_at=timezone.now())
    read()
    assert IdentityLink.objects.exists()
    assert Patron.objects.exported().exists()


def test_linking_twice_says_so(client, owner, read):
    read()
    read()
    assert "すでに連携しています" in text(client.get(PROFILE))
    assert IdentityLink.objects.count() == 1


@pytest.mark.parametrize(
    "typed",
    [
        {"name": "大分　花子", "birthdate": "20130720"},
        {"name": "大分　太郎", "birthdate": "20130721"},
    ],
)
def test_card_of_another_person_is_refused(client, owner, read, typed):
    card = typed | {"address": on_card()["address"], "subject": "somebody"}
    response = client.get(read(typed=card).url)
    assert heading(response) == "連携できませんでした"
    assert "マイナンバーカードの名前・生年月日が、貸出券の登録と一致しません" in text(response)
    assert 'href="/counter/"' in text(response)
    assert not IdentityLink.objects.exists()
    assert logged_in_as(client) == owner.number


def test_card_of_another_registration_is_refused(client, owner, read, identity_service):
    other = counter_patron(namesake_no=1)
    card = IdentityLink.objects.create(
        issuer=identity_service.issuer, subject="of the other", patron=other
    )
    typed = {
        "name": owner.name,
        "birthdate": owner.birth_date,
        "address": owner.address or "大分市",
        "subject": card.subject,
    }
    response = client.get(read(typed=typed).url)
    assert "別の登録と連携しています" in text(response)
    assert other.number not in text(response)
    card.refresh_from_db()
    assert card.patron == other
    assert IdentityLink.objects.count() == 1


def test_new_subject_after_a_lapsed_certificate_replaces_the_older_link(client, owner, read):
    older = IdentityLink.objects.create(issuer="https://older.test", subject="x", patron=owner)
    assert read().url == PROFILE
    older.refresh_from_db()
    assert older.revoked_at is not None
    assert IdentityLink.objects.active().get().patron == owner


def test_card_that_was_revoked_is_linked_again(client, owner, read):
    read()
    IdentityLink.objects.update(revoked_at="2026-01-01T00:00Z")
    read()
    assert IdentityLink.objects.active().get().patron == owner
    assert IdentityLink.objects.count() == 1


def test_nobody_starts_without_a_login(client, db):
    answer = client.post("/myna/start/", {"purpose": "link"})
    assert answer.url == PROFILE
    assert client.get(answer.url).url == f"{LOGIN}?next={PROFILE}"


def test_first_login_chooses_a_password_before_linking(client, log_in, db):
    patron = register_patron(applicant=applicant(), residency=residency())
    log_in(client, patron.number, patron.birth_date)
    assert client.post("/myna/start/", {"purpose": "link"}).url.startswith(CHOOSE)


def test_answer_is_refused_when_somebody_else_has_logged_in(
    client, owner, identity_service, log_in
):
    other = counter_patron("beppu")
    set_own_password(patron=other, password=PASSWORD)
    back = identity_service.approve(identity_service.start(client, {"purpose": "link"}))
    log_in(client, other.number)
    # Logging in as another patron makes the browser a new one to the identity client.
    assert follow(client, back).status_code == 400
    assert not IdentityLink.objects.exists()


def test_answer_is_refused_after_a_login_by_another_card(client, owner, identity_service):
    linked_patron(identity_service, "beppu")
    back = identity_service.approve(identity_service.start(client, {"purpose": "link"}))
    identity_service.sign_in(client, purpose="login", card="beppu")
    response = client.get(follow(client, back).url)
    assert "本人確認ができませんでした" in text(response)
    assert not IdentityLink.objects.filter(patron=owner).exists()


def test_cancelled_link_comes_back_to_the_profile(client, owner, identity_service):
    address = identity_service.start(client, {"purpose": "link"})
    answer = follow(client, identity_service.cancel(address))
    assert answer.url.startswith(PROFILE)
    assert "本人確認を中止しました" in text(client.get(answer.url))


def test_answer_that_arrives_twice_leads_to_the_profile(client, owner, identity_service):
    back = identity_service.approve(identity_service.start(client, {"purpose": "link"}))
    assert [follow(client, back).url, follow(client, back).url] == [PROFILE] * 2
    assert IdentityLink.objects.count() == 1


@pytest.mark.parametrize("path", [OTHER_PERSON, TAKEN])
def test_refusals_are_shown_to_patrons_only(client, path, db):
    assert client.get(path).url.startswith(LOGIN)


AT_ONCE = 8


def all_at_once(jobs):
    start = threading.Barrier(len(jobs))

    def run(job):
        try:
            start.wait()
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.django_db(transaction=True)
def test_many_presses_of_one_offer_make_one_link(client, identity_service):
    patron = counter_patron()
    identity_service.sign_in(client, purpose="login")

    def press():
        tab = Client()
        tab.cookies = client.cookies.copy()
        return tab.post(LOGIN_OFFER)

    answers = all_at_once([press] * AT_ONCE)
    assert {answer.status_code for answer in answers} == {302}
    assert MENU in {answer.url for answer in answers}
    assert all(answer.url == MENU or answer.url.startswith(LOGIN) for answer in answers)
    assert IdentityLink.objects.get().patron == patron
    assert not LinkOffer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_wrong_numbers_at_once_all_count(client, identity_service):
    counter_patron(address="大分県大分市荷揚町2番31号")
    identity_service.sign_in(client, purpose="login")

    def guess():
        tab = Client()
        tab.cookies = client.cookies.copy()
        return tab.post(LOGIN_OFFER, {"phone": "0975340009"}).status_code

    answers = all_at_once([guess] * AT_ONCE)
    assert answers.count(422) == 4
    assert answers.count(302) == AT_ONCE - 4
    assert LinkOffer.objects.get().tries_left == 0


@pytest.mark.django_db(transaction=True)
def test_pressing_while_the_card_is_read_again_waits_for_nobody(client, identity_service):
    patron = counter_patron()
    identity_service.sign_in(client, purpose="login")
    offer = LinkOffer.objects.get()
    card = applicant(issuer=offer.issuer, subject=offer.subject, **on_card())
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        lock_birth_date(birth_date=patron.birth_date)
        pressed = pool.submit(lambda: (client.post(LOGIN_OFFER), connection.close())[0])
        until_somebody_waits()
        make_offer(purpose=offer.purpose, identity=card, found=find_patron(card=card))
    assert "本人確認の時間が過ぎました" in text(client.get(pressed.result().url))
    assert LinkOffer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_cards_that_want_one_patron_at_once_make_one_link(identity_service):
    patron = counter_patron()
    browsers = [Client() for _ in range(4)]
    for number, browser in enumerate(browsers):
        card = {
            "name": patron.name,
            "birthdate": patron.birth_date,
            "address": patron.address,
            "subject": f"card {number}",
        }
        answer = identity_service.sign_in(browser, purpose="login", typed=card)
        assert answer.url == LOGIN_OFFER
    answers = all_at_once([lambda tab=browser: tab.post(LOGIN_OFFER).url for browser in browsers])
    assert answers.count(MENU) == 1
    assert IdentityLink.objects.get().patron == patron
    assert sum(logged_in_as(browser) is not None for browser in browsers) == 1


@pytest.mark.django_db(transaction=True)
def test_registering_and_linking_the_same_person_at_once_end_in_one_link(client, identity_service):
    patron = counter_patron()
    identity_service.sign_in(client, purpose="login")
    person = applicant(issuer=identity_service.issuer, **on_card())

    def register():
        try:
            return register_patron(applicant=person, residency=residency())
        except Exception as refusal:
            return type(refusal).__name__

    answers = all_at_once([lambda: client.post(LOGIN_OFFER).url, register])
    assert answers == [MENU, "DuplicateSuspected"]
    assert IdentityLink.objects.get().patron == patron
