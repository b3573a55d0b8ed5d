"""Admin pages on which staff only look: nothing is typed over."""

from typing import Any

from django.http import HttpRequest

EMPTY = "—"


class ReadOnly:
    """Staff look; every change goes through the services."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
