"""What somebody may do in the admin, and may let others do."""

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db.models import Model, QuerySet

from accounts.models import User
from staff.roles import ASSIGN, PERMISSIONS, with_code


@dataclass(frozen=True)
class Rights:
    """What somebody may do: everything, or the permissions with these keys."""

    is_superuser: bool = False
    permissions: frozenset[int] = frozenset()

    def cover(self, other: "Rights") -> bool:
        """Return whether there is nothing in the others that is not in these."""
        within = not other.is_superuser and other.permissions <= self.permissions
        return self.is_superuser or within


def rights_of(user: User) -> Rights:
    """Return what is stored for somebody, who need not be able to log in at the moment."""
    return Rights(user.is_superuser, _held({"user": user}, {"group__user": user}))


def rights_around(group: Group) -> Rights:
    """Return what a group gives, and all that those who are in it may do."""
    return Rights(
        group.user_set.filter(is_superuser=True).exists(),
        _held({"group": group}, {"user__groups": group}, {"group__user__groups": group}),
    )


def rights_over(user: User, row: Model | None) -> Rights:
    """Return which rights somebody may touch and give in a row: the own ones.

    Who gives roles reaches all that roles give, but not in the own row.
    """
    own = rights_of(user)
    if row != user and isinstance(row, User) and user.has_perm(ASSIGN):
        in_roles = permissions_in_use().values_list("pk", flat=True)
        return Rights(own.is_superuser, own.permissions.union(in_roles))
    return own


def permissions_in_use() -> QuerySet[Permission]:
    """Return the permissions that some page of the admin goes by: those that a role gives.

    Django makes four for every model, those of the mail queue and of sessions among them.
    """
    found: QuerySet[Permission] = with_code(Permission.objects).filter(code__in=PERMISSIONS)
    return found


def _held(*ways: dict[str, Model]) -> frozenset[int]:
    # A union: joined in one query, every row of each way meets every row of the others.
    first, *others = (
        Permission.objects.filter(**way).order_by().values_list("pk", flat=True) for way in ways
    )
    return frozenset(first.union(*others))
