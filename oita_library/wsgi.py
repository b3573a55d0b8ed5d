"""The WSGI application that gunicorn serves.

It is loaded once, before the workers are forked, so whatever requests import or build late is here
as well. Nothing here opens a connection or starts a thread.
"""

import os
from contextlib import suppress
from importlib import import_module
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.contrib.auth.password_validation import get_default_password_validators
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponseBase
from django.template.loader import get_template
from django.urls import reverse
from django.utils.translation import override

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

# More than nginx lets through.
CHUNK, MOST_CHUNKS = 64 * 1024, 400


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
    """Django's handler for requests in UTF-8, which takes what was sent whether or not it is read.

    gunicorn closes the connection on more than 64 KB that nobody has read, and nginx, which is
    still sending them, loses the answer for it.
    """

    request_class = Utf8Request

    def __call__(self, environ: dict[str, Any], start_response: Any) -> HttpResponseBase:
        answer = super().__call__(environ, start_response)
        with suppress(Exception):  # gunicorn's own for whoever has gone; nobody waits for more
            for _ in range(MOST_CHUNKS):
                if not environ["wsgi.input"].read(CHUNK):
                    break
        return answer


django.setup(set_prefix=False)
for name in LATE:
    import_module(name)
for language, _ in settings.LANGUAGES:
    with override(language):  # reads the translations
        reverse("home")  # imports every page
folder = settings.BASE_DIR / "templates"
for path in folder.rglob("*.*"):
    get_template(str(path.relative_to(folder)))
for model in apps.get_models(include_auto_created=True):
    model._meta.get_fields()  # finds which other models point at it
get_default_password_validators()  # reads the common passwords
application = Handler()
