"""Nobody in the admin touches, or gives, more rights than they have themselves."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.models import Session, User
from staff.admin import (
    NAME_NEEDED,
    NOT_HELD,
    ROLES_OF_OWN,
    SWITCHED_OFF,
    Rights,
    StaffAdmin,
    StaffGroupAdmin,
)
from staff.roles import NAMES, PERMISSIONS, with_code
from tests.staff.pages import save

PASSWORD = "mizuumi-icho-42"
DECIDES = "decide_erasurerequest"


def permission(codename: str) -> Permission:
    return Permission.objects.get(codename=codename)


def login(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(row: User | Group, name: str = "change") -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/{name}/"


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def keeper(db) -> User:
    """Keeps the list of staff and their groups; may look at patrons."""
    user = get_user_model().objects.create_user("keeper", PASSWORD, is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label__in=("accounts", "auth")).exclude(
            codename="assign_roles"
        )
    )
    user.user_permissions.add(permission("view_patron"))
    return user


@pytest.fixture
def at_desk(keeper) -> Client:
    return login(keeper)


@pytest.fixture
def novice(db) -> User:
    return get_user_model().objects.create_user("novice", PASSWORD, is_staff=True)


@pytest.fixture
def deciders(db) -> Group:
    group = Group.objects.create(name="決定する職員")
    group.permissions.add(permission(DECIDES))
    return group


def with_superuser(novice: User, deciders: Group) -> None:
    novice.is_superuser = True
    novice.save()


def with_permission(novice: User, deciders: Group) -> None:
    novice.user_permissions.add(permission(DECIDES))


def with_group(novice: User, deciders: Group) -> None:
    novice.groups.add(deciders)


def with_permission_but_inactive(novice: User, deciders: Group) -> None:
    novice.user_permissions.add(permission(DECIDES))
    novice.is_active = False
    novice.save()


@pytest.fixture(params=[with_superuser, with_permission, with_group, with_permission_but_inactive])
def superior(request, novice, deciders) -> User:
    """Somebody with more rights than the keeper, one way or another."""
    request.param(novice, deciders)
    return novice


EVERYTHING = Rights(is_superuser=True)


@pytest.mark.parametrize(
    ("own", "other", "covered"),
    [
        (Rights(), Rights(), True),
        (Rights(permissions=frozenset({1, 2})), Rights(permissions=frozenset({2})), True),
        (Rights(permissions=frozenset({1, 2})), Rights(permissions=frozenset({1, 2})), True),
        (Rights(permissions=frozenset({1})), Rights(permissions=frozenset({1, 2})), False),
        (Rights(permissions=frozenset({1, 2, 3})), EVERYTHING, False),
        (EVERYTHING, Rights(permissions=frozenset({1, 2, 3})), True),
        (EVERYTHING, EVERYTHING, True),
    ],
)
def test_rights_cover_what_is_not_more(own, other, covered):
    assert own.cover(other) is covered


@pytest.mark.parametrize("name", ["password", "change", "delete"])
def test_somebody_with_more_rights_is_not_touched(at_desk, superior, name):
    before = User.objects.values().get(pk=superior.pk)
    typed = {
        "username": "mine",
        "name": "職員",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "post": "yes",
    }
    response = at_desk.post(page(superior, name), typed | {"usable_password": "true"})
    assert response.status_code == 403
    assert StaffAdmin.beyond in text(response)
    assert User.objects.values().get(pk=superior.pk) == before


def test_somebody_with_more_rights_is_shown_and_why_there_is_no_button(at_desk, superior):
    response = at_desk.get(page(superior))
    assert response.status_code == 200
    assert StaffAdmin.beyond in text(response)
    assert 'name="_save"' not in text(response)
    assert page(superior, "password") not in text(response)
    assert StaffAdmin.beyond in text(at_desk.get(page(superior, "password")))


def test_somebody_with_more_rights_is_not_deleted_in_a_list(at_desk, superior):
    chosen = {"action": "delete_selected", "_selected_action": superior.pk, "post": "yes"}
    refused = at_desk.post("/admin/accounts/user/", chosen)
    assert (refused.status_code, StaffAdmin.beyond in text(refused)) == (403, True)
    assert User.objects.filter(pk=superior.pk).exists()


@pytest.mark.parametrize("name", ["password", "change", "delete"])
def test_somebody_with_no_more_rights_is(at_desk, novice, name):
    typed = {
        "username": "renamed",
        "name": "職員",
        "password1": "gingko-2026",
        "password2": "gingko-2026",
    }
    response = save(
        at_desk,
        page(novice, name),
        typed | {"usable_password": "true", "is_staff": "on", "post": "yes"},
    )
    assert response.status_code == 302
    changed = User.objects.filter(pk=novice.pk).first()
    assert changed is None or changed.username == "renamed" or changed.check_password("gingko-2026")


@pytest.mark.parametrize("field", ["user_permissions", "groups"])
@pytest.mark.parametrize("whose", ["own", "other"])
def test_rights_one_has_not_are_not_given(at_desk, keeper, novice, deciders, field, whose):
    row = keeper if whose == "own" else novice
    held = set(row.user_permissions.all())
    chosen = deciders.pk if field == "groups" else permission(DECIDES).pk
    typed = {
        "username": "renamed",
        "name": "職員",
        "is_active": "on",
        "is_staff": "on",
        field: [chosen],
    }
    response = save(at_desk, page(row), typed)
    assert response.status_code == 200
    assert NOT_HELD in text(response)
    assert 'value="renamed"' in text(response)
    row.refresh_from_db()
    assert row.username != "renamed"
    assert set(row.user_permissions.all()) == held
    assert not row.groups.exists()


def test_rights_one_has_are_given(at_desk, novice):
    lookers = Group.objects.create(name="見る職員")
    lookers.permissions.add(permission("view_patron"))
    typed = {
        "username": "novice",
        "name": "職員",
        "is_active": "on",
        "is_staff": "on",
        "groups": [lookers.pk],
        "user_permissions": [permission("view_user").pk],
    }
    assert save(at_desk, page(novice), typed).status_code == 302
    novice = User.objects.get(pk=novice.pk)
    assert novice.has_perms(["patrons.view_patron", "accounts.view_user"])


def test_nobody_but_a_superuser_makes_superusers(at_desk, keeper, novice):
    for row in (keeper, novice):
        typed = {"username": row.username, "name": "職員", "is_active": "on", "is_staff": "on"}
        save(at_desk, page(row), typed | {"is_superuser": "on"})
        row.refresh_from_db()
        assert not row.is_superuser


def test_a_new_member_of_staff_gets_no_rights_by_it(at_desk):
    typed = {
        "username": "beginner",
        "name": "職員",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "is_superuser": "on",
        "user_permissions": [permission("view_patron").pk],
    }
    assert at_desk.post("/admin/accounts/user/add/", typed).status_code == 302
    beginner = User.objects.get(username="beginner")
    assert (beginner.is_staff, beginner.is_superuser) == (True, False)
    assert not beginner.user_permissions.exists()


def test_a_name_that_the_database_refuses_is_refused_before(at_desk):
    typed = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    for name in ("②", "12345", "patron:1"):
        response = at_desk.post("/admin/accounts/user/add/", typed | {"username": name})
        assert response.status_code == 200
        assert f'value="{name}"' in text(response)


def test_a_group_gets_no_more_rights_than_one_has(at_desk, keeper):
    group = Group.objects.create(name="夜間")
    keeper.groups.add(group)
    typed = {"name": "新しい夜間", "permissions": [permission(DECIDES).pk]}
    for address in (page(group), "/admin/auth/group/add/"):
        response = save(at_desk, address, typed)
        assert response.status_code == 200
        assert NOT_HELD in text(response)
        assert 'value="新しい夜間"' in text(response)
    assert not User.objects.get(pk=keeper.pk).has_perm(f"mylibrary.{DECIDES}")
    typed["permissions"] = [permission("view_patron").pk]
    assert save(at_desk, page(group), typed).status_code == 302
    assert group.permissions.get().codename == "view_patron"


@pytest.mark.parametrize("name", ["change", "delete"])
def test_a_group_that_gives_more_is_not_touched(at_desk, deciders, name):
    response = at_desk.post(page(deciders, name), {"name": "mine", "post": "yes"})
    assert response.status_code == 403
    assert StaffGroupAdmin.beyond in text(response)
    assert Group.objects.get(pk=deciders.pk).permissions.get().codename == DECIDES


def test_a_group_of_somebody_with_more_rights_is_not_touched(at_desk, superior):
    group = Group.objects.create(name="夜間")
    group.permissions.add(permission("view_patron"))
    superior.groups.add(group)
    response = at_desk.post(page(group), {"name": "mine"})
    assert response.status_code == 403
    assert group.permissions.exists()


def test_a_superuser_touches_everybody(superior, deciders):
    chief = login(get_user_model().objects.create_superuser("chief", PASSWORD))
    typed = {"username": "renamed", "name": "職員", "is_superuser": "on", "groups": [deciders.pk]}
    assert save(chief, page(superior), typed).status_code == 302
    superior.refresh_from_db()
    assert (superior.username, superior.is_superuser) == ("renamed", True)


def test_no_part_of_a_passwords_hash_is_shown(db, novice):
    viewer = get_user_model().objects.create_user("viewer", PASSWORD, is_staff=True)
    viewer.user_permissions.add(permission("view_user"))
    for client in (login(viewer), login(User.objects.create_superuser("chief", PASSWORD))):
        shown = text(client.get(page(novice)))
        assert "argon2" not in shown
        assert "設定済み" in shown


@pytest.fixture
def manager(db) -> User:
    """Somebody of 管理, who gives roles."""
    user = User.objects.create_user("manager", PASSWORD, is_staff=True, name="管理　花子")
    user.groups.add(Group.objects.get(name="管理"))
    return user


def typed_for(user: User, *roles: str, **more: object) -> dict[str, object]:
    groups = Group.objects.filter(name__in=roles).values_list("pk", flat=True)
    of_user = {"username": user.username, "name": user.name or "職員", "is_active": "on"}
    return of_user | {"groups": list(groups)} | more


def roles_of(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def test_who_gives_roles_gives_others_any_and_keeps_the_own(manager, novice):
    client = login(manager)
    for given in ({"審査", "窓口"}, {"管理"}, set()):
        assert save(client, page(novice), typed_for(novice, *given)).status_code == 302
        assert roles_of(novice) == given
    refused = save(client, page(manager), typed_for(manager, "管理", "審査"))
    assert (refused.status_code, NOT_HELD in text(refused)) == (200, True)
    assert roles_of(manager) == {"管理"}
    novice.user_permissions.add(permission("add_permission"))
    assert StaffAdmin.beyond in text(save(client, page(novice), typed_for(novice)))


def test_the_form_offers_each_role_with_what_it_is_for_and_nothing_internal(manager, novice):
    shown = text(login(manager).get(page(novice)))
    names = [name for name in re.findall(r"<div>([^<：]+)：", shown) if name in NAMES]
    assert names == list(NAMES)
    offered = re.search(r'<select name="user_permissions".*?</select>', shown, re.DOTALL).group()
    values = re.findall(r'value="(\d+)"', offered)
    held = with_code(Permission.objects.filter(pk__in=values))
    assert set(held.values_list("code", flat=True)) == PERMISSIONS


def test_staff_have_a_name(manager, novice):
    client = login(manager)
    for address in (page(novice), "/admin/accounts/user/add/"):
        refused = save(client, address, typed_for(novice) | {"name": " "})
        assert (refused.status_code, NAME_NEEDED in text(refused)) == (200, True)
    save(client, page(novice), typed_for(novice) | {"name": "新人　一郎"})
    assert "新人　一郎" in text(client.get("/admin/accounts/user/"))
    assert "管理　花子" in text(client.get("/admin/"))
    assert "管理　花子" in text(client.get(page(novice, "history")))
    assert "管理　花子" in text(client.get("/admin/audit/record/?q=管理　花子"))


def test_who_is_switched_off_is_logged_out_at_once_and_everywhere(manager, novice):
    chief, at_desk, at_branch = login(manager), login(novice), login(novice)
    assert at_desk.get("/admin/").status_code == 200
    sent = typed_for(novice)
    del sent["is_active"]
    assert SWITCHED_OFF in text(save(chief, page(novice), sent, follow=True))
    assert not Session.objects.filter(user=novice).exists()
    # Nor does a login come back with its owner.
    User.objects.filter(pk=novice.pk).update(is_active=True)
    for client in (at_desk, at_branch):
        assert client.get("/admin/").status_code == 302


def test_nobody_switches_themselves_off(manager):
    sent = typed_for(manager, "管理")
    del sent["is_active"]
    assert save(login(manager), page(manager), sent).status_code == 302
    manager.refresh_from_db()
    assert manager.is_active


def test_a_role_is_what_the_table_says_whoever_asks(db):
    chief = login(User.objects.create_superuser("chief", PASSWORD))
    role = Group.objects.get(name="閲覧")
    held = set(role.permissions.all())
    for name in ("change", "delete"):
        refused = chief.post(page(role, name), {"name": "mine", "post": "yes"})
        assert (refused.status_code, ROLES_OF_OWN in text(refused)) == (403, True)
    role.refresh_from_db()
    assert (role.name, set(role.permissions.all())) == ("閲覧", held)


def test_the_own_password_is_changed_where_the_old_one_is_asked_for(manager):
    typed = {"usable_password": "true", "password1": "gingko-2026", "password2": "gingko-2026"}
    for answer in (login(manager).get, login(manager).post):
        assert answer(page(manager, "password"), typed).url == "/admin/password_change/"
    manager.refresh_from_db()
    assert manager.check_password(PASSWORD)
