"""The staff's guide is true: its pictures, the labels it quotes, the roles it names.

`make guide` takes the pictures anew.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Page

from accounts.models import Passkey, User
from announcements.models import Announcement
from audit.models import Record
from branches.models import Branch
from catalog.models import Item
from circulation.local.holding import place_hold
from circulation.local.lending import lend
from circulation.models import Hold, LendingPolicy, Loan
from demo.sample_data import COLLEAGUES
from figures.services import count_until
from mylibrary.kana.models import KanaRequest
from mylibrary.own_data.models import ErasureRequest
from mylibrary.own_data.services import ask_for_erasure
from mylibrary.requests.models import WantedTitle
from mylibrary.requests.services import Wish, suggest
from notices.models import Notice
from patrons.models import Patron, PossibleDouble
from patrons.numbers import NumbersLeft
from registration.application.models import Application
from staff.roles import ROLES
from tests.accounts.conftest import PASSWORD
from tests.catalog.shelves import a_record
from tests.patrons.people import imported_patron, set_own_password
from tests.registration.review.reviews import case_for, case_page
from tests.registration.support import TARO
from tests.staff.guide import GUIDE, PICTURES, Walk, words_of
from tests.staff.pages import address_of

TEXT = GUIDE.read_text(encoding="utf-8")
NOW = datetime.fromisoformat("2026-10-15T10:00+09:00")
OUTDATED = "make guide takes these pictures anew; read the guide again where they have changed:"
# What a page of the admin is about.
BODY = ("#content h1", "#content-main")
DESK = "/admin/circulation/loan/"
PATRONS = "/admin/patrons/patron/"
TARO_PAGE = f"{PATRONS}28/"
DECIDED = (
    "registration/reviewcase",
    "patrons/possibledouble",
    "mylibrary/kanarequest",
    "mylibrary/erasurerequest",
)
HANAKO_PAGE = f"{PATRONS}26/"


def people() -> dict[str, User]:
    """Store staff, by their roles, and the patrons that the guide shows."""
    # Of the migrations there are only those left that no test before this one has emptied.
    Branch.objects.all().delete()
    # Groups stay from test to test.
    Group.objects.exclude(name__in=[role.name for role in ROLES]).delete()
    Branch.objects.create(code="main", name="大分市民図書館", name_en="Oita Citizens Library")
    staff = {}
    for username, (name, role) in COLLEAGUES.items():
        user = User.objects.create_user(username, PASSWORD, is_staff=True, name=name)
        user.groups.add(Group.objects.get(name=role))
        staff[role] = user
    imported_patron(pk=26, number="8000026", registered_at=NOW - timedelta(days=2))
    imported_patron(
        pk=27,
        number="8000027",
        name="由布　一郎",
        last_name_kana="ユフ",
        first_name_kana="イチロウ",
        birth_date="19501103",
        address="大分県由布市湯布院町川上３０００番地の１",
        postal_code="8795102",
        phone="0975000002",
        email="ichiro@example.jp",
        municipality_code="44213",
        registered_at=NOW - timedelta(days=1),
        registered_via="online",
    )
    imported_patron(
        pk=28,
        number="8000028",
        name=TARO.name,
        last_name_kana="オオイタ",
        first_name_kana="タロウ",
        birth_date=TARO.birth_date,
        address=TARO.address,
        postal_code="8700000",
        phone="0970000000",
        email="oita@oita.co.jp",
        municipality_code="44201",
        registered_at=NOW - timedelta(hours=1),
        registered_via="online",
        contact_method="email",
        first_login_until=NOW + timedelta(days=30),
    )
    # Whom nobody opens on the walk: what is opened now is recorded by the database's own clock.
    imported_patron(
        pk=29,
        number="1000214",
        name="臼杵　美里",
        last_name_kana="ウスキ",
        first_name_kana="ミサト",
        registered_at=NOW - timedelta(days=300),
        registered_via="counter",
    )
    return staff


def waiting_cases() -> Application:
    """Let something of each kind wait for a decision; return the application."""
    application = case_for(replace(TARO, subject="namesake", address="大分県別府市上野口町１番"))
    # A sequence goes on from test to test, and the branches' calendar is kept for a while.
    fixed = {"receipt_no": 101, "answer_by": NOW.date() + timedelta(days=5)}
    Application.objects.filter(pk=application.pk).update(**fixed)
    hanako, ichiro, taro = Patron.objects.order_by("pk").filter(pk__in=(26, 27, 28))
    kana = {"last_name_before": "オオイタ", "last_name_kana": "オオイダ"}
    both = {"first_name_before": "タロウ", "first_name_kana": "タロウ"}
    KanaRequest.objects.create(patron=taro, **kana, **both)
    ask_for_erasure(patron=ichiro)
    PossibleDouble.objects.create(
        first=hanako,
        second=ichiro,
        strength="hint",
        fields=["kana"],
        look_by=NOW.date() - timedelta(days=1),
    )
    return application


def messages() -> None:
    """Store a message that was sent, and one whose mail was given up."""
    for patron, kind, sent in (
        (28, "registration_received", True),
        (26, "security", False),
        (27, "security", True),
    ):
        Notice.objects.create(
            patron_id=patron,
            kind=kind,
            subject="件名",
            body="本文",
            recipient=Patron.objects.get(pk=patron).email,
            attempts=1,
            sent_at=NOW if sent else None,
            failed_at=None if sent else NOW,
            last_error_code="" if sent else "gave_up",
        )


def records(staff: dict[str, User]) -> None:
    """Store what was done this morning and last month, as a record: others are of another day."""
    done = [
        ("2026-10-15T09:05", "窓口", "revealed", 28, "by_number"),
        ("2026-10-15T09:06", "窓口", "staff_changed", 28, ""),
        ("2026-10-15T09:12", "閲覧", "revealed", 27, "call"),
        ("2026-10-15T09:20", "審査", "notable_opened", 26, "withheld"),
        ("2026-10-02T11:00", "審査", "staff_opened", 29, "change"),
        ("2026-09-02T11:00", "閲覧", "revealed", 29, "call"),
        ("2026-09-09T11:00", "窓口", "first_login_slip_issued", 29, ""),
    ]
    for at, role, event, patron, reason in done:
        Record.objects.create(
            at=datetime.fromisoformat(f"{at}+09:00"),
            event=event,
            actor_kind="staff",
            actor_id=staff[role].pk,
            patron_id=patron,
            object_type="patrons.patron",
            object_id=str(patron),
            fields=["phone"] if event == "staff_changed" else [],
            reason=reason,
        )


def september() -> None:
    """Let some register in a month that is over, and count it."""
    for number, town in enumerate(["44201"] * 30 + ["44202"] * 12):
        imported_patron(
            pk=100 + number,
            registered_at=NOW.replace(month=9, day=1 + number % 28),
            registered_via="counter" if number % 3 else "online",
            municipality_code=town,
            birth_date=f"{1940 + 2 * number % 80}0405",
            namesake_no=number,
        )
    count_until()


class Clock(type):
    """What has stopped is still what `django.utils.timezone` asks of a moment's class."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


