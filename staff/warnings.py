"""What the staff's menu says waits.

An app with such a thing has a module `staff_warnings`, which is imported at the start because of
its name, and in which `warns` marks who tells it.
"""

from collections.abc import Callable, Iterable, Iterator

from accounts.models import User

Source = Callable[[User], Iterable[str]]

_sources: list[Source] = []


def warns(source: Source) -> Source:
    """Let a function that returns sentences for a member of staff be asked for the menu."""
    _sources.append(source)
    return source


def warnings_for(user: User) -> Iterator[str]:
    """Yield every sentence for a member of staff."""
    for source in _sources:
        yield from source(user)
