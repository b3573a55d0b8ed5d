"""Messages about an erasure. None tells a name, a number or an address."""

from django.conf import settings
from django.urls import reverse

from mylibrary.own_data.models import DeclineReason
from notices.texts import Message, message

REQUESTED = """\
個人情報の消去のお申し込みを受け付けました。

職員が、返却されていない資料がないことなどを確かめてから、消去します。終わったら、メールでお知らせします。
取り消すときは、消去が終わる前に、Myライブラリの「自分の情報」で取り消してください。

{page}

お心当たりのない方は、すぐに取り消して、下記へご連絡ください。
"""
DECLINED = """\
個人情報の消去のお申し込みについて、図書館で確認しましたが、まだ消去できません。

理由：{reason}

{next_step}
登録とMyライブラリは、今までどおりお使いいただけます。

"""
NEXT_STEP = {
    DeclineReason.ITEMS_OUT: (
        "資料をすべて返却してから、Myライブラリの「自分の情報」で、もう一度お申し込みください。"
    ),
    DeclineReason.COUNTER: (
        "お手数ですが、本人確認書類をお持ちのうえ、窓口へお越しいただくか、下記へご連絡ください。"
    ),
}
DONE = """\
お申し込みのあった、個人情報の消去が終わりました。

・利用者番号と貸出券は、使えなくなりました。番号が、ほかの方に使われることはありません。
・Myライブラリには、ログインできません。
・もう一度利用するときは、新しく登録してください。

お心当たりのない方は、下記へご連絡ください。
ご利用ありがとうございました。
"""


def requested() -> Message:
    page = settings.PUBLIC_BASE_URL + reverse("mylibrary:privacy")
    return _message("個人情報の消去のお申し込みを受け付けました", REQUESTED, page=page)


def declined(*, reason: DeclineReason) -> Message:
    step = NEXT_STEP[reason]
    return _message("個人情報を、まだ消去できません", DECLINED, reason=reason.label, next_step=step)


def done() -> Message:
    """Compose the last mail, to the address that is erased with the rest."""
    return _message("個人情報を消去しました", DONE)


def _message(about: str, body: str, **values: str) -> Message:
    return message(about, "{library}です。" + body, foot="※送信専用です。\n\n{contact}\n", **values)
