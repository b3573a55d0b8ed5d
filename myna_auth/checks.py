"""System checks of the identity client: what would only fail when somebody comes back."""

import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.utils.module_loading import import_string

from myna_auth.models import AuthRequest
from myna_auth.provider import ENDPOINTS, SUPPORTED_ALGORITHMS, Provider
from myna_auth.purposes import IdentificationPurpose

SCOPES = {"openid", "name", "address", "birthdate"}
# gunicorn.conf.py gives a worker as long; all calls of one identification take twice the setting.
GUNICORN_SECONDS = 30
ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9.\-\[\]:]+")


@register
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Addresses, algorithms, scopes, times, purposes and where the browser may be sent."""
    provider = Provider.from_settings()
    return [
        *_address_problems(provider),
        *_protocol_problems(provider),
        *_origin_problems(provider),
        *_purpose_problems(),
    ]


@register
def check_client_key(**kwargs: Any) -> list[CheckMessage]:
    """The private key and those to publish: present, private, strong, and named consistently."""
    return list(_key_problems(Provider.from_settings()))


def _key_problems(provider: Provider) -> Iterator[CheckMessage]:
    # Keeps cryptography out of processes that run no checks.
    from myna_auth.keys import KeyProblem, holds_private_key, load_client_key, published_keys

    key_file = Path(provider.client_private_key_file)
    demo_key = settings.BASE_DIR / "var/myna-client-key.pem"
    if settings.DEMO and key_file == demo_key and not demo_key.exists():
        yield Warning(
            "There is no client key yet, so nobody can be identified.",
            hint="`make run` makes the demo's.",
            id="myna_auth.W009",
        )
        return
    try:
        load_client_key(provider)
    except KeyProblem as problem:
        hint = "`manage.py myna_keygen FILE` makes a key."
        yield Error(str(problem), hint=hint, id="myna_auth.E001")
        return
    try:
        published_keys(provider)
    except KeyProblem as problem:
        yield Error(
            f"MYNA_CLIENT_PUBLISHED_KEY_FILES: {problem}",
            hint="List the JWKS that `manage.py myna_keygen FILE --rotate --jwks FILE` wrote, "
            "or leave the setting empty.",
            id="myna_auth.E007",
        )
        return
    names = (provider.client_private_key_file, *provider.client_published_key_files)
    for name in dict.fromkeys(names):
        path = Path(name)
        is_open = path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        if is_open and holds_private_key(path.read_bytes()):
            yield Warning(
                f"The private key file {name} can be read by other users.",
                hint="chmod 600 it.",
                id="myna_auth.W001",
            )
    with suppress(OSError):
        if not settings.DEMO and key_file.read_bytes() == demo_key.read_bytes():
            yield Warning(
                "The private key is the demo's.",
                hint="`manage.py myna_keygen FILE` makes one for production, outside the checkout.",
                id="myna_auth.W003",
            )


def _address_problems(provider: Provider) -> Iterator[CheckMessage]:
    issuer = _web_address(provider.issuer)
    if issuer is None or issuer.query:
        yield Error(
            "MYNA_ISSUER is not a web address.",
            hint="It is the `iss` of the service's ID tokens, https://host/path.",
            id="myna_auth.E008",
        )
    if provider.issuer.endswith("/"):
        yield Warning(
            "MYNA_ISSUER ends with a slash; it is compared exactly.",
            hint="Leave the slash out unless the service's tokens have it.",
            id="myna_auth.W002",
        )
    strict = not settings.DEMO and not settings.MYNA_ALLOW_TEST_ISSUER
    for name in ("issuer", *ENDPOINTS):
        setting = f"MYNA_{name.upper()}"
        address = _web_address(getattr(provider, name))
        if address is None:
            if name != "issuer":
                yield Error(
                    f"{setting} is not a web address.",
                    hint="Leave it out to have it derived from MYNA_ISSUER.",
                    id="myna_auth.E002",
                )
            continue
        if strict and address.scheme != "https":
            yield Error(
                f"{setting} is not https, so anybody on the way reads and changes identities.",
                hint="Use the https address; MYNA_ALLOW_TEST_ISSUER=true is for rehearsals only.",
                id="myna_auth.E009",
            )
        if issuer and address.netloc.lower() != issuer.netloc.lower():
            yield Warning(
                f"{setting} is on another host than MYNA_ISSUER: "
                f"{address.netloc}, not {issuer.netloc}.",
                hint="Compare it with the service's documents: codes and proofs are sent there.",
                id="myna_auth.W004",
            )


def _protocol_problems(provider: Provider) -> Iterator[CheckMessage]:
    if not provider.client_id or provider.client_id != provider.client_id.strip():
        yield Error(
            "MYNA_CLIENT_ID is empty or has blanks around it.",
            hint="It is the name that the service gave this site at registration.",
            id="myna_auth.E010",
        )
    if provider.client_assertion_audience not in (provider.token_endpoint, provider.issuer):
        yield Warning(
            "MYNA_CLIENT_ASSERTION_AUDIENCE is neither the token endpoint nor the issuer.",
            hint="Leave it out, unless the service's documents name another value.",
            id="myna_auth.W005",
        )
    algorithms = set(provider.id_token_algs)
    if not algorithms or algorithms - set(SUPPORTED_ALGORITHMS):
        yield Error(
            "MYNA_ID_TOKEN_ALGS may name ES256 and RS256 only.",
            hint="Leave it out for ES256.",
            id="myna_auth.E004",
        )
    scopes = set(provider.scopes.split())
    if SCOPES - scopes:
        yield Error(
            f"MYNA_SCOPES must contain {' '.join(sorted(SCOPES - scopes))}.",
            hint="A registration needs openid, name, address and birthdate.",
            id="myna_auth.E005",
        )
    if scopes - SCOPES:
        yield Warning(
            f"MYNA_SCOPES asks for more than is used: {' '.join(sorted(scopes - SCOPES))}.",
            hint="Ask only for openid name address birthdate.",
            id="myna_auth.W006",
        )
    if not 0 < provider.timeout_seconds < float("inf"):
        yield Error(
            "MYNA_TIMEOUT_SECONDS must be a number above 0.",
            hint="Leave it out for 10 seconds.",
            id="myna_auth.E006",
        )
    elif (longest := 2 * provider.timeout_seconds) > GUNICORN_SECONDS:
        yield Warning(
            f"MYNA_TIMEOUT_SECONDS lets one identification wait for {longest:g} "
            f"seconds, longer than the web server's {GUNICORN_SECONDS}.",
            hint=f"Use {GUNICORN_SECONDS // 2} or less.",
            id="myna_auth.W007",
        )
    if settings.GUNICORN_THREADS < 2:
        yield Warning(
            "GUNICORN_THREADS is 1: while the identity service hangs, a process serves nobody.",
            hint="Use 2 or more; half of them at most wait for the service.",
            id="myna_auth.W008",
        )


def _origin_problems(provider: Provider) -> Iterator[CheckMessage]:
    origins = settings.MYNA_FORM_ACTION_ORIGINS
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            yield Error(
                f"MYNA_FORM_ACTION_ORIGINS: {origin!r} is not an origin.",
                hint="An origin is https://host or https://host:port, without a path.",
                id="myna_auth.E011",
            )
    address = _web_address(provider.authorization_endpoint)
    if address is None:
        return
    needed = f"{address.scheme}://{address.netloc}".lower()
    if not any(fnmatchcase(needed, origin.lower().replace("[", "[[]")) for origin in origins):
        yield Error(
            f"MYNA_FORM_ACTION_ORIGINS lacks {needed}, where the authorization endpoint is; "
            "browsers would silently stay on the form.",
            hint="Add it, or leave the setting out.",
            id="myna_auth.E012",
        )


def _purpose_problems() -> Iterator[CheckMessage]:
    longest = AuthRequest._meta.get_field("purpose").max_length or 0
    for name, path in settings.MYNA_PURPOSES.items():
        try:
            handler = import_string(path)
        except Exception:
            yield Error(
                f"MYNA_PURPOSES: the handler of {name!r}, {path}, cannot be imported.",
                hint="Name a class as package.module.Class.",
                id="myna_auth.E013",
            )
            continue
        if not (isinstance(handler, type) and issubclass(handler, IdentificationPurpose)):
            yield Error(
                f"MYNA_PURPOSES: the handler of {name!r}, {path}, is no IdentificationPurpose.",
                hint="Derive it from myna_auth.purposes.IdentificationPurpose.",
                id="myna_auth.E014",
            )
        if len(name) > longest:
            yield Error(
                f"MYNA_PURPOSES: the name {name!r} is longer than {longest} characters.",
                hint="Use a short word; it is kept with every request.",
                id="myna_auth.E015",
            )
    if not settings.MYNA_PURPOSES:
        yield Error(
            "MYNA_PURPOSES is empty, so nobody can be identified.",
            hint="Leave the setting out.",
            id="myna_auth.E016",
        )


def _web_address(text: str) -> SplitResult | None:
    """Return the parts of a plain http or https address; None for anything else."""
    try:
        address = urlsplit(text)
        address.port  # noqa: B018 - raises when it is no number
    except ValueError:
        return None
    plain = text.isascii() and text.isprintable() and " " not in text
    sound = address.scheme in ("http", "https") and address.hostname and not address.fragment
    return address if plain and sound and "@" not in address.netloc else None
