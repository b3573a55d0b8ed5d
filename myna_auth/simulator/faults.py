"""Named faults: each is data that the protocol applies at one place.

`id_token`, `header` and `userinfo` replace members (None removes one); `replies` replaces
whole answers of the endpoints token, userinfo and jwks; the rest are switches.
"""

from dataclasses import dataclass, field
from typing import Any

Members = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way in which the service misbehaves."""

    label: str
    id_token: Members = field(default_factory=dict)
    header: Members = field(default_factory=dict)
    userinfo: Members = field(default_factory=dict)
    callback: dict[str, str | None] = field(default_factory=dict)
    replies: dict[str, str] = field(default_factory=dict)
    expires_in: int = 300
    sign_with: str = ""
    rotate: bool = False


FAULTS = {
    "none": Fault(label="なし（正常）"),
    "cancel": Fault(label="アプリで中止した", callback={"code": None, "error": "access_denied"}),
    "outage": Fault(
        label="サービス停止中", callback={"code": None, "error": "temporarily_unavailable"}
    ),
    "code_and_error": Fault(
        label="認可コードとエラーが同時に返る", callback={"error": "access_denied"}
    ),
    "wrong_callback_iss": Fault(
        label="戻り先のissが違う", callback={"iss": "https://attacker.example"}
    ),
    "token_400": Fault(label="トークン：400", replies={"token": "400"}),
    "token_401": Fault(label="トークン：401", replies={"token": "401"}),
    "token_429": Fault(label="トークン：429", replies={"token": "429"}),
    "token_500": Fault(label="トークン：500", replies={"token": "500"}),
    "token_timeout": Fault(label="トークン：返事がない", replies={"token": "timeout"}),
    "token_drip": Fault(label="トークン：1バイトずつ返る", replies={"token": "drip"}),
    "token_html": Fault(label="トークン：JSONでなくHTML", replies={"token": "html"}),
    "token_huge": Fault(label="トークン：巨大な返事", replies={"token": "huge"}),
    "token_redirect": Fault(label="トークン：転送される", replies={"token": "redirect"}),
    "wrong_nonce": Fault(label="nonceが違う", id_token={"nonce": "x" * 43}),
    "missing_nonce": Fault(label="nonceがない", id_token={"nonce": None}),
    "wrong_iss": Fault(label="issが違う", id_token={"iss": "https://attacker.example"}),
    "wrong_aud": Fault(label="audが違う", id_token={"aud": "another-client"}),
    "missing_sub": Fault(label="subがない", id_token={"sub": None}),
    "expired_token": Fault(label="期限切れのIDトークン", expires_in=-3600),
    "bad_at_hash": Fault(label="at_hashが違う", id_token={"at_hash": "A" * 22}),
    "bad_signature": Fault(label="署名が違う", sign_with="other"),
    "alg_none": Fault(label="alg=none（署名なし）", sign_with="none"),
    "alg_hs256": Fault(label="HS256（公開鍵で署名）", sign_with="hmac"),
    "unknown_kid": Fault(label="知らないkid", header={"kid": "no-such-key"}),
    "rotate": Fault(label="署名の直前に鍵を交換（正常）", rotate=True),
    "userinfo_sub": Fault(label="UserInfoのsubが違う", userinfo={"sub": "somebody-else"}),
    "userinfo_500": Fault(label="UserInfo：500", replies={"userinfo": "500"}),
    "userinfo_html": Fault(label="UserInfo：JSONでなくHTML", replies={"userinfo": "html"}),
    "userinfo_timeout": Fault(label="UserInfo：返事がない", replies={"userinfo": "timeout"}),
    "missing_address": Fault(label="住所がない", userinfo={"address": None}),
    "empty_name": Fault(label="氏名が空", userinfo={"name": ""}),
    "nul_in_name": Fault(label="氏名に制御文字（NUL）", userinfo={"name": "大分\x00太郎"}),
    "absurd_birthdate": Fault(label="ありえない生年月日", userinfo={"birthdate": "20130231"}),
    "jwks_500": Fault(label="公開鍵：500", replies={"jwks": "500"}),
}
