"""The simulator's pages: the manual's ③ and ④, and a desk of test cards in place of ⑤."""

import html
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from demo.simulator.cards import CARDS, DEFAULT_CARD
from demo.simulator.faults import GROUPS, Fault
from demo.simulator.grants import Pairing

_HERE = Path(__file__).parent
STYLESHEET = (_HERE / "static" / "simulator.css").read_bytes()
_HTML = {path.stem: Template(path.read_text()) for path in (_HERE / "html").iterdir()}
TYPED = ("name", "birthdate", "address", "subject")
NOTHING: Mapping[str, str] = {}
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
    # Few pages show one; nothing else needs the library.
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
    body = _HTML["consent"].substitute(
        app=_e(app.name),
        transaction=_e(transaction),
        ios_url=_e(app.ios_url),
        android_url=_e(app.android_url),
        ios_qr=ios_qr,
        android_qr=android_qr,
    )
    return _page("マイナンバーカードで本人確認", body)


def card_page(
    transaction: str, app: App, problem: str = "", sent: Mapping[str, str] = NOTHING
) -> bytes:
    """In place of ⑤: choose a test card or type one, and a fault; `sent` is what was not taken."""
    body = _HTML["card"].substitute(
        transaction=_e(transaction), problem=_problem(problem), desk=_desk(sent)
    )
    return _page(f"{app.name}での本人確認（模擬）", body)


def pc_page(pairing: Pairing, address: str, problem: str = "") -> bytes:
    """The PC's way: a QR code for the phone and a field for the number it shows."""
    transaction = _e(pairing.transaction)
    title = "スマートフォンで読み取る（模擬）"
    if pairing.expired:
        renew = _HTML["renew"].substitute(transaction=transaction, look="primary")
        return _page(title, _HTML["expired"].substitute(transaction=transaction, renew=renew))
    body = _HTML["pc"].substitute(
        transaction=transaction,
        problem=_problem(problem),
        described=' aria-invalid="true" aria-describedby="problem" autofocus' if problem else "",
        minutes=f"{pairing.seconds / 60:g}",
        address=_e(address),
        qr=qr_code(address),
        renew=_HTML["renew"].substitute(transaction=transaction, look="link"),
    )
    return _page(title, body)


def phone_page(
    pairing: Pairing, app: App, problem: str = "", sent: Mapping[str, str] = NOTHING
) -> bytes:
    """The phone's side: a desk of cards, then the number, or that it was cancelled."""
    handle = _e(pairing.handle)
    if pairing.cancelled:
        return message_page(
            "本人確認を中止しました（模擬）",
            "パソコンの画面に戻り、【送信】を押してください。図書館のサイトに戻ります。",
        )
    if pairing.number:
        body = _HTML["number"].substitute(number=pairing.number, pairing=handle)
        return _page("6ケタの数字（模擬）", body)
    body = _HTML["phone"].substitute(pairing=handle, problem=_problem(problem), desk=_desk(sent))
    return _page(f"{app.name}（模擬）", body)


def too_many_tries_page(location: str) -> bytes:
    """The end after too many wrong numbers, with the way back to the client."""
    body = (
        '<p class="error" role="alert">数字を3回まちがえたため、本人確認を終了しました。</p>'
        f'<p><a href="{_e(location)}">図書館のサイトに戻って、はじめからやり直す</a></p>'
    )
    return _page("続けられません（模擬）", body)


def terms_page(title: str) -> bytes:
    return message_page(
        title,
        "本物では、ここにデジタル庁の文書があります。模擬では適用されません。"
        "この画面を閉じて、前の画面に戻ってください。",
    )


def message_page(title: str, message: str) -> bytes:
    return _page(title, f"<p>{_e(message)}</p>")


def _page(title: str, body: str) -> bytes:
    return _HTML["layout"].substitute(title=_e(title), body=body).encode()


def _problem(text: str) -> str:
    return f'<p class="error" role="alert" id="problem">{_e(text)}</p>' if text else ""


def _e(text: str) -> str:
    return html.escape(text, quote=True)


def _desk(sent: Mapping[str, str]) -> str:
    """Return the fields that choose a card, type one, and pick a fault, filled as they were."""
    chosen = sent.get("card", DEFAULT_CARD)
    cards = "\n".join(
        f'<li><label><input type="radio" name="card" value="{_e(card.key)}"'
        f"{' checked' if card.key == chosen else ''}>"
        f"<span><strong>{_e(card.name)}</strong>"
        f"<small>{_e(card.note)}{'' if card.eligible else '・登録の対象外'}</small>"
        f"<small>{_e(card.birthdate)}　{_e(card.address)}</small></span></label></li>"
        for card in CARDS.values()
    )
    faults = "".join(
        f'<optgroup label="{_e(heading)}">{_options(group, sent.get("fault", "none"))}</optgroup>'
        for heading, group in GROUPS.items()
    )
    typed = {name: _e(sent.get(name, "")) for name in TYPED}
    opened = " open" if any(typed.values()) else ""
    return _HTML["desk"].substitute(cards=cards, faults=faults, open=opened, **typed)


def _options(faults: Mapping[str, Fault], chosen: str) -> str:
    return "".join(
        f'<option value="{_e(name)}"{" selected" if name == chosen else ""}>'
        f"{_e(fault.label)}</option>"
        for name, fault in faults.items()
    )
