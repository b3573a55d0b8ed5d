"""`list_affected`: how many people's data staff reached in a period, and which kinds of data.

For the first report to the 個人情報保護委員会 (個人情報の保護に関する法律 第68条), from the audit
record alone: it prints counts and the names of staff, and nothing of a patron.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.http import QueryDict
from django.utils import timezone

from accounts.models import User
from accounts.validators import PATRON_PREFIX
from audit.enums import ActorKind, Event, NotableReason
from audit.kinds import Kind, events_of
from audit.models import NotableOpening, Record
from circulation.models import LibraryRequest, Loan, OverdueLoan
from mylibrary.kana.models import KanaRequest
from mylibrary.own_data.models import ErasureRequest
from notices.models import Notice
from patrons.models import Patron, PossibleDouble
from registration.application.models import Application
from registration.review.models import ReviewCase
from staff.commands import USAGE
from staff.record_search import NO_DAY, PeriodForm

NUMBER, NAME, KANA, MESSAGE = "利用者番号", "名前", "名前カタカナ", "通知の本文"
REACHABLE = ("住所", "電話番号", "E-mail")
EVERYTHING = (NUMBER, NAME, KANA, "生年月日", *REACHABLE)
LENT = "借りている資料と予約"
# What the pages and lists of staff show of people at most, by what they are about.
PAGES: dict[str, tuple[str, ...]] = {
    Patron._meta.label_lower: (*EVERYTHING, LENT),
    Loan._meta.label_lower: (NUMBER, NAME, LENT),
    OverdueLoan._meta.label_lower: (NUMBER, LENT),
    LibraryRequest._meta.label_lower: (NUMBER, LENT),
    PossibleDouble._meta.label_lower: EVERYTHING,
    Application._meta.label_lower: EVERYTHING,
    ReviewCase._meta.label_lower: EVERYTHING,
    KanaRequest._meta.label_lower: (NUMBER, NAME, KANA),
    ErasureRequest._meta.label_lower: (NUMBER, NAME),
    Notice._meta.label_lower: (NUMBER, NAME, "E-mail", MESSAGE),
    Record._meta.label_lower: (NUMBER,),
    NotableOpening._meta.label_lower: (NUMBER,),
}
# A case is an application under another name, with the same key.
APPLICATIONS = [Application._meta.label_lower, ReviewCase._meta.label_lower]
OPENED = events_of(Kind.OPENING)
REACHED = [*OPENED, *events_of(Kind.CHANGE), Event.STAFF_EXPORTED]
PRINTS = {"barcode", "barcode_picture", "slip"}
UNTOLD = """\
記録からわからないこと:
  一覧にだれが並んでいたか、貸出システムへのファイルにだれがいたか（件数だけが残ります）。
  画面や一覧のファイルで、職員に伏せて見せたか。審査にはすべて、ほかの役割には「伏せた個人情報の表示」をした利用者だけを見せます。
  この仕組みを通らないもの（貸出システム、紙、書き出したあとのファイル、データベースやバックアップ）と、
  利用者のログインを使った閲覧（操作の記録の「ログイン」を見ます）。"""


class Command(BaseCommand):
    help = (
        "Print how many people's data staff reached from one day to another, both included, in the"
        " library's time: by way, by member of staff, files and lists, with the kinds of data."
        " Counts alone, for the report by 個人情報の保護に関する法律 第68条. Changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="since", metavar="YYYY-MM-DD", required=True)
        parser.add_argument("--to", dest="until", metavar="YYYY-MM-DD", required=True)
        parser.add_argument(
            "--staff", metavar="NAME", help="of one member of staff: the username or the name"
        )

    def handle(self, *, since: str, until: str, staff: str | None, **options: Any) -> None:
        """Write the report. Bad days and unknown staff end with a sentence and the status 2."""
        form = PeriodForm(QueryDict(urlencode({"since": since, "until": until})))
        days = form.cleaned_data if form.is_valid() else {}
        if not all(days.values()) or not days:
            wrong = [str(error) for errors in form.errors.values() for error in errors]
            raise CommandError("\n".join(dict.fromkeys(wrong)) or NO_DAY, returncode=USAGE)
        user = None if staff is None else _member(staff)
        records = Record.objects.filter(form.period)
        if user is not None:
            records = records.filter(actor_id=user.pk)
        who = "全員" if user is None else _named(user)
        lines = [
            "個人情報に届いた操作（個人情報の保護に関する法律 第68条の報告のための集計）",
            f"期間: {days['since']}から{days['until']}まで（両方の日を含む、日本時間）",
            f"職員: {who}",
            *_people(records),
            *_files(records),
            *_lists(records),
            UNTOLD,
        ]
        kept = settings.RETENTION_AUDIT_DAYS
        if days["since"] < timezone.localdate() - timedelta(days=kept):
            lines.append(f"  {kept}日より前の操作。記録の保存期間が過ぎています。")
        if Record.objects.filter(form.begins, event=Event.RESTORED).exists():
            lines.append("  復元したバックアップから復元までの操作。記録が失われています。")
        self.stdout.write("\n".join(lines))


def _member(name: str) -> User:
    staff = User.objects.exclude(username__startswith=PATRON_PREFIX)
    found = list(staff.filter(username=name)) or list(staff.filter(name=name).exclude(name=""))
    if not found:
        raise CommandError(
            f"職員「{name}」は見つかりません。ユーザー名か氏名を指定してください。",
            returncode=USAGE,
        )
    if len(found) > 1:
        names = "、".join(sorted(user.username for user in found))
        raise CommandError(
            f"「{name}」という職員は{len(found)}人います。ユーザー名で選んでください: {names}",
            returncode=USAGE,
        )
    return found[0]


def _named(user: User) -> str:
    return f"{user}（{user.username}）"


def _names(keys: Any) -> dict[int, str]:
    return {user.pk: _named(user) for user in User.objects.filter(pk__in=keys)}


def _model(label: str) -> str:
    """Return what staff call a model; one of an earlier release, which is gone, as it is."""
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):
        return label or "そのほか"


def _way(event: str, kind: str, reason: str) -> tuple[str, tuple[str, ...]]:
    """Return the way in which somebody was reached, and what it shows at most."""
    if event == Event.REVEALED:
        return Event.REVEALED.label, EVERYTHING
    if event == Event.WITHHELD_OPENED:
        return Event.WITHHELD_OPENED.label, REACHABLE
    if event == Event.FIRST_LOGIN_SLIP_ISSUED or (event == Event.STAFF_OPENED and reason in PRINTS):
        return "バーコード・初回ログイン用紙の印刷", (NUMBER,)
    if event == Event.STAFF_EXPORTED:
        return f"{_model(kind)}の一覧のファイル", _in_list(kind)
    done = "の画面" if event in OPENED else "の変更・操作"
    return f"{_model(kind)}{done}", PAGES.get(kind, EVERYTHING)


def _in_list(kind: str) -> tuple[str, ...]:
    """Return what a list shows at most: of a message not its text."""
    return tuple(data for data in PAGES.get(kind, EVERYTHING) if data not in (MESSAGE, LENT))


def _people(records: QuerySet[Record]) -> Iterator[str]:
    reached = records.filter(actor_kind=ActorKind.STAFF, event__in=REACHED)
    ways: dict[tuple[str, tuple[str, ...]], set[int]] = defaultdict(set)
    members: dict[int, set[int]] = defaultdict(set)
    rows = reached.filter(patron_id__isnull=False).order_by().distinct()
    columns = ("event", "object_type", "reason", "actor_id", "patron_id")
    for event, kind, reason, actor, patron in rows.values_list(*columns).iterator():
        ways[_way(event, kind, reason)].add(patron)
        members[actor].add(patron)
    everybody = set().union(*members.values())
    known = Patron.objects.filter(pk__in=reached.values("patron_id"))
    # Of somebody who is erased, or withheld no more, the record of that day still says it.
    then = Q(event=Event.WITHHELD_OPENED) | Q(
        event=Event.NOTABLE_OPENED, reason=NotableReason.WITHHELD
    )
    withheld = {*known.withheld().values_list("pk", flat=True)} | (
        everybody & {*records.filter(then).values_list("patron_id", flat=True)}
    )
    opened = reached.filter(object_type__in=APPLICATIONS).exclude(object_id="")
    applications = opened.aggregate(number=Count("object_id", distinct=True))["number"]
    shown = {data for _, kinds in ways for data in kinds}
    if applications:
        shown |= set(EVERYTHING)
    of_them = f"情報秘匿 {len(withheld)}人、消去済み {known.erased().count()}人"
    yield f"利用者: {len(everybody)}人（うち{of_them}）"
    yield f"申請: {applications}件（申請した方の情報。利用者になった方を含む）"
    kinds_of_data = [data for data in (*EVERYTHING, LENT, MESSAGE) if data in shown]
    yield f"画面で見られるデータの種類: {'、'.join(kinds_of_data) or 'なし'}"
    yield "届き方ごと（1人の利用者は、届き方ごとに1人と数える）:"
    for (label, kinds), patrons in sorted(ways.items(), key=lambda way: (-len(way[1]), way[0])):
        yield f"  {label}: {len(patrons)}人（{'、'.join(kinds)}）"
    names = _names(members)
    yield "職員ごと:"
    for actor, patrons in sorted(members.items(), key=lambda one: (-len(one[1]), one[0])):
        yield f"  {names.get(actor, f'職員 {actor}')}: {len(patrons)}人"


def _files(records: QuerySet[Record]) -> Iterator[str]:
    exports = records.filter(event=Event.EXPORTED).order_by("actor_kind", "actor_id")
    written = exports.values_list("actor_kind", "actor_id")
    names = _names(exports.values("actor_id"))
    yield "書き出したファイル:"
    for kind, actor, files, people in written.annotate(Count("pk"), Sum("count")):
        who = names.get(actor, ActorKind(kind).label)
        yield f"  {who}: {files}回、のべ{people or 0}人（{'、'.join(EVERYTHING)}）"
    # One record for the file, besides those of who is in it.
    lists = records.filter(
        event=Event.STAFF_EXPORTED, object_type__in=PAGES, count__isnull=False
    ).order_by("actor_id", "object_type")
    names = _names(lists.values("actor_id"))
    of_lists = lists.values_list("actor_id", "object_type").annotate(Count("pk"), Sum("count"))
    for actor, kind, files, rows in of_lists:
        who = names.get(actor, f"職員 {actor}")
        told = f"{_model(kind)}の一覧 {files}回、のべ{rows}件"
        yield f"  {who}: {told}（{'、'.join(_in_list(kind))}）"


def _lists(records: QuerySet[Record]) -> Iterator[str]:
    about = records.filter(object_type__in=PAGES, patron_id=None).order_by("object_type")
    seen = about.filter(event=Event.STAFF_LISTED).values_list("object_type")
    searched = Count("pk", filter=Q(fields__contains=["q"]))
    yield "一覧:"
    for kind, times, most, searches in seen.annotate(Count("pk"), Max("count"), searches=searched):
        listed = f"{_model(kind)}: {times}回（うち検索 {searches}回）"
        found = f"1回に見つかった件数は最大{most or 0}件"
        yield f"  {listed}、{found}（{'、'.join(PAGES[kind])}）"
    many = about.filter(event=Event.STAFF_ACTION, count__isnull=False).values_list("object_type")
    for kind, count in many.annotate(Sum("count")):
        yield f"  {_model(kind)}へのまとめた操作: のべ{count}件"
