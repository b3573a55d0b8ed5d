"""A clock that was a day ahead: what it wrote keeps nobody out afterwards and lasts no longer.

Each test writes what such a clock leaves behind. Buckets are in `tests/accounts/test_throttle.py`,
drafts in `tests/registration/application/test_many_drafts.py`.
"""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.sessions.backends.signed_cookies import SessionStore as AnySession
from django.utils import timezone

from accounts import timeouts
from accounts.models import Session
from accounts.relying_party import (
    CHALLENGES,
    Ceremony,
    PasskeyRefused,
    keep_challenge,
    take_challenge,
)
from accounts.sessions import SessionStore
from mylibrary import session
from mylibrary.mynumber.models import LinkOffer
from mylibrary.mynumber.services import make_offer
from mylibrary.profile.models import EmailConfirmation
from mylibrary.reset.models import ResetRequest
from myna_auth.errors import RequestExpired
from myna_auth.keysets import FRESH, CachedKeys
from myna_auth.models import AuthRequest
from myna_auth.services import begin_request, consume_request, purge_requests
from patrons.first_login.models import FirstLoginCode
from patrons.first_login.services import (
    MAILS_A_DAY,
    Tried,
    delete_old_codes,
    mails_left,
    new_mail_code,
    try_code,
)
from patrons.models import PatronExport
from patrons.services import user_for
from patrons.transfer import exporting
from registration.application.models import Application
from tests.patrons.people import imported_patron
from tests.registration.support import RESULT, registered, text

DAY = timedelta(days=1)
NOW = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize("ahead", [timedelta(seconds=30), DAY, 3650 * DAY])
def test_a_moment_to_come_is_not_recent(ahead):
    recent = timeouts.is_recent(NOW + ahead, within=timedelta(minutes=10), now=NOW)
    assert recent is (ahead < timeouts.CLOCK_SKEW)


@pytest.mark.parametrize("column", ["last_seen_at", "logged_in_at"])
def test_a_login_that_was_begun_or_used_tomorrow_is_over(client, db, column):
    client.force_login(user_for(patron=imported_patron()), "patrons.backends.PatronBackend")
    logins = Session.objects.filter(user__isnull=False)
    logins.update(**{column: timezone.now() + DAY})
    assert not logins.active(timezone.now()).exists()
    assert logins.timed_out(timezone.now()).exists()
    assert client.get("/mylibrary/").status_code == 302
    assert not logins.exists()


def test_an_anonymous_session_ends_in_its_time(db):
    store = SessionStore()
    store["draft"] = "x"
    store.save()
    Session.objects.update(expire_date=timezone.now() + 30 * DAY)
    SessionStore.clear_expired()
    left = Session.objects.get().expire_date - timezone.now()
    assert left <= timedelta(seconds=settings.SESSION_COOKIE_AGE)


def test_a_challenge_given_tomorrow_cannot_be_answered(client, db):
    store = SessionStore()
    keep_challenge(store, Ceremony.LOGIN, "abc")
    tomorrow = (timezone.now() + DAY).timestamp()
    store[CHALLENGES + Ceremony.LOGIN] = [["abc", tomorrow]]
    store.save()
    answer = {"response": {"clientDataJSON": "eyJjaGFsbGVuZ2UiOiJhYmMifQ"}}
    with pytest.raises(PasskeyRefused):
        take_challenge(store, Ceremony.LOGIN, answer)


def test_neither_a_proof_nor_a_recovery_of_tomorrow_counts():
    request = SimpleNamespace(session=AnySession())
    patron = SimpleNamespace(pk=7)
    session.keep_authenticated(request)
    session.allow_recovery(request, patron)
    session.keep_mynumber_read(request)
    assert session.has_authenticated_recently(request)
    assert session.has_read_mynumber(request)
    assert session.recovering_patron_id(request) == 7
    tomorrow = (timezone.now() + DAY).timestamp()
    request.session[session.AUTHENTICATED_AT] = tomorrow
    request.session[session.RECOVERY] = [7, tomorrow]
    request.session[session.MYNUMBER_READ_AT] = tomorrow
    request.session[session.CONFIRMING] = [7, tomorrow]
    assert session.confirming_patron_id(request) is None
    assert not session.has_authenticated_recently(request)
    assert not session.has_read_mynumber(request)
    assert session.recovering_patron_id(request) is None


