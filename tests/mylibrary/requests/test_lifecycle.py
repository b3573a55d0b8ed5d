"""The moves of a wanted title: the database allows what the table says, and keeps what is over."""

import pytest
from django.db import DatabaseError, transaction

from mylibrary.requests.enums import SENTENCES, DeclineReason, TitleState
from mylibrary.requests.lifecycle import ALLOWED, CLOSED, OPEN, UNDECIDED
from mylibrary.requests.models import TitleDecision, WantedTitle
from mylibrary.requests.services import TitleClosed
from tests.catalog.shelves import a_record
from tests.mylibrary.requests.wishes import ISBN, decided, wished

pytestmark = pytest.mark.django_db


def test_the_database_allows_the_moves_of_the_table_and_no_other():
    for before in TitleState:
        for after in set(TitleState) - {before}:
            wanted = WantedTitle.objects.create(title="題", title_key="題", state=before)
            row = WantedTitle.objects.filter(pk=wanted.pk)
            if after in ALLOWED[before]:
                row.update(state=after)
                continue
            refusal = "append-only" if before in CLOSED else "no wanted title"
            with pytest.raises(DatabaseError, match=refusal), transaction.atomic():
                row.update(state=after)


def test_every_state_is_open_or_closed_and_has_a_sentence():
    assert OPEN | CLOSED == set(TitleState) == {*SENTENCES}
    assert {*UNDECIDED} == {TitleState.RECEIVED, TitleState.CONSIDERED}


def test_what_is_decided_is_not_decided_again(member, staff):
    wanted = wished(member).wanted
    decided(wanted, staff, TitleState.DECLINED, DeclineReason.NOT_PUBLISHED)
    with pytest.raises(TitleClosed):
        decided(wanted, staff)
    for columns in ({"title": "別の題"}, {"wanted_by": 9}, {"state": "received"}):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            WantedTitle.objects.filter(pk=wanted.pk).update(**columns)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        TitleDecision.objects.update(note="another")


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "gossip"},
        {"isbn": ISBN},
        {"record": True},
    ],
)
def test_no_title_says_what_cannot_be(columns):
    WantedTitle.objects.create(title="題", title_key="題", isbn=ISBN)
    wanted = WantedTitle.objects.create(title="副題", title_key="副題")
    if "record" in columns:
        columns = {"record": a_record()}
    with pytest.raises(DatabaseError), transaction.atomic():
        WantedTitle.objects.filter(pk=wanted.pk).update(**columns)


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "declined"},
        {"state": "buying", "reason": "unclear"},
        {"state": "declined", "reason": "other"},
    ],
)
def test_who_is_refused_is_told_why(member, staff, columns):
    wanted = wished(member).wanted
    with pytest.raises(DatabaseError), transaction.atomic():
        TitleDecision.objects.create(wanted=wanted, staff=staff, **columns)
