"""Every page of the admin and every action of its lists, for every role: allowed or refused.

A page or action that is not in the tables fails: whoever adds one says whose it is.
"""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management.sql import emit_post_migrate_signal
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from accounts.models import User
from patrons.models import Patron
from staff.roles import NAMES, ROLES, with_code
from tests.staff.pages import EVERY, list_of

pytestmark = pytest.mark.django_db

# V 閲覧, C 窓口, R 審査, P 広報, S 選書, A 管理; N is staff without any role.
LETTERS = dict(zip("VCRPSA", NAMES, strict=True)) | {"N": ""}
# What is never masked: its lists are files for who decides on it.
CASES = {
    "circulation.libraryrequest",
    "mylibrary.erasurerequest",
    "mylibrary.kanarequest",
    "patrons.possibledouble",
    "registration.application",
    "registration.reviewcase",
}
# Who has or may have what, and the rules of one row.
NEVER_A_FILE = {
    *("circulation.endedhold", "circulation.lendingpolicy", "circulation.loan"),
    *("circulation.overdueloan", "circulation.wanteditem"),
}
# Whose a model's pages are: list, history and each row's page; adding; changing; deleting.
MODELS = {
    "accounts.user": ("A", "A", "A", ""),
    # What has begun is not deleted.
    "announcements.announcement": ("PA", "PA", "PA", ""),
    "audit.notableopening": ("A", "", "", ""),
    "audit.record": ("A", "", "", ""),
    "auth.group": ("A", "", "", ""),
    "branches.branch": ("A", "A", "A", "A"),
    "branches.closure": ("PA", "PA", "PA", "PA"),
    "catalog.record": ("PSA", "", "", ""),
    "circulation.endedhold": ("C", "", "", ""),
    "circulation.lendingpolicy": ("A", "", "A", ""),
    # The page that is scanned into, and of a loan what the list of overdue ones shows, too.
    "circulation.loan": ("C", "", "", ""),
    "circulation.overdueloan": ("C", "", "", ""),
    "circulation.wanteditem": ("C", "", "", ""),
    "circulation.libraryrequest": ("C", "", "C", ""),
    "circulation.snapshot": ("A", "", "", ""),
    "mylibrary.erasurerequest": ("R", "", "R", ""),
    "mylibrary.kanarequest": ("R", "", "R", ""),
    "mylibrary.wantedtitle": ("S", "", "S", ""),
    "news.news": ("P", "P", "P", "P"),
    "news.recommendation": ("P", "P", "P", "P"),
    "notices.notice": ("VCRA", "", "", ""),
    "patrons.patron": ("VCRA", "", "C", ""),
    "patrons.patronexport": ("A", "", "", ""),
    "patrons.possibledouble": ("R", "", "R", ""),
    "registration.application": ("R", "", "", ""),
    "registration.reviewcase": ("R", "", "R", ""),
}
# In the menu where a library system exchanges files alone.
BY_FILES = {"circulation.libraryrequest", "circulation.snapshot"}
# Rows within another's page: who sees them there, and who keeps them.
PARTS = {
    "branches.openinghours": ("A", "A"),
    "catalog.item": ("PSA", ""),
    "news.recommendedwork": ("P", "P"),
    "patrons.identitylink": ("R", ""),
    "registration.applicationtransition": ("R", ""),
}
# Other pages: who may open, and who may send them.
PAGES = {
    "announcements_announcement_preview": ("PA", "PA"),
    "audit_record_days": ("A", ""),
    "auth_user_password_change": ("A", "A"),
    "circulation_loan_slip": ("C", "C"),
    "news_news_picture": ("P", ""),
    "news_news_preview": ("P", ""),
    "news_recommendation_picture": ("P", ""),
    "news_recommendation_preview": ("P", ""),
    "patrons_patron_barcode": ("C", "C"),
    "patrons_patron_barcode_picture": ("C", "C"),
    "patrons_patron_issue_slip": ("C", "C"),
    "patrons_patron_loans": ("C", "C"),
    "patrons_patron_resets": ("C", "C"),
    "patrons_patron_reveal": ("VC", "VC"),
    "patrons_patron_slip": ("C", "C"),
    "patrons_patron_withholding": ("R", "R"),
    **dict.fromkeys(("index", "password_change"), ("VCRPSAN", "VCRPSAN")),
    **dict.fromkeys(("second_factor", "second_factor_app"), ("VCRPSAN", "VCRPSAN")),
    **dict.fromkeys(("second_factor_check", "second_factor_codes"), ("VCRPSAN", "VCRPSAN")),
    "second_factor_remove": ("VCRPSAN", "VCRPSAN"),
    "second_factor_reset": ("A", "A"),
    **dict.fromkeys(("second_factor_passkey_options", "passkey_login_options"), ("", "VCRPSAN")),
    **dict.fromkeys(("second_factor_passkey_add", "passkey_login"), ("", "VCRPSAN")),
    **dict.fromkeys(("jsi18n", "password_change_done"), ("VCRPSAN", "")),
}
ACTIONS = {
    ("announcements.announcement", "end"): "PA",
    ("branches.closure", "delete_selected"): "PA",
    ("news.news", "delete_selected"): "P",
    ("news.recommendation", "delete_selected"): "P",
    ("notices.notice", "send_again"): "CA",
    ("patrons.patron", "send_again"): "A",
    # Superusers alone.
    ("accounts.user", "delete_selected"): "",
    ("auth.group", "delete_selected"): "",
}
# No permission, or no such way to ask.
REFUSED = (403, 405)
each_role = pytest.mark.parametrize("letter", LETTERS)


