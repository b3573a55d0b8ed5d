"""The WSGI application that gunicorn serves."""

import os
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oita_library.settings")


class Utf8Request(WSGIRequest):
    """A request in UTF-8, whatever charset its Content-Type names.

    Django decodes query and form with any codec of Python's, `hex` and `unicode_escape` included:
    the one fails outside every error page, the other makes lone surrogates. A Content-Type that it
    cannot read at all (RFC 2231) would fail there, too: such a request has none.
    """

    encoding = property(lambda self: None, lambda self, charset: None)

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]  # not in the stubs
        except ValueError:
            self.content_type, self.content_params = "", {}


class Handler(WSGIHandler):
    """Django's handler for requests in UTF-8."""

    request_class = Utf8Request


django.setup(set_prefix=False)
application = Handler()
