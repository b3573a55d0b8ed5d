"""Passkeys below the pages: what an authenticator's response proves, and what it does not."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings as project
from django.utils import timezone

from accounts import relying_party
from accounts.models import MAXIMUM_CREDENTIAL_ID, Passkey
from accounts.passkey_services import finish_registration, use_passkey
from accounts.relying_party import (
    MAXIMUM_PASSKEYS,
    PasskeyRefusal,
    PasskeyRefused,
    TooManyPasskeys,
    begin_registration,
)
from tests.accounts.authenticator import (
    BACKED_UP,
    BACKUP_ELIGIBLE,
    UNLOCKED,
    USER_PRESENT,
    USER_VERIFIED,
    Authenticator,
    eddsa,
    es256,
    rs256,
)

pytestmark = pytest.mark.django_db


def registered(user, authenticator: Authenticator) -> Passkey:
    options = begin_registration(user=user, user_name="8000028")
    return finish_registration(
        user=user,
        response=authenticator.create(options),
        challenge=options["challenge"],
        name="iPhone",
    )


def used(authenticator: Authenticator, **client_data: object) -> Passkey:
    options = relying_party.request_options()
    response = authenticator.get(options, **client_data)
    return use_passkey(response=response, challenge=options["challenge"])


@pytest.fixture
def authenticator(staff) -> Authenticator:
    """An authenticator whose passkey `staff` has added."""
    made = Authenticator()
    registered(staff, made)
    return made


@pytest.mark.parametrize("make_key", [es256, rs256, eddsa])
def test_a_passkey_of_every_algorithm_is_added_and_used(staff, make_key):
    authenticator = Authenticator(key=make_key())
    passkey = registered(staff, authenticator)
    assert (passkey.user, passkey.name, passkey.last_used_at) == (staff, "iPhone", None)
    assert passkey.transports == ["hybrid", "internal"]
    again = used(authenticator)
    assert again == passkey
    assert timezone.now() - again.last_used_at < timedelta(minutes=1)


def test_what_is_asked_for(staff):
    options = begin_registration(user=staff, user_name="8000028")
    assert options["rp"] == {"id": "localhost", "name": "大分市民図書館"}
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert [kind["alg"] for kind in options["pubKeyCredParams"]] == [-7, -8, -257]
    login = relying_party.request_options()
    assert (login["rpId"], login["userVerification"]) == ("localhost", "required")
    assert login["allowCredentials"] == []
    assert login["challenge"] != relying_party.request_options()["challenge"]


def test_user_handle_is_random_stays_and_says_nothing(staff, django_user_model):
    first, again = (
        begin_registration(user=staff, user_name="8000028")["user"]["id"] for _ in range(2)
    )
    other = django_user_model.objects.create(username="patron:1")
    assert first == again
    assert first != begin_registration(user=other, user_name="8000036")["user"]["id"]
    staff.refresh_from_db()
    assert len(staff.passkey_handle) == 32


def test_passkeys_that_exist_are_excluded(staff, authenticator):
    (excluded,) = begin_registration(user=staff, user_name="8000028")["excludeCredentials"]
    assert excluded["transports"] == ["hybrid", "internal"]
    assert excluded["id"] == authenticator.get(relying_party.request_options())["id"]


@pytest.mark.parametrize(
    ("address", "rp_id", "origin"),
    [
        ("https://library.example.jp", "library.example.jp", "https://library.example.jp"),
        ("https://Library.Example.jp:443", "library.example.jp", "https://library.example.jp"),
        (
            "https://library.example.jp:8443",
            "library.example.jp",
            "https://library.example.jp:8443",
        ),
        ("http://localhost:8000", "localhost", "http://localhost:8000"),
        ("http://localhost:80", "localhost", "http://localhost"),
    ],
)
def test_relying_party_follows_the_public_address(settings, address, rp_id, origin):
    settings.PUBLIC_BASE_URL = address
    assert (relying_party.rp_id(), relying_party.origin()) == (rp_id, origin)


BROKEN = {
    "another origin": {"origin": "https://evil.example"},
    "another port": {"origin": "http://localhost:8001"},
    "origin with more behind it": {"origin": "http://localhost:8000.evil.example"},
    "another relying party": {"rp_id": "evil.example"},
    "nobody there": {"flags": USER_VERIFIED},
    "device not unlocked": {"flags": USER_PRESENT},
    "backed up though it cannot be": {"flags": UNLOCKED | BACKED_UP},
}
SAYS = {
    "another kind of response": {"type": "webauthn.other"},
    "another challenge": {"challenge": "AAAA"},
    "from a frame of another site": {"crossOrigin": True},
    "origin that is no text": {"origin": None},
    "challenge that is no text": {"challenge": {}},
}


@pytest.mark.parametrize("changes", BROKEN.values(), ids=BROKEN)
def test_no_passkey_is_added_by(staff, changes):
    with pytest.raises(PasskeyRefused):
        registered(staff, Authenticator(**changes))
    assert not Passkey.objects.exists()


@pytest.mark.parametrize("says", SAYS.values(), ids=SAYS)
def test_no_passkey_is_added_by_a_browser_that_says(staff, says):
    options = begin_registration(user=staff, user_name="8000028")
    response = Authenticator().create(options, **says)
    with pytest.raises(PasskeyRefused):
        finish_registration(
            user=staff, response=response, challenge=options["challenge"], name="iPhone"
        )


@pytest.mark.parametrize("changes", BROKEN.values(), ids=BROKEN)
def test_nobody_is_proved_by(authenticator, changes):
    for name, value in changes.items():
        setattr(authenticator, name, value)
    with pytest.raises(PasskeyRefused):
        used(authenticator)


@pytest.mark.parametrize("says", SAYS.values(), ids=SAYS)
def test_nobody_is_proved_by_a_browser_that_says(authenticator, says):
    with pytest.raises(PasskeyRefused):
        used(authenticator, **says)


def test_another_key_proves_nobody(authenticator):
    authenticator.key = es256()
    with pytest.raises(PasskeyRefused) as refused:
        used(authenticator)
    assert refused.value.reason == PasskeyRefusal.NOT_PROVED


@pytest.mark.parametrize("handle", [b"", b"x" * 32])
def test_a_passkey_of_another_user_handle_proves_nobody(authenticator, handle):
    authenticator.user_handle = handle
    with pytest.raises(PasskeyRefused) as refused:
        used(authenticator)
    assert refused.value.reason == PasskeyRefusal.UNKNOWN


def test_unknown_passkey_proves_nobody(authenticator):
    stranger = Authenticator(user_handle=authenticator.user_handle)
    with pytest.raises(PasskeyRefused) as refused:
        used(stranger)
    assert refused.value.reason == PasskeyRefusal.UNKNOWN


def test_user_who_was_switched_off_is_refused(staff, authenticator):
    staff.is_active = False
    staff.save()
    with pytest.raises(PasskeyRefused) as refused:
        used(authenticator)
    assert refused.value.reason == PasskeyRefusal.NOT_ACTIVE


@pytest.mark.parametrize("count", [0, 4, 5])
def test_a_count_that_does_not_go_on_is_refused_and_logged(authenticator, caplog, count):
    authenticator.sign_count = 5
    assert used(authenticator).sign_count == 5
    authenticator.sign_count = count
    with pytest.raises(PasskeyRefused) as refused:
        used(authenticator)
    assert refused.value.reason == PasskeyRefusal.SIGN_COUNT
    (line,) = caplog.records
    assert (line.event, line.passkey) == ("sign_count_went_back", Passkey.objects.get().pk)
    authenticator.sign_count = 6
    assert used(authenticator).sign_count == 6


def test_a_count_is_judged_only_once_the_signature_is(authenticator, caplog):
    authenticator.sign_count = 5
    used(authenticator)
    authenticator.key = es256()
    with pytest.raises(PasskeyRefused):
        used(authenticator)
    assert not caplog.records


def test_highest_count_is_stored(authenticator):
    authenticator.sign_count = 2**32 - 1
    assert used(authenticator).sign_count == 2**32 - 1


def test_synchronised_passkey_says_so_and_cannot_change_its_kind(staff):
    authenticator = Authenticator(flags=UNLOCKED | BACKUP_ELIGIBLE)
    assert not registered(staff, authenticator).backed_up
    authenticator.flags |= BACKED_UP
    assert used(authenticator).backed_up
    authenticator.flags = UNLOCKED
    with pytest.raises(PasskeyRefused):
        used(authenticator)


def test_a_passkey_that_somebody_has_is_not_added_again(authenticator, django_user_model):
    other = django_user_model.objects.create(username="patron:1")
    with pytest.raises(PasskeyRefused) as refused:
        registered(other, authenticator)
    assert refused.value.reason == PasskeyRefusal.TAKEN
    assert Passkey.objects.count() == 1


def test_number_of_passkeys_is_limited_at_both_ends(staff):
    options = begin_registration(user=staff, user_name="8000028")
    for _ in range(MAXIMUM_PASSKEYS):
        registered(staff, Authenticator())
    with pytest.raises(TooManyPasskeys):
        begin_registration(user=staff, user_name="8000028")
    with pytest.raises(TooManyPasskeys):
        finish_registration(
            user=staff,
            response=Authenticator().create(options),
            challenge=options["challenge"],
            name="iPhone",
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"credential_id": b""},
        {"credential_id": b"x" * (MAXIMUM_CREDENTIAL_ID + 1)},
        {"key": es256().cose | {3: -36}},
        {"key": rs256().cose | {-1: b"\xff" * 2000}},
        {"key": {1: 7, 3: -48, -1: b"x" * 1312}},
        {"key": {}},
        {"key": [1, 2]},
    ],
    ids=["no id", "long id", "ES512", "huge RSA", "ML-DSA", "empty key", "list for a key"],
)
def test_keys_that_were_not_asked_for_are_refused(staff, changes):
    authenticator = Authenticator()
    if "key" in changes:
        authenticator.key.cose = changes["key"]
    else:
        authenticator.credential_id = changes["credential_id"]
    with pytest.raises(PasskeyRefused):
        registered(staff, authenticator)


def test_transports_nobody_knows_are_left_out(staff):
    authenticator = Authenticator(transports=("usb", "usb", "pigeon", 7, None))
    assert registered(staff, authenticator).transports == ["usb"]


def test_passkeys_go_with_their_user(staff, authenticator):
    staff.delete()
    assert not Passkey.objects.exists()


def test_a_web_process_loads_webauthn_only_for_a_passkey():
    script = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; "
        "django.setup(); import oita_library.urls; "
        "from accounts.relying_party import request_options; request_options(); "
        "print([m for m in ('webauthn', 'cbor2', 'cryptography') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=project.BASE_DIR,
        check=True,
    )
    assert run.stdout.strip() == "[]"