def rows_to_come(patron):
    """Store what My Library keeps between two steps, as it would be tomorrow."""
    begun = {"created_at": timezone.now() + DAY, "expires_at": timezone.now() + DAY * 1.1}
    return [
        LinkOffer.objects.create(
            patron=patron, purpose="login", issuer="i", subject="s", phone_needed=True, **begun
        ),
        EmailConfirmation.objects.create(patron=patron, email="a@example.jp", **begun),
        ResetRequest.objects.create(patron=patron, answered_at=timezone.now(), **begun),
    ]


def test_no_link_and_no_offer_of_tomorrow_can_be_used(db):
    for row in rows_to_come(imported_patron()):
        rows = type(row).objects
        assert not rows.current().exists()
        assert list(rows.expired(timezone.now())) == [row]


def test_an_offer_used_up_tomorrow_keeps_nobody_waiting_until_then(db):
    patron = imported_patron()
    offer, *_ = rows_to_come(patron)
    LinkOffer.objects.update(tries_left=0)
    card = SimpleNamespace(issuer="i", subject="s", birth_date=patron.birth_date)
    found = SimpleNamespace(patron_id=patron.pk, verdict="phone_needed")
    again = make_offer(purpose=offer.purpose, identity=card, found=found)
    assert again.expires_at <= timezone.now() + timedelta(minutes=15)


def test_a_trip_to_the_identity_service_of_tomorrow_is_over_and_swept(db):
    begun = begin_request(purpose="login", browser_secret="b", user=None)
    AuthRequest.objects.update(expires_at=timezone.now() + DAY)
    answer = consume_request(state=begun.state, browser_secret="b")
    assert isinstance(answer.refusal, RequestExpired)
    assert purge_requests() == 1


def test_keys_fetched_tomorrow_are_not_fresh():
    fetched = [timezone.now() + ahead for ahead in (-FRESH, timedelta(0), DAY)]
    assert [CachedKeys({}, moment).fresh for moment in fetched] == [False, True, False]


def test_a_result_is_shown_no_longer_than_half_an_hour(client, db):
    application = registered(client)
    assert application.patron.number in text(client.get(RESULT))
    Application.objects.update(expires_at=timezone.now() + DAY)
    assert application.patron.number not in text(client.get(RESULT))


def test_codes_of_tomorrow_open_nothing_and_take_no_mail_of_today(db):
    patron = imported_patron(first_login_until=timezone.now() + DAY, email="taro@example.jp")
    for _ in range(MAILS_A_DAY):
        code = new_mail_code(patron=patron, another=True)
    assert new_mail_code(patron=patron, another=True) is None
    codes = FirstLoginCode.objects
    codes.update(made_at=timezone.now() + DAY, expires_at=timezone.now() + DAY * 1.1)
    code.refresh_from_db()
    assert not code.is_live
    assert try_code(patron_id=patron.pk, typed=code.digits).tried is Tried.OVER
    assert mails_left(patron=patron) == MAILS_A_DAY
    assert delete_old_codes() == MAILS_A_DAY
    assert new_mail_code(patron=patron, another=False)


def test_a_file_for_the_library_system_is_written_after_one_of_tomorrow(db, settings, tmp_path):
    settings.PATRON_EXPORT_FOLDER = str(tmp_path)
    imported_patron(exported_at=None)
    tomorrow = timezone.now() + DAY
    PatronExport.objects.create(
        started_at=tomorrow,
        finished_at=tomorrow,
        encoding="utf-8-sig",
        patrons=1,
        marked=1,
        reported=0,
    )
    assert exporting.export_when_due(now=timezone.now()).patrons == 1
