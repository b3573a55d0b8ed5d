"""The settings of a worker process that tests start: the product's, on the test's database."""

import json
import os

from oita_library.settings import *  # noqa: F403
from oita_library.settings import DATABASES, EMAIL_TIMEOUT

DATABASES["default"] |= json.loads(os.environ["WORKER_DATABASE"])
EMAIL_TIMEOUT = int(os.environ.get("WORKER_EMAIL_TIMEOUT", EMAIL_TIMEOUT))
# Commands say so where the demo's key is not made yet; what they say besides is looked at.
SILENCED_SYSTEM_CHECKS = ["myna_auth.W009", "templates.W003"]