def expected(label: str) -> dict[str, tuple[str, str]]:
    """Return the pages that Django gives a model, as who may open and who may send them."""
    seen, added, changed, deleted = MODELS[label]
    exporters = "R" if label in CASES else "A"
    pages = {
        # It is sent for, not opened.
        "export": ("", exporters if exporters in seen and label not in NEVER_A_FILE else ""),
        "changelist": (seen, seen),
        "history": (seen, seen),
        "add": (added, added),
        "change": (seen, changed),
        "delete": (deleted, deleted),
    }
    return {f"{label.replace('.', '_')}_{name}": who for name, who in pages.items()}


def of_every_page() -> dict[str, tuple[str, str]]:
    pages = dict(PAGES)
    for label in MODELS:
        pages |= expected(label)
    return pages


def client_of(letter: str) -> Client:
    user = User.objects.create_user(f"staff-{letter}", is_staff=True)
    if LETTERS[letter]:
        user.groups.add(Group.objects.get(name=LETTERS[letter]))
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def named(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from named(each.url_patterns)
        elif each.name:
            yield each.name


def row_of(page: admin.ModelAdmin) -> Model:
    rows = page.get_queryset(None).order_by("pk")
    chosen = {Patron: {"registered_via": "online"}, User: {"username": "colleague"}}
    return rows.filter(**chosen.get(page.model, {"name": "夜間"} if page.model is Group else {}))[0]


def addresses() -> Iterator[tuple[str, str]]:
    """Yield the name and address of every page, with a row's key where it takes one."""
    for page in EVERY:
        key = row_of(page).pk
        for url in page.get_urls():
            if url.name:
                yield url.name, reverse(f"admin:{url.name}", args=[key] * ("<" in str(url.pattern)))
    of_models = {url.name for page in EVERY for url in page.get_urls()}
    for name in sorted(PAGES.keys() - of_models):
        yield name, reverse(f"admin:{name}")


def test_every_address_and_action_of_the_admin_is_in_the_tables():
    assert {*named(admin.site.urls[0])} == {*of_every_page(), "app_list", "login", "logout"}
    assert {page.opts.label_lower for page in EVERY} == {*MODELS}


@each_role
def test_each_page_is_open_to_its_roles_alone(letter, rows):
    client = client_of(letter)
    # Found by number, and so open to whoever may see it at all.
    client.get(list_of(admin.site.get_model_admin(Patron)), {"q": Patron.objects.first().number})
    pages = of_every_page()
    for name, address in addresses():
        may_open, may_send = (letter in who for who in pages[name])
        assert (client.get(address).status_code not in REFUSED) is may_open, name
        if not name.endswith(("changelist", "history")):
            assert (client.post(address).status_code not in REFUSED) is may_send, name


@each_role
def test_the_menu_and_the_lists_offer_a_role_its_own_alone(letter, rows):
    client = client_of(letter)
    menu = client.get("/admin/")
    offered = {
        f"{app['app_label']}.{model['object_name'].lower()}"
        for app in menu.context["app_list"]
        for model in app["models"]
    }
    assert offered == {label for label, (seen, *_) in MODELS.items() if letter in seen} - BY_FILES
    for app in {label.partition(".")[0] for label in MODELS}:
        is_offered = any(label.startswith(f"{app}.") for label in offered)
        status = client.get(reverse("admin:app_list", args=[app])).status_code
        assert status == (200 if is_offered else 404)
    actions = {
        (page.opts.label_lower, name)
        for page in EVERY
        for name in page.get_actions(menu.wsgi_request)
    }
    assert actions == {action for action, who in ACTIONS.items() if letter in who}


@each_role
def test_the_rows_within_a_page_are_there_for_who_works_with_them(letter):
    request = client_of(letter).get("/admin/").wsgi_request
    parts = [part(page.model, admin.site) for page in EVERY for part in page.inlines]
    assert {part.opts.label_lower for part in parts} == {*PARTS}
    for part in parts:
        seen, kept = (letter in who for who in PARTS[part.opts.label_lower])
        assert part.has_view_permission(request) is seen, part
        assert part.has_add_permission(request, None) is kept, part
        assert part.has_change_permission(request) is kept, part
        assert part.has_delete_permission(request) is kept, part


def test_the_groups_hold_what_the_table_says_after_every_migration():
    reader = Group.objects.get(name="閲覧")
    strays = ("view_patron", "view_user", "view_procrastinatejob")
    reader.permissions.set(Permission.objects.filter(codename__in=strays))
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    for role in ROLES:
        held = with_code(Group.objects.get(name=role.name).permissions)
        assert set(held.values_list("code", flat=True)) == role.permissions
