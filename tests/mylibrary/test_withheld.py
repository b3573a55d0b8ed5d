"""What a withheld patron can do in My Library, and what no mail opens any more."""

import pytest
from django.test import Client

from mylibrary.first_login.asking import mail_digits, mailbox_of
from mylibrary.profile.services import correct_contact
from mylibrary.reset.models import ResetRequest
from mylibrary.reset.services import answer
from notices import enclosures
from notices.models import Notice
from patrons.models import Patron
from tests.mylibrary.conftest import CARD, CHOOSE, LOGIN, MENU, PASSWORD, PRIVACY, PROFILE
from tests.mylibrary.mails import NEW_PASSWORD, RESET, SENT, ask, confirmed, link_in, mails
from tests.registration.support import text
from tests.withheld import withheld, without_logging_out

pytestmark = pytest.mark.django_db


def test_number_and_password_log_in_and_show_the_card(member, log_in):
    withheld(member)
    client = Client()
    assert log_in(client, member.number).url == MENU
    card = text(client.get(CARD))
    assert f'<p class="pcard__no">{member.number}</p>' in card
    assert f'aria-label="貸出券の番号 {member.number} のバーコード"' in card
    for path in (MENU, PROFILE, CHOOSE, PRIVACY):
        assert client.get(path).status_code == 200


def test_setting_it_logs_out_everywhere(at_home, member):
    withheld(member)
    assert at_home.get(PROFILE).url.startswith(LOGIN)


def test_the_profile_says_what_is_missing_and_where_to_go(member, log_in):
    withheld(member)
    client = Client()
    log_in(client, member.number)
    page = text(client.get(PROFILE))
    assert page.count("<dd>情報秘匿</dd>") == 4
    assert "変更は窓口で承ります。" in page
    assert "利用者情報変更" not in page
    assert "マイナンバーカードと連携する" not in page
    client.post("/language/", {"language": "en", "next": PROFILE})
    english = text(client.get(PROFILE))
    assert english.count("<dd>Withheld</dd>") == 4
    assert "To change them, please come to the counter." in english


def test_a_new_password_by_mail_is_answered_as_for_a_number_nobody_has(member):
    withheld(confirmed(member))
    pages = {}
    for number in (member.number, "9999999"):
        client = Client()
        answered = client.post(RESET, {"number": number, "email": member.email})
        assert (answered.status_code, answered.url) == (302, SENT)
        pages[number] = text(client.get(SENT))
    assert pages[member.number] == pages["9999999"]
    asked = ResetRequest.objects.order_by("created_at")
    assert [answer(request_id=one.pk) for one in asked] == [False, False]
    assert not Notice.objects.exists()


def test_a_link_to_a_new_password_that_was_mailed_before_is_over(member):
    ask(Client(), confirmed(member).number, member.email)
    mail = mails("password_reset")[0]
    link = link_in(mail)
    client = Client()
    assert client.get(link).url == NEW_PASSWORD
    withheld(member)
    assert Client().get(link).status_code == 410
    fields = {"new_password": "blue-mountain-river", "new_password_again": "blue-mountain-river"}
    assert client.post(NEW_PASSWORD, fields).status_code == 410
    assert Patron.objects.get().user.check_password(PASSWORD)
    assert enclosures.fill(mail) is None


def test_no_digits_are_mailed_for_a_first_login(patron):
    assert mailbox_of(patron) == patron.email
    hidden = withheld(patron)
    assert mailbox_of(hidden) == ""
    assert not mail_digits(patron=hidden)
    assert not Notice.objects.exists()


def test_digits_that_wait_for_their_mail_are_not_sent(patron):
    assert mail_digits(patron=patron)
    without_logging_out(patron)
    assert enclosures.fill(Notice.objects.get()) is None


@pytest.mark.parametrize("is_withheld", [False, True])
def test_a_former_address_is_not_told_of_a_withheld_patron(member, is_withheld):
    confirmed(member)
    if is_withheld:
        withheld(member)
    correct_contact(
        patron=member, phone=member.phone, email="safe@example.jp", contact_method="none"
    )
    told = set(Notice.objects.exclude(recipient="").values_list("recipient", flat=True))
    assert told == {"safe@example.jp", *([] if is_withheld else [member.email])}
