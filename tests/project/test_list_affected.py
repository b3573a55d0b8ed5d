"""`list_affected`: what is counted for the first report about a leak, to the person."""

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from audit.enums import Event
from audit.models import Record
from oita_library.management.commands.list_affected import UNTOLD
from patrons.retention import erase_patron
from staff.record_search import BACKWARDS, NO_DAY
from tests.patrons.people import imported_patron

pytestmark = pytest.mark.django_db
EVERYTHING = "利用者番号、名前、名前カタカナ、生年月日、住所、電話番号、E-mail"
CASE = "00000000-0000-4000-8000-00000000000"
WHOLE = f"""\
個人情報に届いた操作（個人情報の保護に関する法律 第68条の報告のための集計）
期間: 2026-11-01から2026-11-03まで（両方の日を含む、日本時間）
職員: 全員
利用者: 4人（うち情報秘匿 2人、消去済み 1人）
申請: 2件（申請した方の情報。利用者になった方を含む）
画面で見られるデータの種類: {EVERYTHING}、借りている資料と予約、通知の本文
届き方ごと（1人の利用者は、届き方ごとに1人と数える）:
  利用者の画面: 3人（{EVERYTHING}、借りている資料と予約）
  バーコード・初回ログイン用紙の印刷: 2人（利用者番号）
  二重登録などの確認の画面: 1人（{EVERYTHING}）
  伏せた個人情報の表示: 1人（{EVERYTHING}）
  利用者の一覧のファイル: 1人（{EVERYTHING}）
  利用者の変更・操作: 1人（{EVERYTHING}、借りている資料と予約）
  情報秘匿の内容の表示: 1人（住所、電話番号、E-mail）
  通知メッセージの一覧のファイル: 1人（利用者番号、名前、E-mail）
  通知メッセージの画面: 1人（利用者番号、名前、E-mail、通知の本文）
職員ごと:
  佐藤 花（sato）: 3人
  鈴木 一（suzuki）: 2人
書き出したファイル:
  コマンド: 2回、のべ1500人（{EVERYTHING}）
  佐藤 花（sato）: 1回、のべ7人（{EVERYTHING}）
  佐藤 花（sato）: 利用者の一覧 2回、のべ3件（{EVERYTHING}）
  鈴木 一（suzuki）: 通知メッセージの一覧 1回、のべ1件（利用者番号、名前、E-mail）
一覧:
  利用者: 2回（うち検索 1回）、1回に見つかった件数は最大120件（{EVERYTHING}、借りている資料と予約）
  利用者へのまとめた操作: のべ1200件
{UNTOLD}
"""


@pytest.fixture(autouse=True)
def kept(settings):
    settings.RETENTION_AUDIT_DAYS = 36500


@pytest.fixture
def leak() -> None:
    sato = User.objects.create_user("sato", is_staff=True, name="佐藤 花").pk
    suzuki = User.objects.create_user("suzuki", is_staff=True, name="鈴木 一").pk
    plain, was_withheld, other, erased = (
        imported_patron(name=f"別府 {name}").pk for name in ("一", "二", "三", "四")
    )
    withheld = imported_patron(withheld_at=timezone.now()).pk
    assert erase_patron(patron_id=erased)
    zone = timezone.get_default_timezone()
    first = datetime(2026, 11, 1, tzinfo=zone)
    end = datetime(2026, 11, 4, tzinfo=zone)
    last = end - timedelta(microseconds=1)
    patron = "patrons.patron"

    def done(event: Event, actor: int | None, about: int | None = None, **values: object) -> None:
        kind = "staff" if actor else "command"
        Record.objects.create(
            **{"at": first, "actor_kind": kind, "object_type": patron, "fields": []} | values,
            event=event,
            actor_id=actor,
            patron_id=about,
        )

    # The first and the last moment count, those beside them do not.
    done(Event.STAFF_OPENED, sato, plain, reason="change")
    done(Event.REVEALED, sato, plain, reason="visit", at=last)
    done(Event.REVEALED, sato, other, reason="visit", at=first - timedelta(microseconds=1))
    done(Event.REVEALED, sato, other, reason="visit", at=end)
    # What is done twice is one patron.
    done(Event.STAFF_OPENED, sato, plain, reason="history")
    done(Event.STAFF_OPENED, sato, withheld, reason="change")
    done(Event.STAFF_CHANGED, sato, withheld, fields=["phone"])
    done(Event.STAFF_OPENED, sato, plain, reason="barcode")
    done(Event.STAFF_OPENED, sato, plain, reason="barcode_picture")
    done(Event.FIRST_LOGIN_SLIP_ISSUED, suzuki, was_withheld, object_type="")
    done(Event.WITHHELD_OPENED, suzuki, was_withheld, object_type="", reason="asked")
    done(Event.STAFF_OPENED, suzuki, plain, object_type="notices.notice", reason="change")
    # A row of which only the record is left, and applicants beside whom nobody or somebody stands.
    done(Event.STAFF_OPENED, sato, erased, reason="change")
    review, application = "registration.reviewcase", "registration.application"
    done(Event.STAFF_OPENED, sato, plain, object_type=review, object_id=CASE + "1")
    done(Event.STAFF_OPENED, suzuki, object_type=application, object_id=CASE + "1")
    done(Event.STAFF_OPENED, suzuki, object_type=application, object_id=CASE + "2")
    # Neither what the patrons do, nor what is about nobody, nor what was refused.
    done(Event.LOGIN, other, other, actor_kind="patron")
    done(Event.STAFF_OPENED, sato, object_type="news.news", object_id="1")
    done(Event.STAFF_REFUSED, sato, other, reason="change")
    done(Event.EXPORTED, sato, object_type="patrons.patronexport", count=7)
    done(Event.EXPORTED, None, object_type="patrons.patronexport", count=500)
    done(Event.EXPORTED, None, object_type="", reason="stream", count=1000)
    # The file, and who is in it.
    for rows in (1, 2):
        done(Event.STAFF_EXPORTED, sato, count=rows)
        done(Event.STAFF_EXPORTED, sato, plain)
    done(Event.STAFF_EXPORTED, suzuki, object_type="notices.notice", count=1)
    done(Event.STAFF_EXPORTED, suzuki, plain, object_type="notices.notice")
    done(Event.STAFF_EXPORTED, suzuki, object_type="branches.branch", count=9)
    done(Event.STAFF_LISTED, sato, count=120)
    done(Event.STAFF_LISTED, sato, count=3, fields=["q", "kind"])
    done(Event.STAFF_LISTED, sato, object_type="news.news", count=9)
    done(Event.STAFF_ACTION, suzuki, reason="send_again", count=1200)


