"""The command that runs the residency rule again over patrons and open applications."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from patrons.models import Patron
from patrons.residency import RULES
from patrons.residency_services import COLUMNS
from registration.application import services
from registration.application.enums import ApplicationState as State
from registration.application.models import Application
from tests.patrons.people import imported_patron
from tests.registration.support import (
    HANAKO,
    OUTSIDER,
    TARO,
    TYPED,
    enter,
    entered,
    identify,
    registered,
)

pytestmark = pytest.mark.django_db
EARLIER = dict(zip(COLUMNS, ("44201", "not_eligible", "earlier"), strict=True))
NOW = ("44201", "eligible", RULES.version)


def run(*arguments):
    """Return what the command writes and its message when it does not end with 0."""
    out = StringIO()
    try:
        call_command("recheck_residency", *arguments, stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def columns(row):
    return type(row).objects.values_list(*COLUMNS).get(pk=row.pk)


def in_review(client, identity):
    """Put an application aside for the staff: the person has no complete birth date."""
    draft = identify(client, identity)
    Application.objects.filter(pk=draft.pk).update(birth_date="20150000")
    application = enter(draft)
    assert application.state == State.REVIEW
    return application


def test_decisions_by_the_present_table_are_left_as_they_are():
    registered(Client())
    entered(Client(), HANAKO)
    out, error = run("--apply")
    assert error == ""
    assert "patrons: 1 checked, 0 decided otherwise, 0 only by a new version, 0 in use" in out
    assert "applications: 1 checked, 0 decided otherwise" in out


def test_patrons_drafts_and_reviews_are_listed_first_and_written_when_told():
    patron = registered(Client()).patron
    draft = entered(Client(), HANAKO)
    review = in_review(Client(), replace(TARO, subject="third"))
    for row in (patron, draft, review):
        type(row).objects.filter(pk=row.pk).update(**EARLIER)
    lines = [
        f"{kind}: 44201 not_eligible earlier -> {' '.join(NOW)}"
        for kind in (
            f"patron {patron.number}",
            f"application {draft.pk}",
            f"application {review.pk}",
        )
    ]

    out, error = run()
    assert error == "Nothing was written: run again with --apply."
    assert sorted(line for line in out.splitlines() if "->" in line) == sorted(lines)
    assert columns(patron) == columns(draft) == columns(review) == tuple(EARLIER.values())

    out, error = run("--apply")
    assert error == ""
    assert sorted(line for line in out.splitlines() if "->" in line) == sorted(lines)
    assert columns(patron) == columns(draft) == columns(review) == NOW
    assert run() == run("--apply")
    assert run()[1] == ""


def test_a_new_version_alone_is_counted_and_not_listed():
    patron = registered(Client()).patron
    Patron.objects.update(residency_rule_version="earlier")
    out, error = run()
    assert "->" not in out
    assert "patrons: 1 checked, 0 decided otherwise, 1 only by a new version" in out
    assert error
    run("--apply")
    assert columns(patron) == NOW


def test_the_first_decision_on_an_imported_patron_is_listed():
    imported_patron(number="C1")
    assert f"patron C1: - - - -> 44202 eligible {RULES.version}" in run()[0]


def test_no_application_changes_its_state_its_time_or_what_was_shown():
    client = Client()
    draft = entered(client)
    Application.objects.update(**EARLIER)
    run("--apply")
    after = Application.objects.get()
    assert (after.state, after.expires_at, after.mark()) == (
        draft.state,
        draft.expires_at,
        draft.mark(),
    )
    assert after.transitions.count() == draft.transitions.count()
    assert registered_number(client)


def registered_number(client):
    """Confirm what the client was shown before the command ran."""
    client.post("/registration/confirm/")
    return Patron.objects.get().number


def test_who_has_no_decision_yet_or_is_answered_is_left_alone():
    client = Client()
    undecided = services.keep_form_values(application_id=None, typed=TYPED)
    identify(client, OUTSIDER)
    client.post("/registration/", {})
    refused = Application.objects.get(state=State.REFUSED)
    out, error = run("--apply")
    assert "applications: 0 checked" in out
    assert error == ""
    assert columns(undecided) == ("", "", "")
    assert columns(refused)[1] == "not_eligible"


def test_the_list_names_nobody():
    registered(Client())
    imported_patron()
    Patron.objects.update(**EARLIER)
    out, error = run()
    for secret in (TARO.name, TARO.address, TARO.birth_date, "別府", "大分", "oita@oita.co.jp"):
        assert secret not in out + error
