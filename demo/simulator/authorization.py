"""What an authorization request may hold: the service's list, and nothing else."""

import re

CLAIM_SCOPES = ("name", "address", "birthdate", "gender")
ALLOWED_PARAMETERS = {
    "response_type",
    "client_id",
    "redirect_uri",
    "code_challenge",
    "scope",
    "state",
    "nonce",
    "code_challenge_method",
    "acr_values",
}
PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def request_problem(parameters: dict[str, list[str]]) -> tuple[str, str] | None:
    """Return OAuth error and description of a request, or None when it is in order.

    `acr_values` may be sent and changes nothing.
    """
    if set(parameters) - ALLOWED_PARAMETERS or any(len(v) > 1 for v in parameters.values()):
        return "invalid_request", "unlisted or repeated parameter"
    once = {name: values[0] for name, values in parameters.items()}
    if once.get("response_type") != "code":
        return "unsupported_response_type", "response_type must be code"
    scopes = once.get("scope", "").split()
    if "openid" not in scopes or set(scopes) - {"openid", *CLAIM_SCOPES}:
        return "invalid_scope", "openid and any of name address birthdate gender"
    for name in ("state", "nonce"):
        if not PRINTABLE.fullmatch(once.get(name, "")):
            return "invalid_request", f"{name} is required: 1-255 printable ASCII"
    if once.get("code_challenge_method") != "S256":
        return "invalid_request", "code_challenge_method must be S256"
    if not CHALLENGE.fullmatch(once.get("code_challenge", "")):
        return "invalid_request", "code_challenge is required"
    return None
