"""The fuzzing itself, at a stranger's pages only: `make fuzz` does the whole."""

import pytest

from tests.fuzz.attack import attack
from tests.fuzz.people import stranger
from tests.fuzz.walk import parameters


@pytest.mark.django_db
def test_nothing_a_stranger_sends_is_an_error(settings):
    settings.ALLOWED_HOSTS = ["localhost"]
    found = parameters([stranger()])
    names = {(each.route, each.kind, each.name) for each in found}
    assert ("mylibrary/login/", "query", "next") in names
    assert ("mylibrary/login/", "body", "password") in names
    assert ("myna/callback/", "query", "state") in names
    assert ("catalog/search/", "query", "operator2") in names
    assert ("catalog/<int:record_id>/", "path", "record_id") in names
    result = attack(found, 2, "smoke")
    assert result.inputs == 2 * len(found)
    assert result.faults == []
