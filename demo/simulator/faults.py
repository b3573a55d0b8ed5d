"""Named faults: each is data that the protocol applies at one place.

Those marked 正常 stay within the specifications: the client has to accept them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

Members = Mapping[str, Any]
# Kinds of replies besides HTTP statuses.
REPLIES = ("timeout", "drip", "html", "jwt", "gzip", "huge", "redirect")
ENDPOINTS = ("token", "userinfo", "jwks")

# Stand for what is only known when the answer is made.
CLIENT_ID, ADDRESS, DASHED_BIRTHDATE = "<client_id>", "<address>", "<dashed birthdate>"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way in which the service misbehaves.

    `callback`, `token`, `header`, `id_token` and `userinfo` replace members of what is sent, and
    `without` removes some ("userinfo.address"); `times` are claims of the ID token in seconds from
    now. `replies` replaces whole answers of the endpoints token, userinfo and jwks by a kind that
    `wire.py` knows, `bodies` only their bytes. `sign_with` misuses keys as `crypto.encode_jwt` says
    (or takes an "rsa" or "p384" key), `published` the key set as `crypto.published_keys` says;
    `rotate` makes the client look for new keys. `once` spoils only the first answer of UserInfo.
    """

    label: str
    callback: Members = field(default_factory=dict)
    token: Members = field(default_factory=dict)
    header: Members = field(default_factory=dict)
    id_token: Members = field(default_factory=dict)
    userinfo: Members = field(default_factory=dict)
    without: tuple[str, ...] = ()
    times: Mapping[str, int] = field(default_factory=dict)
    replies: Mapping[str, str] = field(default_factory=dict)
    bodies: Mapping[str, bytes] = field(default_factory=dict)
    sign_with: str = ""
    published: str = ""
    rotate: bool = False
    once: bool = False
    delay_ms: int = 0


