"""No page, file or mail tells where a withheld patron is found: every address is walked.

Whoever adds a page finds here that it reads the patron instead of `patron.shown`.
"""

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import get_resolver, reverse

from notices.enums import NoticeKind
from notices.models import Notice
from notices.services import send
from patrons.models import Patron
from patrons.services import user_for
from patrons.withholding.shown import HIDDEN
from registration.application.models import Application
from tests.mylibrary.own_data.own_rows import NEW_EMAIL, one_of_each
from tests.patrons.people import set_own_password
from tests.registration.review.reviews import case_for
from tests.registration.support import TARO, hidden_fields, text
from tests.test_public_urls import addresses
from tests.withheld import NOTE, SECRETS, TRACES, hidden_patron, withheld

ROOT = Path(settings.BASE_DIR)
TOLD = (*TRACES, NEW_EMAIL)
LEAVES = ("logout", "language", "card/worker.js")
PARAMETER = "1/"
ROWS = 12


@pytest.fixture
def person(db) -> Patron:
    """Somebody with a row of every kind, whom an applicant in review may be."""
    patron = hidden_patron(
        name=TARO.name,
        birth_date=TARO.birth_date,
        last_name_kana="オオイタ",
        first_name_kana="タロウ",
    )
    set_own_password(patron=patron, password="tall-green-lighthouse")
    patron.refresh_from_db()
    one_of_each(patron)
    text_of = {"subject": "件名", "body": "本文"}
    send(patron=patron, kind=NoticeKind.SECURITY, recipient=patron.email, **text_of)
    send(
        patron=None,
        addressee=patron,
        kind=NoticeKind.SECURITY,
        recipient="former@kakureya.example",
        **text_of,
    )
    case_for(replace(TARO, subject="another", address="大分県大分市荷揚町２番３１号"))
    Application.objects.create(
        state="registered",
        expires_at=patron.registered_at,
        patron=patron,
        registered_at=patron.registered_at,
        municipality_code="44202",
        residency_reason="eligible",
    )
    return patron


def traces_in(pages: dict[str, str], traces=TOLD) -> set[tuple[str, str]]:
    return {(path, trace) for path, page in pages.items() for trace in traces if trace in page}


def walk(client: Client, paths: list[str]) -> dict[str, str]:
    pages = {}
    for path in paths:
        answer = client.get(path)
        assert answer.status_code in {200, 302, 304, 403, 404, 405, 409, 410, 503}, path
        if "image" not in answer.headers.get("Content-Type", ""):
            pages[path] = unescape(b"".join(answer).decode())
    return pages


def of_my_library(client: Client) -> dict[str, str]:
    """Return every page of My Library as whoever is logged in gets it, the file among them."""
    every = sorted(set(addresses(get_resolver().url_patterns)))
    ours = [path for path in every if path.startswith("/mylibrary/")]
    ours = [path for path in ours if not path.endswith((*LEAVES, "logout/"))]
    ids = Notice.objects.filter(patron__isnull=False).values_list("public_id", flat=True)
    ours += [reverse("mylibrary:message", args=[public_id]) for public_id in ids]
    file = client.post("/mylibrary/privacy/download/").content.decode()
    return walk(client, ours) | {"the file": json.dumps(json.loads(file), ensure_ascii=False)}


def of_the_admin(client: Client, patron: Patron) -> dict[str, str]:
    """Return every list of the admin, searched too, every row's pages, and a patron's own ones."""
    paths = ["/admin/"]
    request = client.get("/admin/").wsgi_request
    for model, page in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        listed = reverse(f"{name}_changelist")
        paths += [listed, f"{listed}?q={patron.number}"]
        if "SituationFilter" in str(page.list_filter):
            paths.append(f"{listed}?situation=all")
        rows = page.get_queryset(request).order_by("-pk")
        # Of records of who did what, which this walk makes itself, the last.
        for row in rows[:ROWS] if model._meta.app_label == "audit" else rows:
            paths += [reverse(f"{name}_{what}", args=[row.pk]) for what in ("change", "history")]
    tools = ("barcode", "issue_slip", "slip", "resets", "withholding")
    paths += [reverse(f"admin:patrons_patron_{tool}", args=[patron.pk]) for tool in tools]
    return walk(client, paths)


def logged_in(patron: Patron) -> Client:
    client = Client()
    client.force_login(user_for(patron=patron), "patrons.backends.PatronBackend")
    return client


