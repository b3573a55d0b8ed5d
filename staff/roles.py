"""Who may do what in the admin: the one table of roles, and the groups that are made of it.

Somebody may have several roles. Nobody but a superuser may do what stands in none.
"""

from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Value
from django.db.models.functions import Concat

ASSIGN = "accounts.assign_roles"
RESET_SECOND_FACTOR = "accounts.reset_second_factor"
# Lists as files: of what is never masked, and of everything else.
EXPORT_CASES = "accounts.export_cases"
EXPORT_LISTS = "accounts.export_lists"
SEE_PERSONAL_DATA = "patrons.view_personal_data"
REVEAL = "patrons.reveal_patron"
PRINT_CARD = "patrons.print_card"
SEND_TO_LIBRARY_SYSTEM = "patrons.send_patron_again"
# Django's own four say nothing of these (`patrons.models`).
OF_PATRONS = (
    ("view_personal_data", "利用者の個人情報を伏せずに見て、名前や連絡先でもさがせる"),
    ("reveal_patron", "伏せてある個人情報を、1人ずつ、理由を記録して表示できる"),
    ("print_card", "利用者カードのバーコードを印刷できる"),
    ("send_patron_again", "利用者を貸出システムへもう一度送れる"),
)


@dataclass(frozen=True)
class Role:
    """A group of the admin: its name, what it is for, and the permissions it gives."""

    name: str
    does: str
    permissions: frozenset[str]


def _kept(*models: str) -> set[str]:
    """Return Django's four permissions of each model, which is kept by hand."""
    pairs = (model.split(".") for model in models)
    does = ("add", "change", "delete", "view")
    return {f"{app}.{each}_{model}" for app, model in pairs for each in does}


_ANNOUNCE = _kept("announcements.announcement", "branches.closure")
# A row within another's page, as an item in its record's, has permissions of its own.
_CATALOGUE = {"catalog.view_item", "catalog.view_record"}
_REACH = {"patrons.view_patron", REVEAL, "notices.view_notice", "circulation.count_loan"}
ROLES = (
    Role("閲覧", "個人情報を伏せて見る。理由を選ぶと、1人ずつ表示できる", frozenset(_REACH)),
    Role(
        "窓口",
        "貸出と返却、予約棚。番号かカードでさがし、連絡先、初回ログイン用紙、利用者カードを扱う",
        frozenset(
            {
                *_REACH,
                PRINT_CARD,
                "patrons.change_patron",
                "patrons.issue_firstlogincode",
                "circulation.view_libraryrequest",
                "circulation.settle_libraryrequest",
                "mylibrary.decide_resetstop",
                "notices.send_again_notice",
                "circulation.lend_loan",
                "circulation.view_endedhold",
                "circulation.view_overdueloan",
                "circulation.view_wanteditem",
            }
        ),
    ),
    Role(
        "審査",
        "二重登録、名前カタカナ、個人情報の消去、情報秘匿を決定する",
        frozenset(
            {
                SEE_PERSONAL_DATA,
                EXPORT_CASES,
                "patrons.view_patron",
                "patrons.view_identitylink",
                "patrons.decide_withholding",
                "patrons.view_possibledouble",
                "patrons.decide_possibledouble",
                "registration.view_application",
                "registration.view_applicationtransition",
                "registration.view_reviewcase",
                "registration.decide_reviewcase",
                "mylibrary.view_kanarequest",
                "mylibrary.decide_kanarequest",
                "mylibrary.view_erasurerequest",
                "mylibrary.decide_erasurerequest",
                "notices.view_notice",
            }
        ),
    ),
    Role(
        "広報",
        "お知らせ、図書館推奨資料、緊急のお知らせと休館日を書く",
        frozenset(
            {
                *_ANNOUNCE,
                *_kept("news.news", "news.recommendation", "news.recommendedwork"),
                *_CATALOGUE,
            }
        ),
    ),
    Role(
        "選書",
        "リクエストされた資料を、購入するか、借りるか、応じないか決定する。だれのリクエストかは見えない",
        frozenset({*_CATALOGUE, "mylibrary.view_wantedtitle", "mylibrary.decide_wantedtitle"}),
    ),
    Role(
        "管理",
        "館と受付停止、貸出の決まり、貸出システムとのやりとり、統計、職員、操作の記録、一覧の書き出しを扱う。"
        "個人情報は伏せて見る",
        frozenset(
            {
                *_ANNOUNCE,
                *_kept("branches.branch", "branches.openinghours"),
                *_CATALOGUE,
                ASSIGN,
                EXPORT_LISTS,
                RESET_SECOND_FACTOR,
                SEND_TO_LIBRARY_SYSTEM,
                "accounts.add_user",
                "accounts.change_user",
                "accounts.view_user",
                "auth.view_group",
                "circulation.view_snapshot",
                "audit.view_record",
                "circulation.change_lendingpolicy",
                "circulation.view_lendingpolicy",
                "figures.view_statistics",
                "notices.send_again_notice",
                "notices.view_notice",
                "patrons.view_patron",
                "patrons.view_patronexport",
            }
        ),
    ),
)
NAMES = tuple(role.name for role in ROLES)
# What may be given to anybody: what no role gives, no page of staff's goes by.
PERMISSIONS = frozenset().union(*(role.permissions for role in ROLES))


def with_code(permissions: Any) -> Any:
    """Return a query of permissions with their codes, as `app.codename`."""
    code = Concat("content_type__app_label", Value("."), "codename")
    return permissions.annotate(code=code)


def lay_down(
    sender: AppConfig, using: str = DEFAULT_DB_ALIAS, apps: Any = installed, **rest: Any
) -> None:
    """Make the roles' groups, and give each what the table says, no more and no less.

    After all migrations: when Django has made the permissions of the last app.
    """
    *_, last = (app for app in installed.get_app_configs() if app.models_module)
    if sender.label != last.label:
        return
    try:
        groups = apps.get_model("auth", "Group")
        permissions = apps.get_model("auth", "Permission").objects.using(using)
    except LookupError:
        return
    named = groups.objects.using(using).filter(name__in=NAMES)
    there = set(named.values_list("name", flat=True))
    made = [groups(name=name) for name in NAMES if name not in there]
    groups.objects.using(using).bulk_create(made)
    keys = dict(named.values_list("name", "pk"))
    in_use = with_code(permissions).filter(code__in=PERMISSIONS)
    codes = dict(in_use.values_list("code", "pk"))
    # On the way to an older release there are not all of them.
    wanted = {
        (keys[role.name], codes[code]) for role in ROLES for code in role.permissions & codes.keys()
    }
    joins = groups.permissions.through.objects.using(using)
    held = joins.filter(group__in=keys.values())
    given = set(held.values_list("group_id", "permission_id"))
    for group, permission in given - wanted:
        held.filter(group_id=group, permission_id=permission).delete()
    joins.bulk_create(
        joins.model(group_id=group, permission_id=permission)
        for group, permission in sorted(wanted - given)
    )
