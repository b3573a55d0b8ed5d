"""What must be true of the settings before anything is lent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from circulation.port import ADAPTERS, Capability

# Lending is done at the counter of whoever lends.
ASKED_FOR = {*Capability} - {Capability.LEND}


@register
def library_system_is_known(**_: Any) -> list[CheckMessage]:
    """Refuse a LIBRARY_SYSTEM that names no adapter."""
    if settings.LIBRARY_SYSTEM in ADAPTERS:
        return []
    names = ", ".join(sorted(ADAPTERS))
    said = f"LIBRARY_SYSTEM is {settings.LIBRARY_SYSTEM!r}; there is {names}."
    return [Error(said, id="circulation.E001")]


@register
def library_system_by_files_can_work(**_: Any) -> Iterator[CheckMessage]:
    """Refuse settings that cannot work; the folder itself is for its own process to look into."""
    if settings.LIBRARY_SYSTEM != "files":
        return
    if not Path(settings.LIBRARY_SYSTEM_FOLDER or ".").is_absolute():
        text = "LIBRARY_SYSTEM=files needs LIBRARY_SYSTEM_FOLDER, a whole path."
        yield Error(text, id="circulation.E011")
    if unknown := set(settings.LIBRARY_SYSTEM_ACCEPTS) - ASKED_FOR:
        known, names = ", ".join(sorted(ASKED_FOR)), ", ".join(sorted(unknown))
        text = f"LIBRARY_SYSTEM_ACCEPTS has {names}; it may have {known}."
        yield Error(text, id="circulation.E012")