def staff(django_user_model, *codenames: str, superuser: bool = False) -> Client:
    user = django_user_model.objects.create(
        username="librarian", is_staff=True, is_superuser=superuser
    )
    permissions = Permission.objects.exclude(codename="decide_withholding")
    if codenames:
        permissions = permissions.filter(codename__regex="|".join(codenames))
    user.user_permissions.set(permissions)
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_my_library_tells_nothing_and_would_otherwise(person):
    pages = of_my_library(logged_in(person))
    told = traces_in(pages)
    assert {trace for _, trace in told} == {*TOLD} - {"h•••@"}
    for path in (
        "/mylibrary/profile/",
        "/mylibrary/profile/edit/",
        "/mylibrary/privacy/",
        "the file",
    ):
        assert (path, SECRETS["phone"]) in told
    person = withheld(person)
    client = logged_in(person)
    pages = of_my_library(client)
    assert len(pages) > 40
    assert traces_in(pages, (*TOLD, "別府市", "44202", "former@")) == set()
    assert "情報秘匿" in pages["/mylibrary/profile/"]
    for path in ("/mylibrary/profile/", "/mylibrary/card/", "/mylibrary/privacy/"):
        assert client.get(path).status_code == 200
        assert person.number in pages[path]
    data = json.loads(client.post("/mylibrary/privacy/download/").content)["data"]
    assert {data["registration"][name] for name in ("address", "phone", "email")} == {"withheld"}
    assert data["registration"]["name"] == person.name


@pytest.mark.parametrize(
    "path",
    ["edit/", "email/send/", "email/cancel/", "email/confirm/?key=1", "moved/", "unknown-change/"],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_withheld_is_changed_at_the_counter(person, path, method):
    before = Patron.objects.values().get()
    client = logged_in(withheld(person))
    answer = getattr(client, method)(
        f"/mylibrary/profile/{path}", {"phone": "0970000009", "email": "new@example.jp"}
    )
    assert (answer.status_code, answer.url) == (302, "/mylibrary/profile/")
    page = text(client.get("/mylibrary/profile/"))
    if method == "get" or "email" not in path:
        assert "窓口で承ります。何も変わっていません。" in page
    now = Patron.objects.values().get()
    assert {name: now[name] for name in HIDDEN} == {name: before[name] for name in HIDDEN}


@pytest.mark.parametrize(
    ("codenames", "superuser"),
    [((), True), ((), False), (("^view_",), False)],
    ids=["everything", "everything but the permission", "viewing alone"],
)
def test_the_admin_tells_nothing_and_would_otherwise(
    person, django_user_model, codenames, superuser
):
    client = staff(django_user_model, *codenames, superuser=superuser)
    pages = of_the_admin(client, person)
    assert {trace for _, trace in traces_in(pages)} >= {*TRACES} - {"h•••@"}
    withheld(person)
    pages = of_the_admin(client, person)
    assert len(pages) > 40
    assert traces_in(pages, (*TOLD, "former@")) == set()
    change = reverse("admin:patrons_patron_change", args=[person.pk])
    assert pages[change].count("情報秘匿") >= 5
    assert "別府市" not in pages[change]
    rows = re.search("<tbody>.*</tbody>", pages["/admin/patrons/patron/"], re.DOTALL)
    assert "別府市" not in rows[0]
    assert "情報秘匿" in rows[0]
    assert ("情報秘匿" in pages[f"/admin/patrons/patron/{person.pk}/withholding/"]) is superuser


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("patrons/patron", {"municipality": "44202"}),
        ("patrons/patron", {"moved_out": "yes"}),
        ("patrons/patron", {"mail": "bounced"}),
        ("patrons/patron", {"q": SECRETS["phone"]}),
        ("patrons/patron", {"q": "hidden.away"}),
        ("registration/application", {"municipality": "44202"}),
        ("registration/application", {"q": SECRETS["phone"]}),
        ("notices/notice", {"q": "hidden.away"}),
        ("notices/notice", {"q": "former@"}),
    ],
)
def test_no_list_is_found_by_what_is_withheld(person, django_user_model, page, query):
    Patron.objects.update(moved_out_at=person.registered_at, bounced_email=person.email)
    client = staff(django_user_model, superuser=True)

    def found() -> int:
        return client.get(f"/admin/{page}/", query).context["cl"].result_count

    assert found() == 1
    withheld(person)
    assert found() == 0


