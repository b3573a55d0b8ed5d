"""Files that people send: to pages that ask for one, from who may write there, in memory only.

Everything else is refused where it begins (`RefuseFiles`): Django would store any amount of it.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Any, NamedTuple

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from ui.pages import View

MOST_BYTES = 20 * 1024 * 1024
# What `takes_a_file` sets on a view.
_TAKES = "takes_a_file"


class _Takes(NamedTuple):
    may: Callable[[HttpRequest], bool]
    most_bytes: int


def takes_a_file(*, may: Callable[[HttpRequest], bool], most_bytes: int) -> Callable[[View], View]:
    """Mark a page outside the admin whose form takes a file of so many bytes, by whoever `may`."""

    def mark(view: View) -> View:
        setattr(view, _TAKES, _Takes(may, most_bytes))
        return view

    return mark


def most_bytes(request: HttpRequest) -> int:
    """Return how long a file may be that comes with this request; 0 where none may come.

    Asked before the form is read, and so before its CSRF token: another site's form comes without a
    session (SameSite=Lax).
    """
    match = request.resolver_match
    takes = getattr(match.func, _TAKES, None) if match else None
    if takes:
        return takes.most_bytes if takes.may(request) else 0
    return MOST_BYTES if _may_send_to_the_admin(request) else 0


def _may_send_to_the_admin(request: HttpRequest) -> bool:
    """Return whether a request is for a form of the admin with a file, by who may fill it in."""
    match = request.resolver_match
    page = getattr(match.func, "model_admin", None) if match else None
    if not getattr(page, "takes_a_file", False):
        return False
    assert match is not None
    assert page is not None
    name = (match.url_name or "").rpartition("_")[2]
    may = {"add": page.has_add_permission, "change": page.has_change_permission}
    # Whether staff at all is asked of the page's site.
    return name in may and page.admin_site.has_permission(request) and may[name](request)


class RefuseFiles(FileUploadHandler):
    """Refuse a form that carries a file nobody asked for with 400."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.request is None or not most_bytes(self.request):
            raise SuspiciousOperation("a form carried a file")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class KeepInMemory(FileUploadHandler):
    """Keep a file in memory; of one that is too large its size alone, for the form to say so."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.chunks: list[bytes] = []
        self.most = most_bytes(self.request) if self.request else 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > self.most:
            self.chunks.clear()
        else:
            self.chunks.append(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        content = b"" if file_size > self.most else b"".join(self.chunks)
        return InMemoryUploadedFile(
            file=BytesIO(content),
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
        )
