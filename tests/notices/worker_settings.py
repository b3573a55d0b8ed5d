"""The settings of a worker process that tests start: the product's, on the test's database."""

import json
import os

from oita_library.settings import *  # noqa: F403
from oita_library.settings import DATABASES

DATABASES["default"] |= json.loads(os.environ["WORKER_DATABASE"])
