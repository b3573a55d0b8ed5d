"""The simulator's pages: the manual's ③ and ④, and a desk of test cards in place of ⑤."""

import html
import io
from dataclasses import dataclass
from pathlib import Path
from string import Template

from myna_auth.simulator.cards import CARDS, DEFAULT_CARD
from myna_auth.simulator.faults import FAULTS

_HERE = Path(__file__).parent
STYLESHEET = (_HERE / "static" / "simulator.css").read_bytes()
_LAYOUT, _CONSENT, _CARD = (
    Template((_HERE / "html" / f"{name}.html").read_text())
    for name in ("layout", "consent", "card")
)
TERMS = "マイキープラットフォーム利用規約"
PRIVACY = "マイキープラットフォームプライバシーポリシー"


@dataclass(frozen=True, kw_only=True)
class App:
    """The identity app: its name and where each phone finds it."""

    name: str
    ios_url: str
    android_url: str


def qr_code(address: str) -> str:
    """Return a QR code as inline SVG, without any style that the policy would refuse."""
    # Two codes are drawn at the start; nothing else needs the library.
    import segno

    buffer = io.BytesIO()
    segno.make(address, error="m").save(
        buffer,
        kind="svg",
        border=4,
        xmldecl=False,
        svgns=False,
        nl=False,
        omitsize=True,
        svgclass=None,
        lineclass=None,
    )
    return buffer.getvalue().decode().replace("<svg ", '<svg aria-hidden="true" ', 1)


def consent_page(transaction: str, app: App, ios_qr: str, android_qr: str) -> bytes:
    """③ at the top, ④ at the bottom."""
    body = _CONSENT.substitute(
        app=_e(app.name),
        transaction=_e(transaction),
        ios_url=_e(app.ios_url),
        android_url=_e(app.android_url),
        ios_qr=ios_qr,
        android_qr=android_qr,
    )
    return _page("マイナンバーカードで本人確認", body)


def card_page(transaction: str, app: App, problem: str = "") -> bytes:
    """In place of ⑤: choose a test card or type one, and a fault."""
    body = _CARD.substitute(
        transaction=_e(transaction),
        problem=f'<p class="error" role="alert">{_e(problem)}</p>' if problem else "",
        cards=_CARD_ROWS,
        faults=_FAULT_OPTIONS,
    )
    return _page(f"{app.name}での本人確認（模擬）", body)


def terms_page(title: str) -> bytes:
    return message_page(
        title,
        "本物では、ここにデジタル庁の文書があります。模擬では適用されません。"
        "この画面を閉じて、前の画面に戻ってください。",
    )


def message_page(title: str, message: str) -> bytes:
    return _page(title, f"<p>{_e(message)}</p>")


def _page(title: str, body: str) -> bytes:
    return _LAYOUT.substitute(title=_e(title), body=body).encode()


def _e(text: str) -> str:
    return html.escape(text, quote=True)


_CARD_ROWS = "\n".join(
    f'<li><label><input type="radio" name="card" value="{_e(card.key)}"'
    f"{' checked' if card.key == DEFAULT_CARD else ''}>"
    f"<span><strong>{_e(card.name)}</strong>"
    f"<small>{_e(card.note)}{'' if card.eligible else '・登録の対象外'}</small>"
    f"<small>{_e(card.birthdate)}　{_e(card.address)}</small></span></label></li>"
    for card in CARDS.values()
)
_FAULT_OPTIONS = "".join(
    f'<option value="{_e(name)}">{_e(fault.label)}</option>' for name, fault in FAULTS.items()
)
