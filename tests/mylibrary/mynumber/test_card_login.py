"""マイナンバーカードでログイン: who gets in, to which page, and whose session it is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Session
from mylibrary.mynumber.models import LinkOffer
from patrons.models import IdentityLink, Patron
from patrons.services import user_for
from tests.identity import follow
from tests.mylibrary.conftest import CARD, CHOOSE, LOGIN, MENU, PASSWORD, PROFILE
from tests.mylibrary.mynumber.cards import (
    ELSEWHERE,
    LOGIN_OFFER,
    NOT_FOUND,
    NUMBER,
    OTHER_ADDRESS,
    counter_patron,
    heading,
    linked_patron,
    logged_in_as,
    on_card,
)
from tests.patrons.people import imported_patron, set_own_password
from tests.registration.support import FORM, HANAKO, RESULT, entered, registered, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(client, identity_service):
    """Return `read(card, **fields)`: press マイナンバーカードでログイン and come back."""

    def press(card="oita-taro", **fields):
        return identity_service.sign_in(client, purpose="login", card=card, data=fields)

    return press


def test_linked_card_logs_in(client, read, identity_service):
    patron = linked_patron(identity_service)
    assert read().url == MENU
    assert logged_in_as(client) == patron.number
    assert Session.objects.get().user == Patron.objects.get().user


def test_login_goes_on_to_the_page_asked_for(client, read, identity_service):
    linked_patron(identity_service)
    page = text(client.get(client.get(CARD).url))
    assert page.count(f'name="next" value="{CARD}"') == 2
    assert read(next=CARD).url == CARD
    assert client.get(CARD).status_code == 200


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)",
     "http://testserver/mylibrary/card/", "/" * 3000, "\x00", "/a\r\nLocation: //evil.example"],
)  # fmt: skip
def test_card_login_never_leads_to_another_site(client, read, identity_service, address):
    linked_patron(identity_service)
    destination = read(next=address).url
    assert destination == MENU or (destination.startswith("/a%0D%0A"))


def test_nobody_who_showed_the_card_must_choose_a_password_but_hears_of_it_once(
    client, read, identity_service
):
    patron = linked_patron(identity_service)
    read()
    assert "パスワードが、まだ決められていません" in text(client.get(MENU))
    assert "パスワードが、まだ決められていません" not in text(client.get(MENU))
    assert client.get(CARD).status_code == 200
    page = text(client.get(CHOOSE))
    assert "今のパスワード" not in page
    assert "はじめの1回だけ使えます" not in page
    assert "キャンセル" in page
    fields = {"new_password": PASSWORD, "new_password_again": PASSWORD}
    assert client.post(CHOOSE, fields).url == MENU
    patron.refresh_from_db()
    assert patron.has_own_password
    assert client.get(CARD).status_code == 200


def test_login_by_number_after_the_card_must_choose_a_password_again(
    client, read, identity_service, log_in
):
    patron = linked_patron(identity_service)
    read()
    assert log_in(client, patron.number, patron.birth_date).url == CHOOSE
    assert client.get(CARD).url.startswith(CHOOSE)


@pytest.mark.parametrize("purpose", ["link", "refresh"])
def test_answer_that_meets_a_first_login_by_number_waits_for_the_password(
    client, read, identity_service, log_in, purpose
):
    patron = linked_patron(identity_service, address=OTHER_ADDRESS)
    read()
    back = identity_service.approve(identity_service.start(client, {"purpose": purpose}))
    assert log_in(client, patron.number, patron.birth_date).url == CHOOSE
    assert follow(client, back).url.startswith(CHOOSE)
    assert Patron.objects.get().address == OTHER_ADDRESS


def test_card_opens_no_password_form_without_the_password_so_far(client, read, identity_service):
    set_own_password(patron=linked_patron(identity_service), password=PASSWORD)
    read()
    assert "今のパスワード" in text(client.get(CHOOSE))
    fields = {"new_password": "blue-mountain-river", "new_password_again": "blue-mountain-river"}
    assert client.post(CHOOSE, fields).status_code == 422
    assert client.get(NUMBER).url == MENU


def test_session_is_a_fresh_one(client, read, identity_service):
    linked_patron(identity_service)
    client.get(LOGIN)
    address = identity_service.start(client, {"purpose": "login"})
    before = client.session.session_key
    follow(client, identity_service.approve(address))
    assert client.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()


def test_nothing_of_another_persons_registration_stays(client, read, identity_service):
    linked_patron(identity_service)
    other = registered(client, HANAKO).patron
    begun = replace(HANAKO, subject="begun", name="大分\u3000次郎", birth_date="20180101")
    entered(client, begun)
    read()
    assert client.get(RESULT).url == FORM
    page = text(client.get(FORM))
    for secret in (other.number, begun.name, "oita@oita.co.jp"):
        assert secret not in page


def test_second_persons_card_on_the_same_phone_replaces_the_first_session(
    client, read, identity_service
):
    parent = linked_patron(identity_service, "oita-hanako")
    child = linked_patron(identity_service)
    read("oita-hanako")
    former = client.session.session_key
    assert logged_in_as(client) == parent.number
    read("oita-taro")
    assert logged_in_as(client) == child.number
    assert not Session.objects.filter(pk=former).exists()
    assert parent.number not in text(client.get(PROFILE))


def test_what_one_person_was_not_told_yet_is_not_told_to_the_next(client, read, identity_service):
    linked_patron(identity_service, "beppu")
    read("beppu", next="/counter/")
    client.post("/mylibrary/logout/")
    set_own_password(patron=linked_patron(identity_service), password=PASSWORD)
    read()
    assert "パスワードが、まだ決められていません" not in text(client.get(MENU))


def test_second_persons_unknown_card_ends_the_first_session_too(client, read, identity_service):
    linked_patron(identity_service)
    read()
    assert read("beppu").url == NOT_FOUND
    assert logged_in_as(client) is None


def test_registration_begun_with_the_same_card_goes_on_after_not_found(
    client, read, identity_service
):
    identity_service.sign_in(client, purpose="registration", card="beppu", data={"phone": "0977"})
    assert read("beppu").url == NOT_FOUND
    page = text(client.get(FORM))
    assert "別府　湯太" in page
    assert 'value="0977"' in page
    assert read("usuki").url == NOT_FOUND
    page = text(client.get(FORM))
    assert "別府　湯太" not in page
    assert 'value="0977"' not in page


def test_unknown_card_is_told_the_ways_on(client, read):
    response = client.get(read().url)
    assert heading(response) == "貸出券が見つかりませんでした"
    for address in (LOGIN, FORM, "/counter/"):
        assert f'href="{address}"' in text(response)


def test_patron_of_the_counter_links_the_card_and_is_logged_in(client, read):
    patron = counter_patron()
    assert read(next=CARD).url == LOGIN_OFFER
    page = client.get(LOGIN_OFFER)
    assert heading(page) == "マイナンバーカードと貸出券の連携"
    assert 'name="phone"' not in text(page)
    for secret in (patron.number, patron.address, patron.phone, patron.email):
        assert secret not in text(page)
    assert logged_in_as(client) is None
    assert client.post(LOGIN_OFFER).url == CARD
    assert logged_in_as(client) == patron.number
    assert IdentityLink.objects.get().patron == patron
    assert not LinkOffer.objects.exists()
    assert "マイナンバーカードと連携しました" in text(client.get(MENU))
    assert client.get(LOGIN_OFFER).url == MENU


def test_after_linking_the_card_alone_logs_in(client, read, identity_service):
    patron = counter_patron()
    read()
    client.post(LOGIN_OFFER)
    other = Client()
    assert identity_service.sign_in(other, purpose="login").url == MENU
    assert logged_in_as(other) == patron.number
    assert IdentityLink.objects.count() == 1


def test_other_address_asks_for_the_phone_number(client, read):
    patron = counter_patron(address=OTHER_ADDRESS)
    read()
    page = text(client.get(LOGIN_OFFER))
    assert 'name="phone"' in page
    for secret in (patron.number, OTHER_ADDRESS, patron.phone):
        assert secret not in page
    for typed in ("", "電話はありません", "0" * 500, "\x00"):
        assert client.post(LOGIN_OFFER, {"phone": typed}).status_code == 422
    assert LinkOffer.objects.get().tries_left == 5
    wrong = client.post(LOGIN_OFFER, {"phone": "0975340009"})
    assert wrong.status_code == 422
    assert "あと4回" in text(wrong)
    assert 'value="0975340009"' in text(wrong)
    assert not IdentityLink.objects.exists()
    assert client.post(LOGIN_OFFER, {"phone": "０９７－５３４－０００１"}).url == MENU
    assert logged_in_as(client) == patron.number


def test_phone_number_can_be_tried_five_times_whatever_is_read_again(client, read):
    counter_patron(address=OTHER_ADDRESS)
    read()
    answers = [client.post(LOGIN_OFFER, {"phone": "0975340009"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422] * 3
    read()
    assert client.post(LOGIN_OFFER, {"phone": "0975340009"}).status_code == 422
    assert client.post(LOGIN_OFFER, {"phone": "0975340009"}).url == ELSEWHERE
    assert client.post(LOGIN_OFFER, {"phone": "0975340001"}).url.startswith(LOGIN)
    assert read().url == ELSEWHERE
    assert "番号とパスワードでログイン" in text(client.get(ELSEWHERE))
    assert not IdentityLink.objects.exists()
    LinkOffer.objects.update(expires_at=timezone.now())
    assert read().url == LOGIN_OFFER
    assert client.post(LOGIN_OFFER, {"phone": "0975340001"}).url == MENU


def test_patron_with_another_card_is_linked_elsewhere(client, read):
    patron = counter_patron()
    IdentityLink.objects.create(issuer="https://issuer.test", subject="older", patron=patron)
    assert read().url == ELSEWHERE
    assert logged_in_as(client) is None


def test_two_namesakes_at_one_address_are_linked_elsewhere(client, read):
    counter_patron()
    counter_patron(namesake_no=1)
    assert read().url == ELSEWHERE


@pytest.mark.parametrize("linked", [False, True])
def test_of_two_namesakes_the_one_at_the_address_on_the_card_is_linked(client, read, linked):
    namesake = counter_patron(address=OTHER_ADDRESS)
    if linked:
        IdentityLink.objects.create(issuer="https://issuer.test", subject="other", patron=namesake)
    patron = counter_patron(namesake_no=1)
    assert read().url == LOGIN_OFFER
    assert 'name="phone"' not in text(client.get(LOGIN_OFFER))
    assert client.post(LOGIN_OFFER).url == MENU
    assert logged_in_as(client) == patron.number
    assert not namesake.identity_links.exclude(subject="other").exists()


def test_namesakes_phone_number_proves_nothing(client, read):
    namesake = counter_patron(address=OTHER_ADDRESS, phone="0975340002")
    IdentityLink.objects.create(issuer="https://issuer.test", subject="other", patron=namesake)
    patron = counter_patron(address=OTHER_ADDRESS, namesake_no=1)
    assert read().url == LOGIN_OFFER
    assert client.post(LOGIN_OFFER, {"phone": namesake.phone}).status_code == 422
    assert client.post(LOGIN_OFFER, {"phone": patron.phone}).url == MENU
    assert logged_in_as(client) == patron.number


def test_offer_is_refused_when_the_namesake_it_was_told_apart_from_has_moved(client, read):
    namesake = counter_patron(address=OTHER_ADDRESS)
    counter_patron(namesake_no=1)
    read()
    Patron.objects.filter(pk=namesake.pk).update(updated_at=timezone.now())
    assert client.post(LOGIN_OFFER).url == ELSEWHERE
    assert not IdentityLink.objects.exists()


def test_withdrawn_patron_is_not_found(client, read, identity_service):
    patron = linked_patron(identity_service)
    patron.withdrawn_at = timezone.now()
    patron.save()
    assert read().url == NOT_FOUND


def test_unknown_birth_date_is_not_found(client, read):
    counter_patron("unknown-birthday")
    assert read("unknown-birthday").url == NOT_FOUND


@pytest.mark.parametrize("make", [linked_patron, lambda service: counter_patron()])
def test_login_that_was_switched_off_stays_off(client, read, identity_service, make):
    user = user_for(patron=make(identity_service))
    user.is_active = False
    user.save()
    assert read().url == ELSEWHERE
    assert logged_in_as(client) is None


def test_offer_ends_after_fifteen_minutes(client, read):
    counter_patron()
    read()
    left = LinkOffer.objects.get().expires_at - timezone.now()
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)
    LinkOffer.objects.update(expires_at=timezone.now())
    for answer in (client.get(LOGIN_OFFER), client.post(LOGIN_OFFER)):
        assert "本人確認の時間が過ぎました" in text(client.get(answer.url))
    assert not IdentityLink.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda patron: Patron.objects.filter(pk=patron.pk).update(withdrawn_at=timezone.now()),
        lambda patron: Patron.objects.filter(pk=patron.pk).update(updated_at=timezone.now()),
        lambda patron: counter_patron(namesake_no=1),
        lambda patron: IdentityLink.objects.create(issuer="x", subject="y", patron=patron),
    ],
    ids=["withdrawn", "changed", "a namesake", "another card"],
)
def test_offer_is_refused_when_anything_changed_since(client, read, change):
    patron = counter_patron()
    read()
    change(patron)
    links = IdentityLink.objects.count()
    assert client.post(LOGIN_OFFER).url == ELSEWHERE
    assert IdentityLink.objects.count() == links
    assert not LinkOffer.objects.exists()
    assert logged_in_as(client) is None


def test_offer_is_taken_by_the_browser_it_was_made_to(client, read):
    counter_patron()
    read()
    stranger = Client()
    assert stranger.post(LOGIN_OFFER).url == LOGIN
    assert not IdentityLink.objects.exists()


def test_no_claim_is_kept_in_the_session_or_the_offer(client, read):
    patron = counter_patron(address=OTHER_ADDRESS)
    read()
    stored = f"{dict(client.session)} {LinkOffer.objects.values().get()}"
    for personal in (*on_card().values(), patron.phone, patron.number, OTHER_ADDRESS):
        assert personal not in stored


@pytest.mark.parametrize(
    ("how", "title"),
    [("cancel", "本人確認を中止しました"), ("token_500", "本人確認サービスに接続できません")],
)
def test_interrupted_login_comes_back_to_the_login_page(client, identity_service, how, title):
    address = identity_service.start(client, {"purpose": "login", "next": CARD})
    back = (
        identity_service.cancel(address)
        if how == "cancel"
        else identity_service.approve(address, fault=how)
    )
    response = client.get(follow(client, back).url)
    assert heading(response) == "認証"
    assert title in text(response)
    assert f'name="next" value="{CARD}"' in text(response)


def test_answer_that_arrives_twice_leads_to_my_library(client, identity_service):
    linked_patron(identity_service)
    back = identity_service.approve(identity_service.start(client, {"purpose": "login"}))
    assert follow(client, back).url == MENU
    assert follow(client, back).url == MENU
    assert client.get(MENU).status_code == 200


def test_answer_that_arrives_twice_leads_to_the_offer(client, identity_service):
    counter_patron()
    back = identity_service.approve(identity_service.start(client, {"purpose": "login"}))
    assert [follow(client, back).url, follow(client, back).url] == [LOGIN_OFFER] * 2
    assert client.get(LOGIN_OFFER).status_code == 200


def test_login_page_warns_inside_an_app_and_lets_the_form_leave(client, identity_service):
    response = client.get(LOGIN, headers={"User-Agent": "Mozilla/5.0 Line/14.0"})
    assert "SafariまたはChromeで開いてください" in text(response)
    assert f"form-action 'self' {identity_service.issuer}" in response["Content-Security-Policy"]
    failed = client.post(LOGIN, {"username": "8000028", "password": "wrong-password"})
    assert failed.status_code == 422
    for way in ("マイナンバーカードでログイン", "/mylibrary/password/reset/", "/counter/"):
        assert way in text(failed)
    assert identity_service.issuer in failed["Content-Security-Policy"]


def test_registration_answer_logs_nobody_in_and_links_nothing(client, identity_service):
    linked_patron(identity_service)
    counter_patron("beppu")
    for card in ("oita-taro", "beppu"):
        identity_service.sign_in(client, purpose="registration", card=card)
        assert logged_in_as(client) is None
    assert IdentityLink.objects.count() == 1


def test_purpose_cannot_be_changed_on_the_way_back(client, identity_service):
    linked_patron(identity_service)
    back = identity_service.approve(identity_service.start(client, {"purpose": "registration"}))
    assert follow(client, f"{back}&purpose=login").url == NUMBER
    assert logged_in_as(client) is None


def test_staff_who_read_their_card_are_patrons_from_then_on(
    client, read, identity_service, django_user_model
):
    client.force_login(
        django_user_model.objects.create_superuser("librarian", PASSWORD),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    patron = linked_patron(identity_service)
    read()
    assert logged_in_as(client) == patron.number
    assert client.get("/admin/").status_code == 302


def test_card_login_costs_a_known_number_of_queries(
    client, read, identity_service, django_assert_max_num_queries
):
    imported_patron()
    linked_patron(identity_service)
    read()
    back = identity_service.approve(identity_service.start(client, {"purpose": "login"}))
    with django_assert_max_num_queries(10):
        follow(client, back)
