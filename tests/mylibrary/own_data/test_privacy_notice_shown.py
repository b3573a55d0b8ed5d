"""The purpose of use in My Library: shown before a card or contact data are taken, and recorded."""

import html

import pytest
from django.test import Client

from mylibrary.own_data.models import PrivacyNoticeShown
from patrons import privacy_notice
from patrons.models import IdentityLink, Patron
from tests.announcements.conftest import announce  # noqa: F401
from tests.mylibrary.conftest import EDIT, ERASE, LOGIN, MENU, PASSWORD, PRIVACY, PROFILE
from tests.mylibrary.mails import CONTACT, edit
from tests.mylibrary.mynumber.cards import LOGIN_OFFER, NUMBER, RECOVER_OFFER, RESET, counter_patron
from tests.patrons.people import set_own_password
from tests.registration.support import TARO, hidden_fields, text
from tests.registration.test_privacy_notice import LATER, changed  # noqa: F401

pytestmark = pytest.mark.django_db
FIRST = privacy_notice.VERSIONS[0].version
OWN_PAGES = (PROFILE, EDIT, ERASE)


@pytest.fixture
def owner(client, log_in, db) -> Patron:
    """大分 太郎, a patron of the counter without telephone number or e-mail, logged in."""
    patron = counter_patron(phone="", email="")
    set_own_password(patron=patron, password=PASSWORD)
    log_in(client, patron.number)
    return patron


def shown_to(patron: Patron) -> list[str]:
    return list(PrivacyNoticeShown.objects.of_patron(patron).values_list("version", flat=True))


def assert_shown(client: Client, address: str, forms: int) -> None:
    """It is said once, and every form says which version that was."""
    page = html.unescape(text(client.get(address)))
    assert page.count(str(privacy_notice.CURRENT.summary)) == 1
    version = f'name="privacy_notice" value="{privacy_notice.CURRENT.version}"'
    assert page.count(version) == forms
    assert page.index(str(privacy_notice.CURRENT.summary)) < page.rindex(version)


@pytest.mark.parametrize("address", [LOGIN, RESET])
def test_whoever_is_not_logged_in_sees_it_at_the_button(client, address):
    assert_shown(client, address, 1)


@pytest.mark.parametrize("address", OWN_PAGES)
def test_patrons_see_it_at_the_button_and_at_the_form(client, owner, address):
    assert_shown(client, address, 1)


def test_two_buttons_on_a_page_say_it_once(client, owner):
    IdentityLink.objects.create(issuer=TARO.issuer, subject="s", patron=owner)
    assert_shown(client, PROFILE, 2)


def test_a_button_above_a_form_says_it_for_both(client, owner, settings, announce):  # noqa: F811
    settings.REQUIRE_PASSWORD_CHANGE = False
    owner.user.set_unusable_password()
    owner.user.save()
    client.force_login(owner.user)
    assert_shown(client, EDIT, 2)
    announce("agency_maintenance")
    assert_shown(client, EDIT, 1)


def test_looking_records_nothing(client, owner):
    for address in OWN_PAGES:
        client.get(address)
    assert shown_to(owner) == []


@pytest.mark.parametrize("purpose", ["link", "refresh"])
def test_a_card_of_the_patrons_own_records_what_the_page_showed(
    client,
    owner,
    identity_service,
    changed,  # noqa: F811
    purpose,
):
    if purpose == "refresh":
        IdentityLink.objects.create(issuer=identity_service.issuer, subject="mine", patron=owner)
    typed = {
        "name": owner.name,
        "birthdate": owner.birth_date,
        "address": owner.address,
        "subject": "mine",
    }
    identity_service.sign_in(client, purpose=purpose, typed=typed, data={"privacy_notice": FIRST})
    assert IdentityLink.objects.get().patron == owner
    assert shown_to(owner) == [FIRST] != [changed.version]


@pytest.mark.parametrize(
    ("purpose", "offer", "leads_to"),
    [("login", LOGIN_OFFER, MENU), ("recover", RECOVER_OFFER, NUMBER)],
)
def test_an_offer_carries_it_to_the_link(
    client,
    identity_service,
    changed,  # noqa: F811
    purpose,
    offer,
    leads_to,
):
    patron = counter_patron()
    data = {"privacy_notice": FIRST}
    assert identity_service.sign_in(client, purpose=purpose, data=data).url == offer
    assert shown_to(patron) == []
    assert client.post(offer).url == leads_to
    assert shown_to(patron) == [FIRST]


def test_a_card_that_is_refused_records_nothing(client, owner, identity_service):
    typed = {"name": "別人", "birthdate": "20000101", "address": "大分市", "subject": "other"}
    identity_service.sign_in(client, purpose="link", typed=typed)
    assert shown_to(owner) == []


@pytest.mark.parametrize(
    "change", [{"phone": "0970000001"}, {"email": "taro@example.jp"}, {"contact_method": "phone"}]
)
def test_contact_data_record_what_the_form_showed(
    client,
    owner,
    changed,  # noqa: F811
    change,
):
    edit(client, CONTACT)
    PrivacyNoticeShown.objects.all().delete()
    typed = CONTACT | change | hidden_fields(text(client.get(EDIT)))
    assert typed["privacy_notice"] == LATER.version
    assert client.post(EDIT, typed | {"privacy_notice": FIRST}).status_code == 302
    assert shown_to(owner) == [FIRST]


def test_the_form_without_anything_new_records_nothing(client, owner):
    edit(client, CONTACT)
    PrivacyNoticeShown.objects.all().delete()
    edit(client, CONTACT)
    assert shown_to(owner) == []


@pytest.mark.parametrize("sent", ["", "9999", "\x00" * 99])
def test_whoever_names_no_version_of_ours_was_shown_the_current_one(client, owner, sent):
    edit(client, CONTACT | {"privacy_notice": sent})
    assert shown_to(owner) == [privacy_notice.CURRENT.version]


def test_the_first_time_of_each_version_stays_and_is_told(client, owner):
    edit(client, CONTACT)
    first = PrivacyNoticeShown.objects.get().shown_at
    edit(client, CONTACT | {"phone": "0970000001"})
    assert PrivacyNoticeShown.objects.get().shown_at == first
    page = html.unescape(text(client.get(PRIVACY)))
    assert f"{privacy_notice.CURRENT.version}（{privacy_notice.CURRENT.summary}）" in page
