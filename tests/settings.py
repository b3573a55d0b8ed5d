"""The product's settings, made strict: undefined template variables fail."""

import os

os.environ.setdefault("DEPLOYMENT", "demo")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" * 5)
# Tests ask with a dozen threads at once, as no process of the product does.
os.environ.setdefault("GUNICORN_THREADS", "24")
# A demo of this checkout has a process there; tests start their own.
os.environ["EMBEDDER_SOCKET"] = "/nowhere/embedder.sock"

from oita_library.settings import *  # noqa: F403
from oita_library.settings import STORAGES, TEMPLATES


class UndefinedVariable(str):
    """A template's undefined variable raises when it is printed."""

    def __contains__(self, item: object) -> bool:
        return item == "%s"

    def __mod__(self, missing: object) -> str:
        raise AssertionError(f"undefined template variable: {missing}")


TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = UndefinedVariable("%s")
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# No `collectstatic` before a test: without this, whitenoise warns of the missing directory.
WHITENOISE_AUTOREFRESH = True
# Hashing as it is done would be a quarter of the time that the tests take.
PASSWORD_HASHERS = ["tests.hashers.CheapHasher"]
