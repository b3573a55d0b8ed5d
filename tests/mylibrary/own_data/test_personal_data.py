"""What is held about a patron is told and erased, whichever app holds it, or it says why not."""

from collections import Counter
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from mylibrary.mynumber.models import LinkOffer, OfferPurpose
from mylibrary.own_data.models import ErasureRequest
from mylibrary.own_data.services import ask_for_erasure, confirm_erasure
from myna_auth.models import AuthRequest
from notices.delivery import deliver
from notices.models import MailPreference, Notice, NoticeChoice
from notices.retention import delete_old_mails
from patrons import personal_data_registry as held_data
from patrons.models import IdentityLink, Patron
from patrons.retention import erase_patron
from registration.application import services
from registration.application.enums import ApplicationState as State
from registration.application.models import Application
from tests.mylibrary.conftest import PASSWORD
from tests.mylibrary.own_data.own_rows import NEW_EMAIL, one_of_each
from tests.patrons.people import imported_patron, set_own_password
from tests.registration.review.reviews import case_for
from tests.registration.support import HANAKO, TARO, enter, registered

SUBJECT = "subject-that-nobody-else-has"
PERSON = {
    "name": TARO.name,
    "kana": "オオイタ",
    "birth date": TARO.birth_date,
    "address": TARO.address,
    "phone": "0970000000",
    "email": "oita@oita.co.jp",
    "subject": SUBJECT,
    "new email": NEW_EMAIL,
}


def pointing_models() -> set[type[Model]]:
    """Return every model with a column that names a patron or a login, and those themselves."""
    subjects = {Patron, get_user_model()}
    return subjects | {
        model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy
        and any(
            field.related_model in subjects or field.name == "patron_id"
            for field in model._meta.concrete_fields
        )
    }


def named_by_providers() -> Counter:
    return Counter(model for provider in held_data.providers for model in provider.models)


def test_every_model_that_points_to_a_patron_has_one_provider():
    assert set(named_by_providers()) == pointing_models()
    assert set(named_by_providers().values()) == {1}


def test_a_model_nobody_speaks_for_is_noticed(monkeypatch):
    without = [provider for provider in held_data.providers if Notice not in provider.models]
    monkeypatch.setattr(held_data, "providers", without)
    assert pointing_models() - set(named_by_providers()) == {
        *(Notice, MailPreference, NoticeChoice)
    }


def test_what_is_not_told_or_not_erased_says_why_in_a_sentence():
    reasons = [
        reason
        for provider in held_data.providers
        for held in provider.models.values()
        for reason in (held.not_told, held.kept)
        if reason
    ]
    assert reasons
    assert all(reason.endswith(".") and len(reason.split()) > 5 for reason in reasons)


def test_the_record_comes_first_and_what_hangs_on_it_is_erased_first(member):
    assert [section.key for section in held_data.tell(member)] == [
        *("registration", "verification", "card_links", "login", "passkeys", "sessions"),
        "audit",
        *("messages", "message_titles", "mail_preferences", "message_contents", "applications"),
        *("loans", "holds", "history_choice", "reading_history"),
        *("library_standing", "library_requests"),
        *("email_confirmations", "kana_requests", "erasure_requests", "privacy_notices_shown"),
        *("resets_stopped", "openings", "purchase_suggestions", "device_card", "hold_basket"),
        *("pickup_choice", "calendar_feed", "bookshelf", "alerts", "alert_arrivals"),
    ]
    patrons = next(p for p in held_data.providers if Patron in p.models)
    assert held_data.providers.index(patrons) == len(held_data.providers) - 1