_SOUND = {
    "none": Fault(label="なし（正常）"),
    "slow": Fault(label="返事が3秒おくれる（正常）", delay_ms=3000),
    "rotate": Fault(label="署名の直前に鍵を交換（正常）", rotate=True),
    "single_key": Fault(
        label="kidがなく、鍵は1つ（正常）", without=("header.kid",), published="single"
    ),
    "array_aud": Fault(label="audが自分だけの配列（正常）", id_token={"aud": [CLIENT_ID]}),
    "few_claims": Fault(
        label="at_hashとazpがない（正常）", without=("id_token.at_hash", "id_token.azp")
    ),
    "address_object": Fault(
        label="住所がオブジェクト（正常）", userinfo={"address": {"formatted": ADDRESS}}
    ),
    "dashed_birthdate": Fault(
        label="生年月日がYYYY-MM-DD（正常）", userinfo={"birthdate": DASHED_BIRTHDATE}
    ),
    "missing_callback_iss": Fault(label="戻り先にissがない（正常）", without=("callback.iss",)),
    "userinfo_500_once": Fault(
        label="UserInfo：1回目だけ500（正常）", replies={"userinfo": "500"}, once=True
    ),
}
_CALLBACK = {
    "cancel": Fault(
        label="アプリで中止した", callback={"error": "access_denied"}, without=("callback.code",)
    ),
    "outage": Fault(
        label="サービス停止中",
        callback={"error": "temporarily_unavailable"},
        without=("callback.code",),
    ),
    "code_and_error": Fault(
        label="認可コードとエラーが同時に返る", callback={"error": "access_denied"}
    ),
    "missing_code": Fault(label="戻り先にcodeがない", without=("callback.code",)),
    "wrong_code": Fault(label="戻り先のcodeが違う", callback={"code": "never-issued"}),
    "missing_state": Fault(label="戻り先にstateがない", without=("callback.state",)),
    "wrong_state": Fault(label="戻り先のstateが違う", callback={"state": "x" * 43}),
    "wrong_callback_iss": Fault(
        label="戻り先のissが違う", callback={"iss": "https://attacker.example"}
    ),
}
_TOKEN = {
    **{
        f"token_{status}": Fault(label=f"トークン：{status}", replies={"token": status})
        for status in ("400", "401", "429", "500")
    },
    "token_timeout": Fault(label="トークン：返事がない", replies={"token": "timeout"}),
    "token_drip": Fault(label="トークン：1バイトずつ返る", replies={"token": "drip"}),
    "token_html": Fault(label="トークン：JSONでなくHTML", replies={"token": "html"}),
    "token_huge": Fault(label="トークン：巨大な返事", replies={"token": "huge"}),
    "token_gzip": Fault(label="トークン：gzipで返る", replies={"token": "gzip"}),
    "token_redirect": Fault(label="トークン：転送される", replies={"token": "redirect"}),
    "token_list": Fault(label="トークン：JSONの配列", bodies={"token": b"[]"}),
    "token_empty": Fault(label="トークン：空の返事", bodies={"token": b""}),
    "wrong_token_type": Fault(label="token_typeが違う", token={"token_type": "mac"}),
    "missing_id_token": Fault(label="IDトークンがない", without=("token.id_token",)),
    "missing_access_token": Fault(label="アクセストークンがない", without=("token.access_token",)),
    "broken_access_token": Fault(
        label="アクセストークンに改行", token={"access_token": "a\r\nInjected: b"}
    ),
}
_CLAIMS = {
    "wrong_iss": Fault(label="issが違う", id_token={"iss": "https://attacker.example"}),
    "missing_iss": Fault(label="issがない", without=("id_token.iss",)),
    "wrong_aud": Fault(label="audが違う", id_token={"aud": "another-client"}),
    "missing_aud": Fault(label="audがない", without=("id_token.aud",)),
    "aud_number": Fault(label="audが数", id_token={"aud": 7}),
    "untrusted_aud": Fault(
        label="audに知らない相手もいる", id_token={"aud": [CLIENT_ID, "another-client"]}
    ),
    "wrong_azp": Fault(label="azpが違う", id_token={"azp": "another-client"}),
    "missing_iat": Fault(label="iatがない", without=("id_token.iat",)),
    "iat_text": Fault(label="iatが文字列", id_token={"iat": "now"}),
    "iat_future": Fault(label="iatが未来", times={"iat": 3600}),
    "missing_exp": Fault(label="expがない", without=("id_token.exp",)),
    "exp_text": Fault(label="expが文字列", id_token={"exp": "4102444800"}),
    "exp_list": Fault(label="expが配列", id_token={"exp": [4102444800]}),
    "expired_token": Fault(
        label="期限切れのIDトークン", times={"iat": -3900, "auth_time": -3900, "exp": -3600}
    ),
    "not_yet_valid": Fault(label="まだ有効でないIDトークン（nbf）", times={"nbf": 3600}),
    "wrong_nonce": Fault(label="nonceが違う", id_token={"nonce": "x" * 43}),
    "missing_nonce": Fault(label="nonceがない", without=("id_token.nonce",)),
    "missing_sub": Fault(label="subがない", without=("id_token.sub",)),
    "empty_sub": Fault(label="subが空", id_token={"sub": ""}, userinfo={"sub": ""}),
    "long_sub": Fault(
        label="subが256文字", id_token={"sub": "s" * 256}, userinfo={"sub": "s" * 256}
    ),
    "bad_at_hash": Fault(label="at_hashが違う", id_token={"at_hash": "A" * 22}),
}
_KEYS = {
    "bad_signature": Fault(label="署名が違う", sign_with="other"),
    "alg_none": Fault(label="alg=none（署名なし）", sign_with="none"),
    "alg_none_signed": Fault(label="alg=none（署名つき）", header={"alg": "none"}),
    "alg_hs256": Fault(label="HS256（公開鍵で署名）", sign_with="hmac"),
    "alg_rs256": Fault(label="RS256", sign_with="rsa"),
    "wrong_curve": Fault(label="P-384の鍵", sign_with="p384"),
    "unknown_kid": Fault(label="知らないkid", header={"kid": "no-such-key"}),
    "missing_kid": Fault(
        label="kidがなく、鍵は2つ", without=("header.kid",), published="several", rotate=True
    ),
    "double_kid": Fault(label="同じkidの鍵が2つ", published="double", rotate=True),
    "encryption_key": Fault(label="鍵が暗号用（use=enc）", published="enc", rotate=True),
    "jwks_empty": Fault(label="公開鍵が1つもない", bodies={"jwks": b'{"keys": []}'}, rotate=True),
    "jwks_garbage": Fault(
        label="公開鍵：JSONでない", bodies={"jwks": b'\xff{"keys": ['}, rotate=True
    ),
    "jwks_malformed": Fault(
        label="公開鍵：keysが配列でない", bodies={"jwks": b'{"keys": {}}'}, rotate=True
    ),
    "jwks_huge": Fault(label="公開鍵：巨大な返事", replies={"jwks": "huge"}, rotate=True),
    "jwks_500": Fault(label="公開鍵：500", replies={"jwks": "500"}, rotate=True),
    "jwks_timeout": Fault(label="公開鍵：返事がない", replies={"jwks": "timeout"}, rotate=True),
}
_USERINFO = {
    "userinfo_sub": Fault(label="UserInfoのsubが違う", userinfo={"sub": "somebody-else"}),
    "missing_userinfo_sub": Fault(label="UserInfoにsubがない", without=("userinfo.sub",)),
    "userinfo_401": Fault(label="UserInfo：401", replies={"userinfo": "401"}),
    "userinfo_500": Fault(label="UserInfo：500", replies={"userinfo": "500"}),
    "userinfo_html": Fault(label="UserInfo：JSONでなくHTML", replies={"userinfo": "html"}),
    "userinfo_jwt": Fault(label="UserInfo：JSONでなく署名つきJWT", replies={"userinfo": "jwt"}),
    "userinfo_huge": Fault(label="UserInfo：巨大な返事", replies={"userinfo": "huge"}),
    "userinfo_timeout": Fault(label="UserInfo：返事がない", replies={"userinfo": "timeout"}),
    "missing_address": Fault(label="住所がない", without=("userinfo.address",)),
    "missing_name": Fault(label="氏名がない", without=("userinfo.name",)),
    "empty_name": Fault(label="氏名が空", userinfo={"name": ""}),
    "nul_in_name": Fault(label="氏名に制御文字（NUL）", userinfo={"name": "大分\x00太郎"}),
    "missing_birthdate": Fault(label="生年月日がない", without=("userinfo.birthdate",)),
    "absurd_birthdate": Fault(label="ありえない生年月日", userinfo={"birthdate": "20130231"}),
    "future_birthdate": Fault(label="未来の生年月日", userinfo={"birthdate": "29990101"}),
}
# In the order of the page, where each group has a heading.
GROUPS = {
    "正常": _SOUND,
    "戻り先": _CALLBACK,
    "トークン": _TOKEN,
    "IDトークンの中身": _CLAIMS,
    "署名と公開鍵": _KEYS,
    "UserInfo": _USERINFO,
}
FAULTS = {name: fault for group in GROUPS.values() for name, fault in group.items()}


def check_replies(replies: Mapping[str, str], bodies: Mapping[str, bytes]) -> None:
    """Raise ValueError unless endpoints and kinds of replies exist."""
    if unknown := {*replies, *bodies} - {*ENDPOINTS}:
        raise ValueError(f"no such endpoint: {sorted(unknown)}")
    for kind in replies.values():
        if kind not in REPLIES:
            HTTPStatus(int(kind))


def spoil(
    fault: Fault, where: str, members: dict[str, Any], known: Mapping[str, str]
) -> dict[str, Any]:
    """Return members of callback, token, header, id_token or userinfo as a fault wants them."""
    changes = {name: _filled(value, known) for name, value in getattr(fault, where).items()}
    return {
        name: value
        for name, value in (members | changes).items()
        if f"{where}.{name}" not in fault.without
    }


def _filled(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_filled(item, known) for item in value]
    if isinstance(value, dict):
        return {name: _filled(item, known) for name, item in value.items()}
    return known.get(value, value) if isinstance(value, str) else value