class Stopped(datetime, metaclass=Clock):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return NOW.astimezone(tz)


@pytest.fixture
def walk(live_server, settings, page: Page, transactional_db, monkeypatch, request) -> Walk:
    """A walk on a morning of October."""
    # Not `now` itself, which models have taken as their default.
    monkeypatch.setattr("django.utils.timezone.datetime", Stopped)
    left = NumbersLeft(left=99_972, total=100_000)
    monkeypatch.setattr("patrons.staff_warnings.numbers_left", lambda: left)
    settings.PUBLIC_BASE_URL = live_server.url
    return Walk(page, live_server.url, writes=request.config.getoption("write_guide"))


def first_login(walk: Walk, staff: dict[str, User], settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    page = walk.page
    walk.go("/admin/login/")
    walk.picture("login", "#header", "#content")
    enter(page, "viewer")
    walk.hear()
    walk.picture("second-factor", *BODY)
    walk.read("/admin/second-factor/app/")
    page.context.clear_cookies()
    give_key(staff["窓口"])
    walk.go("/admin/login/")
    enter(page, "counter")
    walk.hear()
    settings.SECOND_FACTOR_REQUIRED = False
    staff["窓口"].passkeys.all().delete()


def give_key(user: User) -> None:
    key = {"credential_id": b"id", "public_key": b"key", "backup_eligible": False}
    Passkey.objects.create(user=user, name="図書館のキー", backed_up=False, **key)


def enter(page: Page, username: str) -> None:
    """Send name and password."""
    page.get_by_label("ユーザー名").fill(username)
    page.get_by_label("パスワード").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/second-factor/**")


def counter(walk: Walk) -> None:
    page = walk.page
    walk.go(PATRONS)
    walk.picture("patrons", "#toolbar", ".results")
    walk.go(TARO_PAGE)
    walk.picture("patron-masked", "#content h1", ".object-tools", "fieldset >> nth=1")
    walk.go(f"{TARO_PAGE}reveal/")
    walk.picture("reveal", *BODY)
    page.get_by_label("電話での問い合わせ").check()
    page.get_by_role("button", name="記録して表示する").click()
    walk.hear()
    page.locator("[name=phone]").fill("0975371234")
    walk.picture("contact", "fieldset >> nth=2")
    page.get_by_role("button", name="保存", exact=True).click()
    walk.hear()
    walk.go(f"{TARO_PAGE}first-login/")
    page.get_by_role("button", name="発行する").click()
    walk.hear()
    walk.read(*(f"{TARO_PAGE}{tool}/" for tool in ("barcode", "resets")))
    walk.read(f"{HANAKO_PAGE}first-login/", f"{PATRONS}?q=8000026")
    walk.go("/admin/notices/notice/")
    walk.picture("notices", ".results")
    walk.read(address_of(Notice.objects.get(failed_at=NOW)))


def lending(walk: Walk) -> None:
    """Lend to one, take back what another waits for, and look at what is overdue."""
    main, page = Branch.objects.get(code="main"), walk.page
    hanako, ichiro, misato = Patron.objects.filter(pk__in=(26, 27, 29)).order_by("pk")
    for title, number in (("吾輩は猫である", "1000123"), ("坊っちゃん", "1000124")):
        Item.objects.create(record=a_record(title), number=number, branch=main)
    lend(patron=misato, item_number="1000124", branch=main, now=NOW - timedelta(days=20))
    annex = Branch.objects.create(code="annex", name="分館", name_en="Branch", order=200)
    # One is a number of both kinds, one is of elsewhere.
    for number in (hanako.number, "1000125"):
        Item.objects.create(record=a_record(number), number=number, branch=annex)
    place_hold(patron=ichiro, record=Item.objects.get(number="1000124").record, pickup=main)
    walk.go("/admin/circulation/overdueloan/")
    walk.picture("overdue", ".results")
    walk.go(DESK)
    page.get_by_role("button", name="この館で受け付ける").click()
    walk.hear()
    for number in ("8000028", "1000123"):
        scan(walk, number)
    walk.picture("scan-lent", ".scan__form", ".turn")
    with page.expect_navigation():
        page.keyboard.press("Escape")
    for number in ("1000123", "nothing", "1000124"):
        scan(walk, number)
    walk.picture("scan-hold-shelf", ".scan__form", "#said")
    slip = page.get_by_role("link", name="予約棚の用紙を印刷する").get_attribute("href")
    lists = (f"/admin/circulation/{name}/" for name in ("wanteditem", "endedhold"))
    walk.read(*lists, str(slip), f"{TARO_PAGE}loans/", HANAKO_PAGE)
    scan(walk, ichiro.number)
    page.locator("[name=turn]").evaluate("field => { field.value = 0 }")
    for number in ("1000124", hanako.number):
        scan(walk, number)
    Hold.objects.update(keep_until=NOW - timedelta(days=1))
    page.keyboard.press("Escape")
    for number in ("1000124", "1000125"):
        scan(walk, number)
    # Nothing of it is in the pictures that follow.
    for model in (Hold, Loan, Item):
        model.objects.all().delete()
    annex.delete()


def scan(walk: Walk, number: str) -> None:
    walk.page.locator("#number").fill(number)
    with walk.page.expect_navigation():
        walk.page.keyboard.press("Enter")
    walk.hear()


def examiner(walk: Walk, application: Application) -> None:
    page = walk.page
    walk.go("/admin/")
    walk.picture("first-page", "#header", ".desk__waiting")
    walk.go(f"{HANAKO_PAGE}withholding/")
    walk.picture("withholding", *BODY)
    walk.go(case_page(application))
    walk.picture("decision", *BODY)
    page.locator("[name=note]").fill("電話で本人に確かめた")
    page.get_by_role("button", name="別人（登録してよい）").click()
    walk.hear()
    walk.picture("decision-confirm", *BODY)
    walk.read(PATRONS, *(f"/admin/{kind}/" for kind in DECIDED))
    for kind in (KanaRequest, ErasureRequest, PossibleDouble):
        walk.read(address_of(kind.objects.get()))


def news(walk: Walk) -> None:
    page = walk.page
    walk.go("/admin/")
    walk.go("/admin/news/news/add/")
    page.locator("[name=title]").fill("秋の読書週間のおはなし会")
    text = "10月31日の14時から、1階の児童室で、おはなし会を開きます。\n\n申し込みはいりません。"
    page.locator("[name=text]").fill(text)
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="保存せずに確認").click()
    preview = opened.value
    preview.wait_for_load_state()
    walk.said.append(words_of(preview.content()))
    walk.picture("news-preview", "main", page=preview)
    preview.close()
    walk.go("/admin/announcements/announcement/add/")
    page.locator("[name=kind]").select_option("emergency")
    page.locator("[name=sentence]").fill(
        "台風のため、16日は全館休館します。電話での予約はできます。"
    )
    page.locator("[name=ends_at_0]").fill("2026-10-16")
    page.locator("[name=ends_at_1]").fill("21:00:00")
    walk.picture("announcement", *BODY)
    walk.read(
        "/admin/news/recommendation/add/",
        "/admin/announcements/announcement/",
        "/admin/branches/closure/add/",
    )


def selector(walk: Walk) -> None:
    ichiro, misato = Patron.objects.filter(pk__in=(27, 29)).order_by("pk")
    known = {"title": "豊後水道の魚と漁", "author": "佐賀関 渚"}
    suggest(patron=ichiro, wish=Wish(**known, remark="写真の多い新版があるそうです。"))
    suggest(patron=misato, wish=Wish(**known, publisher="速吸書房", year=2026))
    page = walk.page
    walk.go("/admin/")
    wanted = WantedTitle.objects.get()
    walk.read("/admin/mylibrary/wantedtitle/")
    walk.go(address_of(wanted))
    walk.picture("request", *BODY)
    page.get_by_role("button", name="検討中にする").click()
    walk.hear()
    WantedTitle.objects.update(state="borrowing")
    walk.read(address_of(wanted))


def manager(walk: Walk, staff: dict[str, User]) -> None:
    page = walk.page
    walk.go("/admin/?period=last-month")
    walk.picture("statistics", "#statistics", "figure[aria-labelledby=registrations]")
    walk.go(f"{PATRONS}?exported=no&withdrawn=no")
    for summary in ("この絞り込みを保存", "この一覧をファイルに書き出す"):
        page.get_by_text(summary).click()
    walk.picture("list-tools", ".lists__narrowed")
    page.locator("[name=name]").fill("未反映の人")
    page.get_by_role("button", name="保存する").click()
    page.get_by_text("を保存しました").wait_for()
    walk.hear()
    LendingPolicy.objects.get_or_create(pk=1)
    walk.go("/admin/circulation/lendingpolicy/1/change/")
    walk.picture("lending-policy", "fieldset >> nth=0")
    walk.go("/admin/accounts/user/add/")
    walk.go(f"/admin/accounts/user/{staff['窓口'].pk}/change/")
    walk.picture("staff-roles", "fieldset >> nth=0", "fieldset >> nth=1")
    give_key(staff["管理"])
    walk.read("/admin/second-factor/", "/admin/second-factor/reset/")
    day = "since=2026-10-15&until=2026-10-15"
    walk.go(f"/admin/audit/record/?{day}")
    walk.picture("audit", *BODY)
    walk.go(f"/admin/audit/notableopening/?{day}")
    walk.read(f"/admin/audit/record/days/?{day}")
    page.context.clear_cookies()


def resident(walk: Walk, misato: Patron) -> None:
    user = set_own_password(patron=misato, password=PASSWORD)
    walk.log_in(user, backend="patrons.backends.PatronBackend")
    walk.go("/mylibrary/privacy/")
    title = "h2:has-text('職員が登録情報を開いた回数')"
    walk.picture("own-data", title, f"{title} ~ details >> nth=0", f"{title} ~ details >> nth=1")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_guide_shows_what_the_pages_show_and_quotes_what_they_say(walk, settings):
    staff = people()
    records(staff)
    first_login(walk, staff, settings)
    walk.log_in(staff["窓口"])
    messages()
    counter(walk)
    lending(walk)
    application = waiting_cases()
    walk.log_in(staff["審査"])
    examiner(walk, application)
    walk.log_in(staff["広報"])
    Announcement.objects.create(kind="library_maintenance", ends_at=NOW + timedelta(hours=1))
    news(walk)
    walk.log_in(staff["選書"])
    selector(walk)
    september()
    walk.log_in(staff["管理"])
    manager(walk, staff)
    resident(walk, Patron.objects.get(pk=29))
    for left in set(PICTURES.glob("*.png")) if walk.writes else ():
        if left.stem not in walk.taken:
            left.unlink()
    assert {path.stem for path in PICTURES.glob("*.png")} == walk.taken
    assert not walk.differences, "\n".join([OUTDATED, *walk.differences])
    quoted = dict.fromkeys(re.findall(r"「([^「」]+)」", TEXT))
    assert len(quoted) > 60
    unsaid = [label for label in quoted if not walk.is_said(label)]
    assert not unsaid, f"the guide quotes what no page of the walk says: {unsaid}"


def test_the_guide_has_every_picture_and_no_other():
    shown = re.findall(r"!\[[^\]]+\]\(images/staff-guide/([\w-]+)\.png\)", TEXT)
    assert sorted(shown) == sorted(path.stem for path in PICTURES.glob("*.png"))


def test_the_guide_names_the_roles_as_they_are():
    rows = re.findall(r"^\| (\S+) \| ([^|]+) \|", TEXT, re.MULTILINE)
    assert [row for row in rows if row[0] in {role.name for role in ROLES}] == [
        (role.name, role.does) for role in ROLES
    ]
