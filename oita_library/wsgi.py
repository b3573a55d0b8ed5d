"""The WSGI application that gunicorn serves.

It is loaded once, before the workers are forked, so whatever requests import late is here as well.
Nothing here opens a connection or starts a thread.
"""

import os
from importlib import import_module
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.template.loader import get_template
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oita_library.settings")

# Imported where they are used, because no other process needs them.
LATE = (
    "accounts.hashers",
    "accounts.passkey_services",
    "barcode.codabar",
    "myna_auth.client",
    "myna_auth.keys",
    "segno",
)


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
for name in LATE:
    import_module(name)
reverse("home")  # imports every page
folder = settings.BASE_DIR / "templates"
for path in folder.rglob("*.*"):
    get_template(str(path.relative_to(folder)))
application = Handler()
