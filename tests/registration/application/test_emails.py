"""The mail 登録申請受付メール."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from patrons.models import Patron
from registration.application.emails import application_received

TOKYO = ZoneInfo("Asia/Tokyo")
EXPECTED = """\
大分市民図書館です。利用者情報登録の申し込みを受け付けました。

利用者番号（貸出券の番号）：8000028
受付日時：2026年3月10日 9時00分

■本を借りるとき
スマートフォンまたはタブレットでMyライブラリにログインし、「利用者情報」→「利用者カード」を窓口でご提示ください。
2026年6月8日までにログインし、パスワードを変更してください。
カードが必要な方は、後日、窓口へお申し出ください。
{confirmation}
図書館がメールや電話でパスワードをお尋ねすることはありません。
お心当たりのない方は、下記へご連絡のうえ、このメールを削除してください。
※送信専用です。

大分市民図書館　https://library.example
"""


CONFIRMATION = """
■はじめてログインするとき
登録した端末とちがう端末では、ご本人か確かめるため、6ケタの数字をこのE-mailに送ります。「noreply@library.example」からのメールを受け取れるようにしてください。
"""


@pytest.fixture
def patron(settings):
    settings.PUBLIC_BASE_URL = "https://library.example"
    settings.LIBRARY_PHONE = ""
    settings.DEFAULT_FROM_EMAIL = "大分市民図書館 <noreply@library.example>"
    return Patron(
        number="8000028",
        name="大分\u3000太郎",
        address="大分県大分市金池南1丁目5番1号",
        birth_date="20130720",
        registered_at=datetime(2026, 3, 10, 9, 0, tzinfo=TOKYO),
        first_login_until=datetime(2026, 6, 8, 9, 0, tzinfo=TOKYO),
    )


@pytest.mark.parametrize(("on", "confirmation"), [(True, CONFIRMATION), (False, "")])
def test_the_mail_reads_as_the_library_wants_it(patron, settings, on, confirmation):
    settings.FIRST_LOGIN_CONFIRMATION = on
    message = application_received(patron=patron)
    assert message.subject == "【大分市民図書館】利用者登録の申請を受け付けました"
    assert message.body == EXPECTED.format(confirmation=confirmation)


def test_the_telephone_number_is_named_once_it_is_known(patron, settings):
    settings.LIBRARY_PHONE = "097-000-0000"
    assert "大分市民図書館　097-000-0000　https://library.example" in (
        application_received(patron=patron).body
    )


def test_the_mail_says_nothing_about_the_person(patron):
    message = application_received(patron=patron)
    for personal in (patron.name, patron.address, patron.birth_date, "生年月日"):
        assert personal not in message.subject + message.body
