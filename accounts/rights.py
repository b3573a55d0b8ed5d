"""What staff may do, and the rule that nobody acts on more than they have themselves."""

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from accounts.models import User


@dataclass(frozen=True)
class Rights:
    """What somebody may do: everything, or the permissions with these keys."""

    is_superuser: bool = False
    permissions: frozenset[int] = frozenset()

    def cover(self, other: "Rights") -> bool:
        """Say whether there is nothing in the others that is not in these."""
        if self.is_superuser:
            return True
        return not other.is_superuser and other.permissions <= self.permissions


def rights_of(user: User) -> Rights:
    """Return what is stored for somebody, who need not be able to log in at the moment."""
    held = Permission.objects.filter(Q(user=user) | Q(group__user=user))
    return Rights(user.is_superuser, frozenset(held.values_list("pk", flat=True)))


def rights_around(group: Group) -> Rights:
    """Return what a group gives, and all that those who are in it may do."""
    held = Permission.objects.filter(
        Q(group=group) | Q(user__groups=group) | Q(group__user__groups=group)
    )
    return Rights(
        group.user_set.filter(is_superuser=True).exists(),
        frozenset(held.values_list("pk", flat=True)),
    )
