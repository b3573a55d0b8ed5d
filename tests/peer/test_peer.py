"""Our client against a provider by other authors: what both must do is what the standards say."""

import json
from io import StringIO
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
import requests
from django.core.management import CommandError, call_command

from myna_auth.claims import VerifiedIdentity
from myna_auth.keys import client_assertion, new_private_key, published_keys
from myna_auth.models import ProviderKeySet
from myna_auth.provider import Provider
from patrons.models import IdentityLink, Patron
from tests.identity import CALLBACK_URL, CLIENT_ID, follow
from tests.peer.conftest import TARO
from tests.registration.support import CONFIRM, FORM, RESULT, TYPED, hidden_fields, text

pytestmark = pytest.mark.django_db
# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def altered(address, **parameters):
    """Return the address with some parameters changed, or left out where None."""
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query)) | parameters
    kept = {name: value for name, value in query.items() if value is not None}
    return urlunsplit(parts._replace(query=urlencode(kept)))


def parameter(address, name):
    (value,) = parse_qs(urlsplit(address).query)[name]
    return value


def exchange(token_endpoint, code, assertion):
    """Ask for tokens without our client."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK_URL,
        "client_id": CLIENT_ID,
        "code_verifier": VERIFIER,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    return requests.post(token_endpoint, data=form, timeout=30)


def use_another_key(settings, directory):
    """Sign with a key that the peer was not given; return its file."""
    path = directory / "another.pem"
    path.touch(mode=0o600)
    path.write_bytes(new_private_key("ES256"))
    settings.MYNA_CLIENT_PRIVATE_KEY_FILE = str(path)
    return path


def outcome(probe):
    return probe.calls[-1]


def test_the_identity_arrives_byte_for_byte(client, peer, probe, events):
    strange = {
        "sub": "hanako",
        "name": "髙\U000e0101橋\u3000\u3000﨑子  ",
        "birthdate": "20150303",
        "address": "大分県 大分市\u3000金池南１丁目５番－１号 ｺｰﾎﾟ　１０１ ",
    }
    response = peer.sign_in(client, strange)

    assert (response.status_code, response["Location"]) == (302, "/done/")
    _, identity = outcome(probe)
    assert identity == VerifiedIdentity(
        issuer=peer.issuer,
        subject=identity.subject,
        name=strange["name"],
        birth_date="20150303",
        address=strange["address"],
    )
    assert events() == ["started", "identified"]


def test_the_standards_forms_of_address_and_birth_date_are_read(client, peer, probe):
    address = {"formatted": TARO["address"], "postal_code": "8700000", "region": "大分県"}
    peer.sign_in(client, TARO | {"address": address, "birthdate": "2013-07-20"})

    _, identity = outcome(probe)
    assert (identity.address, identity.birth_date) == (TARO["address"], TARO["birthdate"])


def test_the_peers_hash_of_the_access_token_is_ours(client, peer, probe, events):
    peer.renew(at_hash=True)
    peer.sign_in(client)

    assert events() == ["started", "identified"]


def test_the_subject_is_pairwise_and_stays(client, peer, probe):
    for claims in (TARO, TARO, TARO | {"sub": "jiro"}):
        peer.sign_in(client, claims)

    first, again, other = (call[1].subject for call in probe.calls if call[0] == "complete")
    assert first == again != other
    assert TARO["sub"] not in first


def test_nothing_is_asked_for_that_was_not_in_the_scopes(client, peer, probe, settings, events):
    settings.MYNA_SCOPES = "openid name birthdate"
    peer.sign_in(client)

    assert outcome(probe) == ("interrupted", "rejected")
    assert events() == ["started", "claim_address_missing"]


def test_a_registration_with_the_peer_ends_with_the_number(client, peer):
    assert peer.sign_in(client).url == FORM
    assert client.post(FORM, TYPED).url == CONFIRM
    assert client.post(CONFIRM, hidden_fields(text(client.get(CONFIRM)))).url == RESULT

    patron = Patron.objects.get()
    assert f"『{patron.number}』" in text(client.get(RESULT))
    assert (patron.name, patron.birth_date, patron.address) == (
        TARO["name"],
        TARO["birthdate"],
        TARO["address"],
    )
    assert IdentityLink.objects.get().issuer == peer.issuer


def test_a_refusal_by_the_peer_is_told_as_an_outage(client, peer, settings):
    settings.MYNA_CLIENT_ASSERTION_AUDIENCE = "https://identity.example/token"
    assert "本人確認サービスに接続できません" in text(client.get(peer.sign_in(client).url))


def test_cancelling_comes_back_calmly(client, peer, probe, events):
    follow(client, peer.cancel(peer.start(client)))

    assert outcome(probe) == ("interrupted", "cancelled")
    assert events() == ["started", "cancelled"]


def test_the_answer_names_its_issuer_and_no_other_is_believed(client, peer, probe, events):
    back = peer.approve(peer.start(client))
    assert parameter(back, "iss") == peer.issuer
    follow(client, altered(back, iss="http://127.0.0.1:1"))

    assert outcome(probe) == ("interrupted", "rejected")
    assert events() == ["started", "callback_iss"]


def test_an_id_token_for_another_nonce_is_refused(client, peer, probe, events):
    other = parameter(peer.start(client), "nonce")
    follow(client, peer.approve(altered(peer.start(client), nonce=other)))

    assert outcome(probe) == ("interrupted", "rejected")
    assert events()[-1] == "id_token_nonce"


# What the peer refuses, so that a sign-in that succeeds shows that our client sends it right.


def test_the_code_of_another_sign_in_is_worth_nothing(client, peer, probe, events):
    other = parameter(peer.approve(peer.start(client)), "code")
    follow(client, altered(peer.approve(peer.start(client)), code=other))

    assert outcome(probe) == ("interrupted", "unavailable")
    assert events()[-1] == "token_400"


@pytest.mark.parametrize("challenge", [None, CHALLENGE])
def test_without_our_own_challenge_nobody_is_identified(client, peer, probe, events, challenge):
    address = altered(peer.start(client), code_challenge=challenge)
    if challenge is None:
        back = requests.get(address, allow_redirects=False, timeout=30).headers["Location"]
        assert parameter(back, "error") == "invalid_request"
    else:
        back = peer.approve(address)
    follow(client, back)

    assert outcome(probe) == ("interrupted", "unavailable")
    assert events()[-1] == ("token_400" if challenge else "callback_error")


@pytest.mark.parametrize("under_our_name", [False, True])
def test_a_key_that_was_not_handed_over_is_refused(
    client, peer, probe, settings, events, tmp_path, under_our_name
):
    if under_our_name:
        (registered,) = published_keys(Provider.from_settings())["keys"]
        settings.MYNA_CLIENT_KEY_ID = registered["kid"]
    use_another_key(settings, tmp_path)
    peer.sign_in(client)

    assert outcome(probe) == ("interrupted", "unavailable")
    assert events() == ["started", "token_401"]


def test_while_our_keys_change_the_peer_takes_both_and_then_only_the_new(
    client, peer, probe, settings, events, tmp_path
):
    old = settings.MYNA_CLIENT_PRIVATE_KEY_FILE
    new = str(use_another_key(settings, tmp_path))
    settings.MYNA_CLIENT_PUBLISHED_KEY_FILES = [old]
    peer.renew(jwks=published_keys(Provider.from_settings()))
    for signing in (old, new):
        settings.MYNA_CLIENT_PRIVATE_KEY_FILE = signing
        peer.sign_in(client)
    settings.MYNA_CLIENT_PUBLISHED_KEY_FILES = []
    peer.renew(jwks=published_keys(Provider.from_settings()))
    settings.MYNA_CLIENT_PRIVATE_KEY_FILE = old
    peer.sign_in(client)

    assert events() == ["started", "identified"] * 2 + ["started", "token_401"]


def test_the_issuer_may_be_the_assertions_audience_but_no_other_service(
    client, peer, probe, settings, events
):
    settings.MYNA_CLIENT_ASSERTION_AUDIENCE = peer.issuer
    peer.sign_in(client)
    settings.MYNA_CLIENT_ASSERTION_AUDIENCE = "https://identity.example/token"
    peer.sign_in(client)

    assert events() == ["started", "identified", "started", "token_401"]


def test_an_assertion_serves_once(client, peer):
    provider = Provider.from_settings()
    used, unused = client_assertion(provider), client_assertion(provider)
    answers = []
    for assertion in (used, used, unused):
        address = altered(peer.start(client), code_challenge=CHALLENGE)
        code = parameter(peer.approve(address), "code")
        answers.append(exchange(provider.token_endpoint, code, assertion))

    assert [answer.status_code for answer in answers] == [200, 401, 200]


@pytest.mark.parametrize(
    ("clock", "reasons"),
    [
        (50, ["started", "identified"]),
        (61, ["started", "token_401"]),
        (-200, ["started", "identified"]),
        (-400, ["started", "id_token_expired"]),
    ],
    ids=["within-the-assertion", "after-the-assertion", "within-the-id-token", "after-it"],
)
def test_assertion_and_id_token_have_their_time(client, peer, probe, events, clock, reasons):
    peer.renew(clock=clock)
    peer.sign_in(client)

    assert events() == reasons


@pytest.mark.parametrize("overlap", [True, False])
def test_a_rotated_key_is_learnt(client, peer, probe, events, overlap):
    peer.sign_in(client)
    peer.renew(overlap=overlap)
    peer.sign_in(client)

    assert events() == ["started", "identified"] * 2
    stored = json.loads(ProviderKeySet.objects.get().document)
    assert len(stored["keys"]) == 1 + overlap


def test_the_check_finds_no_problem_with_the_peer(peer, probe):
    out = StringIO()
    call_command("myna_check", stdout=out)

    assert "accepts our key" in out.getvalue()
    assert "NOTE" not in out.getvalue()


def test_the_check_says_when_the_peer_does_not_know_our_key(peer, probe, settings, tmp_path):
    use_another_key(settings, tmp_path)
    out = StringIO()
    with pytest.raises(CommandError, match="1 to solve"):
        call_command("myna_check", stdout=out)

    assert "PROBLEM  Token request" in out.getvalue()