def test_a_comparison_does_not_even_say_that_a_value_is_the_same(person, django_user_model):
    case = Application.objects.get(state="review")
    Application.objects.filter(pk=case.pk).update(phone=person.phone, email=person.email)
    withheld(person)
    client = staff(django_user_model, superuser=True)
    address = reverse("admin:registration_reviewcase_change", args=[case.pk])
    page = text(client.get(address))
    cells = re.findall(r'<span class="review__words">([^<]*)</span> ?([^<]*)</td>', page)
    assert [cell for cell in cells if cell[1] == "情報秘匿"] == [("比べません", "情報秘匿")] * 4
    assert ("同じ", "2013/7/20") in cells
    assert page.count(SECRETS["phone"]) == page.count(SECRETS["email"]) == 1
    assert "情報秘匿の利用者のため、カードを連携できません。" in page
    assert f'value="same_person:{person.pk}"' not in page
    typed = hidden_fields(page) | {"choice": f"same_person:{person.pk}", "note": NOTE}
    refused = client.post(address, typed)
    assert refused.status_code == 422
    assert "この決定はできません。" in text(refused)
    assert not person.identity_links.exists()


NAMES = "|".join(sorted(HIDDEN | {"is_email_confirmed", "is_email_bounced"}))
READS = re.compile(rf"\bpatron\.(?:{NAMES})\b")
# Modules that read a patron's own values and show none; a page is none of them.
READERS = {
    "circulation/telling.py": "where a mail goes",
    "mylibrary/alerts/running.py": "where a mail goes",
    "mylibrary/first_login/asking.py": "where digits are mailed to",
    "mylibrary/kana/services.py": "where a mail goes",
    "mylibrary/own_data/services.py": "where a mail goes",
    "mylibrary/profile/emails.py": "what a mailed link depends on",
    "mylibrary/profile/forms.py": "which postal codes fit; closed to withheld patrons",
    "mylibrary/profile/services.py": "what is compared with what was typed",
    "mylibrary/profile/views.py": "closed to withheld patrons",
    "mylibrary/requests/services.py": "where a mail goes",
    "mylibrary/reset/emails.py": "what a mailed link depends on",
    "mylibrary/reset/services.py": "where a mail goes",
    "mylibrary/security_notices.py": "where a mail goes",
    "mylibrary/signin/services.py": "where a mail goes",
    "mylibrary/mynumber/services.py": "compared with what was typed; no offer for withheld patrons",
    "notices/admin.py": "compared with a recipient",
    "notices/titles.py": "compared with a recipient",
    "notices/personal_data.py": "which mails are erased",
    "patrons/patron_list.py": "asks first whether it is withheld",
    "patrons/card_data_services.py": "compared with the card",
    "patrons/first_login/services.py": "compared with a recipient",
    "patrons/identity_link_services.py": "compared with the card",
    "patrons/key_services.py": "keys",
    "patrons/personal_data.py": "`tell` takes out what is withheld",
    "patrons/personal_data_registry.py": "takes out what is withheld",
    "patrons/withholding/admin.py": "what 審査 opens",
    "registration/application/services.py": "where a mail goes",
    "registration/review/services.py": "where a mail goes",
    "patrons/watching.py": "compared with the address of who opens it",
}


def sources(pattern: str) -> dict[str, str]:
    left_out = {".venv", "tests", "bench", "demo", "node_modules"}
    files = (
        path for path in ROOT.rglob(pattern) if path.relative_to(ROOT).parts[0] not in left_out
    )
    return {str(path.relative_to(ROOT)): path.read_text() for path in files}


def test_templates_read_what_may_be_shown():
    found = {path: READS.findall(text) for path, text in sources("*.html").items()}
    found |= {path: READS.findall(text) for path, text in sources("templates/**/*.txt").items()}
    assert len(found) > 80
    assert {path: names for path, names in found.items() if names} == {}
    assert READS.search("{{ patron.email }}")
    assert not READS.search("{{ patron.shown.email }}")


def test_no_other_module_reads_what_may_not_be_shown():
    found = {path for path, code in sources("*.py").items() if READS.search(code)}
    assert found - READERS.keys() == set(), "take it from patron.shown, or say why not in READERS"