def listed(*options: str, since: str = "2026-11-01", until: str = "2026-11-03") -> str:
    out = StringIO()
    call_command("list_affected", "--from", since, "--to", until, *options, stdout=out)
    return out.getvalue()


def test_everybody_is_counted_once_for_each_way_and_member_of_staff(leak):
    assert listed() == WHOLE


@pytest.mark.parametrize("name", ["suzuki", "鈴木 一"])
def test_one_member_of_staff_is_told_of_alone(name, leak):
    lines = listed("--staff", name).splitlines()
    assert lines[2:5] == [
        "職員: 鈴木 一（suzuki）",
        "利用者: 2人（うち情報秘匿 1人、消去済み 0人）",
        "申請: 2件（申請した方の情報。利用者になった方を含む）",
    ]
    assert [line for line in lines if "回、のべ" in line] == [
        "  鈴木 一（suzuki）: 通知メッセージの一覧 1回、のべ1件（利用者番号、名前、E-mail）"
    ]


def test_a_quiet_period_says_what_is_not_on_record_any_more(leak, settings):
    settings.RETENTION_AUDIT_DAYS = 30
    Record.objects.create(event=Event.RESTORED, actor_kind="command", fields=[])
    lines = listed(since="2020-01-01", until="2020-01-01").splitlines()
    assert lines[3:6] == [
        "利用者: 0人（うち情報秘匿 0人、消去済み 0人）",
        "申請: 0件（申請した方の情報。利用者になった方を含む）",
        "画面で見られるデータの種類: なし",
    ]
    assert [line.partition("。")[0] for line in lines[-2:]] == [
        "  30日より前の操作",
        "  復元したバックアップから復元までの操作",
    ]


@pytest.mark.parametrize(
    ("since", "until", "sentence"),
    [
        ("2026-11-31", "2026-12-01", NO_DAY),
        ("2026-11-01", "", NO_DAY),
        ("9999-12-31", "9999-12-31", NO_DAY),
        ("2026-11-03", "2026-11-01", BACKWARDS),
    ],
)
def test_wrong_days_are_refused_with_a_sentence(since, until, sentence):
    with pytest.raises(CommandError) as refused:
        listed(since=since, until=until)
    assert (str(refused.value), refused.value.returncode) == (sentence, 2)


def test_staff_whom_the_name_does_not_tell_are_refused():
    for username in ("b", "a"):
        User.objects.create_user(username, is_staff=True, name="佐藤 花")
    User.objects.create_user("patron:1")
    for name, word in (
        ("佐藤 花", "2人います。ユーザー名で選んでください: a、b"),
        ("patron:1", "見つかりません"),
    ):
        with pytest.raises(CommandError, match=word) as refused:
            listed("--staff", name)
        assert refused.value.returncode == 2
