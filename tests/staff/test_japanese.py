"""The admin is Japanese, whatever language the browser asks for."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from accounts.relying_party import PasskeyRefusal
from accounts.services import LoginWay
from audit.reasons import REASONS
from branches.services import first_data
from mylibrary.kana.models import KanaState
from mylibrary.own_data.models import DeclineReason, ErasureRequest, ErasureState
from patrons.card_data_services import CardDataRefusal
from patrons.first_login.models import CodeKind
from patrons.first_login.services import Tried
from patrons.identity_link_services import LinkRefusal, LinkVerdict
from patrons.services import PasswordWay
from patrons.withholding.models import OpeningReason
from registration.application.enums import Reason
from registration.review.models import ReviewCase, Verdict
from staff.admin import permissions_in_use
from staff.base import SEARCH
from tests.registration.support import hidden_fields
from tests.staff.pages import EVERY, address_of, each_page, list_of, save

pytestmark = pytest.mark.django_db
PASSWORD = "mizuumi-icho-42"
ALLOWED = {
    "My": "Myライブラリ, the manual's name",
    "E-mail": "the manual's word",
    "ID": "as in Japanese",
    "Message-ID": "a mail's header",
    "QR": "as in Japanese",
    **dict.fromkeys(("ISBN", "NDC"), "as in Japanese"),
    **dict.fromkeys(("PAGE", "TOP"), "the manual's words"),
    **dict.fromkeys(("JPEG", "PNG", "WebP", "GIF"), "formats of pictures"),
    "SDI": "the manual's word",
    "URL": "as in Japanese",
    **dict.fromkeys(("Cookie", "Chrome", "Safari", "LINE"), "as browsers have them"),
    **dict.fromkeys(("Control", "Command", "Mac"), "on the keyboard"),
    **dict.fromkeys(("Oita", "Citizens", "Library"), "the library's own name"),
    "COM": "J:COM, in the name of a branch",
    **dict.fromkeys((branch["code"] for branch in first_data()["branch"]), "a branch's code"),
    **dict.fromkeys(("chief", "colleague", "taro", "patrons.csv"), "a name in the rows"),
}
# What scripts read and nobody else.
FOR_SCRIPTS = ("data-context", "data-field-name", "data-inline", "data-model", "data-popup")
# An address, a key or code with a digit, a placeholder.
NO_WORD = re.compile(r"\S+@\S+|<\S+>|https?:\S+|/[a-z/_]+/|[!-~]*\d[!-~]*|\{\w+\}")
WORD = re.compile(r"[A-Za-z][A-Za-z.'-]+[A-Za-z]|[A-Za-z]{2,}")
TRANSLATED = re.compile(r"""(p|n?)gettext\(\s*(['"])(.+?)\2(?:,\s*(['"])(.+?)\4)?""")
REASONS_RECORDED = (
    CardDataRefusal,
    CodeKind,
    DeclineReason,
    ErasureState,
    KanaState,
    LinkRefusal,
    LinkVerdict,
    LoginWay,
    OpeningReason,
    PasskeyRefusal,
    PasswordWay,
    Reason,
    Tried,
    Verdict,
)


class Shown(HTMLParser):
    """What a page says: its text, and the attributes that are shown or read out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.links: list[str] = []
        self.scripts: set[str] = set()
        self._tag = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self._tag = tag
        named = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(named.get("href", ""))
        if tag == "script":
            self.scripts.add(named.get("src", ""))
        for name, value in named.items():
            of_ours = name.startswith("data-") and not name.startswith(FOR_SCRIPTS)
            if of_ours or name in ("title", "alt", "placeholder", "aria-label", "label"):
                self.said.append(value)
        if tag == "input" and named.get("type") in ("submit", "button", "reset"):
            self.said.append(named.get("value", ""))

    def handle_data(self, data):
        if self._tag not in ("script", "style"):
            self.said.append(data)


def english(said: list[str]) -> list[str]:
    return [
        text for text in said if not set(WORD.findall(NO_WORD.sub(" ", text))) <= ALLOWED.keys()
    ]


@pytest.fixture
def chief(db) -> Client:
    """The browser of somebody who may do everything, and who reads English."""
    client = Client(headers={"accept-language": "en"})
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    user = User.objects.create_superuser("chief", PASSWORD)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def assert_japanese(response: HttpResponse, status: int | None = None) -> Shown:
    assert status is None or response.status_code == status
    shown = Shown(response.content.decode())
    assert english(shown.said) == [], response.request
    return shown


def test_english_would_be_found():
    page = '<p>Can 登録</p><img alt="True"><input type="submit" value="Go"><p data-label="Print">'
    assert english(Shown(page).said) == ["Can 登録", "True", "Go", "Print"]


def opened(page: admin.ModelAdmin) -> list[str]:
    """Return the addresses of a page of the admin that a row has, those it adds included."""
    row = page.get_queryset(None).order_by("pk").first()
    base = address_of(row).removesuffix("change/")
    more = [url for url in page.get_urls() if "<" in str(url.pattern)]
    names = [str(url.pattern).rpartition(">/")[2] for url in more]
    return [f"{base}{name}" for name in names if name and "picture" not in name]


@each_page
def test_every_page_is_japanese_and_what_a_list_offers_works(page, chief, rows):
    walked = {f"{list_of(page)}add/", f"{list_of(page)}?q=zzzzzzz", *opened(page)}
    walked |= {list_of(page).removesuffix(f"{page.opts.model_name}/")}
    for address in sorted(walked):
        assert_japanese(chief.get(address, follow=True))
    listed = assert_japanese(chief.get(list_of(page)), 200)
    offered = {link for link in listed.links if link.startswith("?")}
    assert offered or not (page.list_filter or page.date_hierarchy)
    for link in offered:
        assert_japanese(chief.get(list_of(page) + link), 200)
    for address in (list_of(page), f"{list_of(page)}add/", *opened(page)):
        sent = hidden_fields(chief.get(address).content.decode()) | {"choice": "x"}
        assert_japanese(chief.post(address, sent, follow=True))
    row = page.get_queryset(None).order_by("pk").first()
    for name in page.get_actions(chief.get(list_of(page)).wsgi_request):
        chosen = {"action": name, "_selected_action": row.pk}
        assert_japanese(chief.post(list_of(page), {"action": name}, follow=True))
        assert_japanese(chief.post(list_of(page), chosen, follow=True))


@each_page
def test_an_empty_list_is_japanese(page, chief):
    assert_japanese(chief.get(list_of(page)), 200)


def test_a_day_is_japanese(chief, rows):
    address = "/admin/patrons/patron/"
    for _ in range(3):
        links = assert_japanese(chief.get(address), 200).links
        address = urljoin(address, [link for link in links if "registered_at__year" in link][-1])
    assert_japanese(chief.get(address), 200)


def test_a_long_list_is_japanese(chief):
    User.objects.bulk_create(User(username=f"{n}", is_staff=False) for n in range(120))
    page = assert_japanese(chief.get("/admin/accounts/user/"), 200)
    assert "?p=2" in page.links


def test_a_decision_is_japanese(chief, rows):
    for row, choice in (
        (ErasureRequest.objects.get(), "erase"),
        (ReviewCase.objects.get(state="review"), Verdict.DEFERRED),
    ):
        shown = hidden_fields(chief.get(address_of(row)).content.decode())
        sent = shown | {"choice": choice, "note": "確かめた"}
        assert_japanese(chief.post(address_of(row), sent), 200)
        assert_japanese(chief.post(address_of(row), sent | {"mark": "old", "final": "1"}))
        done = chief.post(address_of(row), sent | {"final": "1", "agreed": "on"}, follow=True)
        assert_japanese(done, 200)
    assert_japanese(chief.post(address_of(ErasureRequest.objects.get()), sent), 409)


def test_the_menu_and_what_goes_wrong_is_japanese(chief, rows):
    assert_japanese(chief.get("/admin/"), 200)
    assert_japanese(chief.get("/admin/password_change/"), 200)
    new = {"new_password1": "123", "new_password2": "1234"}
    assert_japanese(chief.post("/admin/password_change/", {"old_password": "x"} | new), 200)
    new = dict.fromkeys(("new_password1", "new_password2"), "gingko-2026-tree")
    done = chief.post("/admin/password_change/", {"old_password": PASSWORD} | new, follow=True)
    assert_japanese(done, 200)
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    for response, status in (
        (chief.get("/admin/patrons/patron/?secret=1"), 400),
        (chief.get("/admin/patrons/patron/add/"), 403),
        (strict.post("/admin/login/"), 403),
        (chief.get("/admin/nothing/"), 404),
        (chief.get("/admin/logout/"), 405),
    ):
        assert 'lang="ja"' in response.content.decode()
        assert_japanese(response, status)
    assert_japanese(chief.post("/admin/logout/"), 200)
    login = assert_japanese(chief.get("/admin/", follow=True), 200)
    assert login.said
    assert_japanese(chief.post("/admin/login/", {"username": "chief", "password": "x"}), 200)


def test_what_scripts_say_is_japanese(chief, rows):
    pages = [assert_japanese(chief.get(list_of(page))) for page in EVERY]
    pages += [
        assert_japanese(chief.get(address))
        for address in ("/admin/auth/group/add/", "/admin/announcements/announcement/add/")
    ]
    catalogue = chief.get("/admin/jsi18n/").content.decode()
    words = json.loads(re.search(r"newcatalog = (\{.*?\});", catalogue, re.DOTALL).group(1))
    scripts = {src for page in pages for src in page.scripts if "/admin/js/" in src}
    said = set()
    for script in scripts:
        name = re.sub(r"\.[0-9a-f]{12}\.js$", ".js", script.removeprefix(settings.STATIC_URL))
        for call, *strings in TRANSLATED.findall(Path(finders.find(name)).read_text()):
            context, text = strings[1::2] if call == "p" else ("", strings[1])
            said.add(f"{context}\x04{text}" if context else text)
    assert len(said) > 30
    assert sorted(each for each in said if not _is_japanese(words.get(each))) == []


def _is_japanese(words: str | list[str] | None) -> bool:
    return all(
        re.search("[ぁ-ん一-龥ァ-ヶ]", each) for each in [words or ""] if isinstance(each, str)
    )


def test_every_reason_on_record_has_its_words(chief, rows):
    codes = {str(each) for kind in REASONS_RECORDED for each in kind}
    for page in EVERY:
        own = f"{page.opts.app_label}_{page.opts.model_name}_"
        codes |= {url.name.removeprefix(own) for url in page.get_urls() if url.name}
        codes |= set(page.get_actions(chief.get(list_of(page)).wsgi_request))
    for cell in re.findall(r"reason: ([^|(]+)", (settings.BASE_DIR / "docs/audit.md").read_text()):
        codes |= set(re.findall("`([a-z_]+)`", cell)) - {SEARCH}
    unsaid = {"requested", "open", "right"}  # what is no reason
    assert codes - REASONS.keys() - unsaid == set()


@pytest.fixture
def job(db) -> Permission:
    return Permission.objects.get(codename="view_procrastinatejob")


def choices(page: HttpResponse, field: str) -> dict[int, str]:
    offered = page.context["adminform"].form.fields[field].choices
    return {value.value: label for value, label in offered}


@pytest.mark.parametrize(
    ("address", "field"),
    [("accounts/user", "user_permissions"), ("auth/group", "permissions")],
)
def test_permissions_are_offered_in_japanese(chief, rows, job, address, field):
    is_user = "user" in address
    row = User.objects.get(username="colleague") if is_user else Group.objects.get(name="夜間")
    page = f"/admin/{address}/{row.pk}/change/"
    offered = choices(chief.get(page), field)
    assert set(offered) == set(permissions_in_use().values_list("pk", flat=True))
    labels = offered.values()
    assert [label for label in labels if english([label])] == []
    for label in (
        "お知らせ | 緊急・受付停止・点検のお知らせ | 緊急・受付停止・点検のお知らせを追加できる",
        "操作の記録 | 操作の記録 | 操作の記録を閲覧できる",
        "利用者 | 初回ログインの確認コード | 初回ログイン用紙を発行できる",
    ):
        assert label in labels
    for unused in ("session", "contenttype", "logentry", "permission", "procrastinatejob"):
        assert not permissions_in_use().filter(codename=f"view_{unused}").exists()
    getattr(row, field).add(job)
    held = choices(chief.get(page), field)
    assert held.keys() == offered.keys() | {job.pk}
    assert held[job.pk] == "画面のない権限 | procrastinate.view_procrastinatejob"
    typed = {"name": "名", "username": "c1", "is_superuser": "on", field: [job.pk]}
    typed["groups"] = list(Group.objects.values_list("pk", flat=True))
    assert save(chief, page, typed).status_code == 302
    assert list(getattr(row, field).all()) == [job]
    for address in (address_of(row, "history"), "/admin/"):
        assert "変更" in str(assert_japanese(chief.get(address), 200).said)


def test_every_permission_of_ours_is_named_in_japanese(viewer, rows):
    assert not Permission.objects.filter(name__startswith="Can ").exists()
    group = Group.objects.get(name="夜間")
    assert "利用者を閲覧できる" in viewer.get(address_of(group)).content.decode()
