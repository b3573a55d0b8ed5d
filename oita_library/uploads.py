"""No form of the site takes a file."""

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler


class RefuseFiles(FileUploadHandler):
    """Refuse a form that carries a file with 400: Django would store any amount of it on disk."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise SuspiciousOperation("a form carried a file")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
