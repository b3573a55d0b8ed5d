"""What staff may do, and the rule that nobody acts on more than they have themselves."""

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db.models import Model

from accounts.models import User


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


def _held(*ways: dict[str, Model]) -> frozenset[int]:
    # A union: joined in one query, every row of each way meets every row of the others.
    first, *others = (
        Permission.objects.filter(**way).order_by().values_list("pk", flat=True) for way in ways
    )
    return frozenset(first.union(*others))
