"""The mail that tells what became of a request for another kana."""

from notices.texts import Message, message

KANA_APPROVED = """\
{library}です。お申し込みの、名前カタカナの変更が終わりました。

新しいカタカナは、Myライブラリの「利用者情報」でご確認ください。
"""


KANA_DECLINED = """\
{library}です。お申し込みの、名前カタカナの変更について、図書館で確認しましたが、変更していません。

くわしくは、本人確認書類をお持ちのうえ、窓口でお尋ねください。
"""


def kana_decided(*, approved: bool) -> Message:
    """Compose the word on what became of a request for another kana."""
    return message("名前カタカナの変更について", KANA_APPROVED if approved else KANA_DECLINED)