@pytest.fixture
def taro(db) -> Patron:
    """Somebody of whom every app holds something: registered online, busy, and about to leave."""
    browser = Client()
    patron = registered(browser, TARO).patron
    IdentityLink.objects.update(subject=SUBJECT)
    Patron.objects.update(confirmed_email=patron.email, bounced_email=patron.email)
    set_own_password(patron=patron, password=PASSWORD)
    patron = Patron.objects.select_related("user").get()
    browser.force_login(patron.user, backend="patrons.backends.PatronBackend")
    AuthRequest.objects.create(
        state_hash="s", browser_hash="b", purpose="link", user_id=patron.user_id
    )
    link = {"issuer": TARO.issuer, "subject": SUBJECT}
    LinkOffer.objects.create(patron=patron, purpose=OfferPurpose.LOGIN, phone_needed=False, **link)
    # A second application, read from the same card, that still waits for the staff.
    review = case_for(TARO, phone=PERSON["phone"], email=PERSON["email"])
    Application.objects.filter(pk=review.pk).update(**link)
    Notice.objects.filter(kind="review_received").update(sent_at=timezone.now())
    one_of_each(patron)
    link = {"patron": None, "kind": "email_confirmation", "subject": "件名", "body": "本文"}
    for address in (PERSON["email"], NEW_EMAIL):
        Notice.objects.create(recipient=address, sent_at=timezone.now(), **link)
    ask_for_erasure(patron=patron)
    return patron


def places(value: str) -> Iterator[str]:
    """Yield every table of the database that has a row with a value in it."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(
                f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', [f"%{value}%"]
            )
            if cursor.fetchone()[0]:
                yield table


def left_of_the_person() -> dict[str, list[str]]:
    """Return the tables that still have something of PERSON."""
    found = {what: list(places(value)) for what, value in PERSON.items()}
    return {what: tables for what, tables in found.items() if tables}


def test_everything_stands_in_some_table_before(taro):
    for value in PERSON.values():
        assert {"patrons_patron", "patrons_identitylink", "notices_notice"} & set(places(value))
    tables = {table for value in PERSON.values() for table in places(value)}
    assert tables >= {
        *("patrons_patron", "patrons_identitylink", "notices_notice"),
        *("registration_application", "mylibrary_linkoffer", "mylibrary_kanarequest"),
        *("mylibrary_emailconfirmation", "mylibrary_resetrequest"),
    }


def test_nothing_of_the_person_stands_in_any_table_afterwards(taro):
    erase_patron(patron_id=taro.pk)
    assert left_of_the_person() == {}
    assert not AuthRequest.objects.exists()
    assert Patron.objects.get().number == taro.number


def test_after_a_request_only_the_last_mail_knows_the_address_until_it_is_sent(taro):
    staff = get_user_model().objects.create_superuser("librarian", PASSWORD)
    confirm_erasure(request_id=ErasureRequest.objects.get().pk, staff=staff, note="確認済み")
    assert left_of_the_person() == {"email": ["notices_notice"]}
    deliver(notice_id=Notice.objects.get().pk)
    assert delete_old_mails() == 1
    assert left_of_the_person() == {}


def test_open_applications_of_the_card_are_ended_and_the_first_one_stays(taro):
    erase_patron(patron_id=taro.pk)
    first, second = Application.objects.order_by("created_at")
    assert (first.state, first.patron_id) == (State.REGISTERED, taro.pk)
    assert (second.state, second.transitions.last().reason) == (State.EXPIRED, "cancelled")
    assert first.privacy_version


def test_others_are_not_touched(taro):
    other = imported_patron()
    Notice.objects.create(patron=other, kind="security", subject="件名", body="本文")
    IdentityLink.objects.create(issuer=TARO.issuer, subject="another", patron=other)
    draft = services.attach_identity(application_id=None, identity=HANAKO)
    enter(draft, email="else@example.jp")
    before = Patron.objects.values().get(pk=other.pk)
    erase_patron(patron_id=taro.pk)
    assert Patron.objects.values().get(pk=other.pk) == before
    assert Notice.objects.get().patron == other
    assert IdentityLink.objects.get().patron == other
    assert Application.objects.get(pk=draft.pk).name == HANAKO.name
