"""From the form to the patron number by way of the staff, through the real simulator."""

import pytest
from django.test import Client

from patrons.models import IdentityLink, Patron
from registration.application.models import Application
from tests.identity import follow
from tests.mylibrary.mynumber.cards import NUMBER, counter_patron, logged_in_as
from tests.registration.review.reviews import (
    NAMESAKE,
    NAMESAKES_ENTRY,
    case_page,
    mailed_key,
    mails_to,
    settle,
)
from tests.registration.support import (
    CONFIRM,
    FORM,
    RESULT,
    TYPED,
    hidden_fields,
    text,
)

pytestmark = pytest.mark.django_db
PAGE = "/registration/review/"
NAME, BORN = "大分　太郎", "20130720"
CARD = {"name": NAME, "birthdate": BORN, "address": NAMESAKE.address, "subject": "second-taro"}


@pytest.fixture
def staff(client, django_user_model):
    client.force_login(
        django_user_model.objects.create_superuser("librarian", "only for this test"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def apply(service, browser, **card):
    """Read the card and send the form; return where that leads."""
    assert service.sign_in(browser, typed=CARD | card).url == FORM
    return browser.post(FORM, TYPED | NAMESAKES_ENTRY).url


def finish(browser):
    """Press 登録 on the confirmation and return the result page."""
    page = text(browser.get(CONFIRM))
    assert browser.post(CONFIRM, hidden_fields(page)).url == RESULT
    return text(browser.get(RESULT))


def test_two_people_of_one_name_and_birth_date_are_both_registered(staff, identity_service):
    first = Client()
    identity_service.sign_in(first, card="oita-taro")
    first.post(FORM, TYPED)
    assert "受付ました" in finish(first)
    taro = Patron.objects.get()

    browser = Client()
    assert apply(identity_service, browser) == RESULT
    html = text(browser.get(RESULT))
    assert "3開館日以内にお知らせします" in html
    assert taro.number not in html

    case = Application.objects.in_review().get()
    assert text(staff.get(case_page(case))).count(">違う</span>") == 4
    settle(staff, case, "other_person")
    key = mailed_key()

    at_home = Client()
    assert at_home.get(PAGE, {"key": key}).status_code == 200
    away = at_home.post(PAGE, {"key": key, "purpose": "registration"}).url
    back = follow(at_home, identity_service.approve(away, typed=CARD))
    assert back.url == CONFIRM
    shown = text(at_home.get(CONFIRM))
    assert NAMESAKES_ENTRY["email"] in shown
    assert "オオイタ タロウ" in shown
    result = finish(at_home)

    second = Patron.objects.exclude(pk=taro.pk).get()
    assert f"『{second.number}』" in result
    assert (second.name, second.birth_date) == (NAME, BORN)
    assert (taro.namesake_no, second.namesake_no) == (0, 1)
    assert second.number in mails_to(NAMESAKES_ENTRY["email"])[-1].body
    # Each card logs its own holder in, and the browser of then shows nobody's number.
    for patron, card in ((taro, {"card": "oita-taro"}), (second, {"typed": CARD})):
        visitor = Client()
        identity_service.sign_in(visitor, purpose="login", **card)
        assert logged_in_as(visitor) == patron.number
    assert second.number not in text(browser.get(RESULT, follow=True))


def test_the_same_person_is_linked_and_logs_in_with_the_card(staff, identity_service):
    patron = counter_patron(name=NAME, birth_date=BORN)
    browser = Client()
    assert apply(identity_service, browser) == RESULT
    case = Application.objects.in_review().get()
    settle(staff, case, f"same_person:{patron.pk}")
    assert "確認が終わりました" in text(browser.get(RESULT))
    assert patron.number not in mails_to(NAMESAKES_ENTRY["email"])[-1].body

    at_home = Client()
    key = mailed_key()
    away = at_home.post(PAGE, {"key": key, "purpose": "recover"}).url
    assert follow(at_home, identity_service.approve(away, typed=CARD)).url == NUMBER
    assert patron.number in text(at_home.get(NUMBER))
    visitor = Client()
    identity_service.sign_in(visitor, purpose="login", typed=CARD)
    assert logged_in_as(visitor) == patron.number
    assert Patron.objects.get() == patron
    # A second application is answered at once now, before and at 登録.
    again = Client()
    assert identity_service.sign_in(again, typed=CARD).url == NUMBER
    assert patron.number in text(again.get(NUMBER))
    assert again.post(FORM, TYPED | NAMESAKES_ENTRY).url == RESULT
    assert "マイナンバーカードで番号を確認する" in text(again.get(RESULT))


def test_whose_mail_never_came_goes_on_with_the_card_alone(staff, identity_service):
    counter_patron(name=NAME, birth_date=BORN)
    apply(identity_service, Client())
    settle(staff, Application.objects.in_review().get(), "other_person")
    browser = Client()
    assert identity_service.sign_in(browser, typed=CARD).url == CONFIRM
    assert "受付ました" in finish(browser)
    assert Patron.objects.count() == 2


def test_a_holder_of_a_paper_card_is_led_to_linking_and_not_to_the_staff(identity_service):
    patron = counter_patron()
    browser = Client()
    identity_service.sign_in(browser, card="oita-taro")
    assert browser.post(FORM, TYPED).url == RESULT
    html = text(browser.get(RESULT))
    assert "マイナンバーカードで番号を確認する</button>" in html
    offer = identity_service.sign_in(browser, purpose="recover", card="oita-taro").url
    assert browser.post(offer, {}).url == NUMBER
    assert patron.number in text(browser.get(NUMBER))
    assert IdentityLink.objects.get().patron == patron
    assert not Application.objects.in_review().exists()


def test_an_unknown_birth_date_is_registered_and_told_how_to_log_in(staff, identity_service):
    browser = Client()
    assert apply(identity_service, browser, birthdate="19500000") == RESULT
    assert "<h1>図書館で確認します</h1>" in text(browser.get(RESULT))
    settle(staff, Application.objects.in_review().get(), "other_person")
    at_home = Client()
    card = CARD | {"birthdate": "19500000"}
    assert identity_service.sign_in(at_home, typed=card).url == CONFIRM
    assert "不明なところを00にしてください" in finish(at_home)
    patron = Patron.objects.get()
    visitor = Client()
    assert visitor.login(patron_number=patron.number, password="19500000")
    identity_service.sign_in(visitor, purpose="recover", typed=card)
    new = "blue-mountain-river"
    visitor.post(NUMBER, {"new_password": new, "new_password_again": new})
    assert logged_in_as(visitor) == patron.number
