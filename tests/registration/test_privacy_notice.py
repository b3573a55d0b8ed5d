"""The purpose of use: shown before anything is collected, recorded as it was shown, and kept."""

import hashlib
import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from patrons import privacy_notice
from registration.application import services
from registration.application.enums import ApplicationState as State
from registration.application.models import Application
from registration.application.pages import _empty_rows
from tests.registration.review.reviews import decided, mailed_key, namesake_case
from tests.registration.support import FORM, TARO, TYPED, identify, registered

# What was shown once stays as it was. A change of the text is another version, with its own line.
DIGESTS = {
    "2026-11": "6038a1a09e65639f30cb1692332f2e0147c15667ac668db5fd3b68b6d6c00590",
    "2026-12": "51a7e39f2c3c21b9dc38c84b86f837d38e20dc7d95c0dda1bfa0b78a60cdd037",
}
LATER = privacy_notice.PrivacyNotice(
    version="2027-04", summary_source="あとの文。", purpose_sources=("あとの目的",)
)


def digest(notice: privacy_notice.PrivacyNotice) -> str:
    text = "\n".join(map(str, [notice.summary, *notice.purposes]))
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def changed(monkeypatch) -> privacy_notice.PrivacyNotice:
    """Publish a later version, as a new release does."""
    by_version = {**privacy_notice._BY_VERSION, LATER.version: LATER}
    monkeypatch.setattr(privacy_notice, "_BY_VERSION", by_version)
    monkeypatch.setattr(privacy_notice, "CURRENT", LATER)
    return LATER


def started(client: Client, identity_service, **fields: str) -> Application:
    """Press マイナンバー読込 and return the draft that this makes."""
    identity_service.start(client, {"purpose": "registration", **fields})
    return Application.objects.get()


def test_no_version_changes_its_text():
    assert {notice.version: digest(notice) for notice in privacy_notice.VERSIONS} == DIGESTS


def test_another_text_is_noticed():
    notice = privacy_notice.CURRENT
    other = notice._replace(purpose_sources=(*notice.purposes, "広告"))
    assert digest(other) != DIGESTS[notice.version]
    assert digest(notice._replace(summary_source="")) != DIGESTS[notice.version]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["", "?interrupted=cancelled", "?interrupted=unavailable", "?interrupted=x"]
)
def test_every_form_that_a_draft_can_begin_from_shows_it(client, query):
    page = html.unescape(client.get(FORM + query).content.decode())
    assert page.count(str(privacy_notice.CURRENT.summary)) == 1
    assert f'name="privacy_notice" value="{privacy_notice.CURRENT.version}"' in page
    assert f'href="{reverse("privacy")}"' in page


@pytest.mark.django_db
def test_it_is_shown_where_the_form_was_sent_too_early_or_too_late(client):
    page = html.unescape(client.post(FORM, TYPED).content.decode())
    assert str(privacy_notice.CURRENT.summary) in page
    identify(client)
    Application.objects.update(expires_at="2020-01-01T00:00:00Z")
    page = html.unescape(client.post(FORM, TYPED).content.decode())
    assert str(privacy_notice.CURRENT.summary) in page


@pytest.mark.django_db
def test_it_is_a_notice_and_asks_for_nothing(client):
    page = client.get(FORM).content.decode()
    assert 'type="checkbox"' not in page
    assert "同意" not in page


@pytest.mark.django_db
def test_after_the_card_it_is_not_repeated(client):
    identify(client)
    page = html.unescape(client.get(FORM).content.decode())
    assert str(privacy_notice.CURRENT.summary) not in page
    assert 'name="privacy_notice"' not in page


def test_the_privacy_policy_has_all_of_it_and_the_version(client):
    page = html.unescape(client.get(reverse("privacy")).content.decode())
    for text in (privacy_notice.CURRENT.summary, *privacy_notice.CURRENT.purposes):
        assert str(text) in page
    assert f"利用目的の版：{privacy_notice.CURRENT.version}" in page


@pytest.mark.django_db
def test_the_draft_records_the_version_before_the_card_is_read(client, identity_service):
    shown = re.search('name="privacy_notice" value="([^"]+)"', client.get(FORM).content.decode())[1]
    draft = started(client, identity_service, privacy_notice=shown)
    assert (draft.state, draft.privacy_version) == (State.STARTED, privacy_notice.CURRENT.version)
    assert draft.name == ""


@pytest.mark.django_db
def test_a_page_from_before_a_release_records_what_it_showed(client, identity_service, changed):
    draft = started(client, identity_service, privacy_notice=privacy_notice.VERSIONS[0].version)
    assert draft.privacy_version == privacy_notice.VERSIONS[0].version != changed.version


@pytest.mark.django_db
@pytest.mark.parametrize("sent", [{}, {"privacy_notice": "9999"}, {"privacy_notice": "\x00" * 99}])
def test_whoever_names_no_version_of_ours_was_shown_the_current_one(
    client, identity_service, changed, sent
):
    assert started(client, identity_service, **sent).privacy_version == changed.version


@pytest.mark.django_db
def test_a_draft_keeps_the_version_it_began_with(client, identity_service, changed):
    first = privacy_notice.VERSIONS[0].version
    started(client, identity_service, privacy_notice=first)
    assert started(client, identity_service, privacy_notice=LATER.version).privacy_version == first


@pytest.mark.django_db
def test_it_is_kept_when_the_application_closes(client):
    application = registered(client)
    assert application.privacy_version == privacy_notice.CURRENT.version
    cancelled = services.cancel(
        application_id=services.keep_form_values(application_id=None, typed={}).pk
    )
    assert (cancelled.state, cancelled.privacy_version) == (
        State.EXPIRED,
        privacy_notice.CURRENT.version,
    )


@pytest.mark.django_db
def test_the_page_that_goes_on_after_a_review_shows_it_too(client, django_user_model):
    staff = django_user_model.objects.create_superuser("librarian", "only for this test")
    decided(namesake_case(), "other_person", staff)
    page = client.get("/registration/review/", {"key": mailed_key()}).content.decode()
    assert str(privacy_notice.CURRENT.summary) in html.unescape(page)
    assert f'name="privacy_notice" value="{privacy_notice.CURRENT.version}"' in page


@pytest.mark.django_db
def test_staff_see_the_version_and_the_words(client, admin_client):
    application = registered(client)
    address = f"/admin/registration/application/{application.pk}/change/"
    page = html.unescape(admin_client.get(address).content.decode())
    assert f"{privacy_notice.CURRENT.version}：{privacy_notice.CURRENT.summary}" in page
    Application.objects.update(privacy_version="")
    assert str(privacy_notice.CURRENT.summary) not in html.unescape(
        admin_client.get(address).content.decode()
    )


@pytest.mark.django_db
def test_the_first_page_stays_cheap(client, django_assert_num_queries):
    client.get(FORM)
    rows = _empty_rows("ja")
    with django_assert_num_queries(0):
        client.get(FORM)
    assert _empty_rows("ja") is rows
    assert TARO.name not in rows
