"""`make fuzz`: put so many inputs into every parameter of every page; no answer may be a 500."""

import argparse
import logging
import os
import sys
import time
import uuid
from collections import Counter
from datetime import UTC, datetime, tzinfo
from multiprocessing import get_context

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("TEST_RUN_ID", f"fuzz{uuid.uuid4().hex[:8]}")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib import admin  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from tests import databases  # noqa: E402
from tests.fuzz.attack import Result, again, attack, groups_of  # noqa: E402
from tests.fuzz.people import people  # noqa: E402
from tests.fuzz.walk import parameters  # noqa: E402

MOST_SHOWN = 40


def main() -> int:
    options = _options()
    logging.disable(logging.CRITICAL)
    # The menu beside every page of the admin is half of its time, and not what is looked for.
    admin.site.enable_nav_sidebar = False
    settings.ALLOWED_HOSTS += ["localhost", "testserver"]
    began = time.monotonic()
    with databases.server():
        template = _fresh_database()
        somebody = list(people())
        _stop_the_clock()
        everything = parameters(somebody)
        found = [each for each in everything if options.only in f"{each} {each.route}"]
        print(f"{len(found)} parameters, {options.inputs} inputs each, seed {options.seed!r}")
        if options.list:
            print(*found, sep="\n")
            return 0
        result = _in_parallel(found, options, template)
        confirmed = _confirmed(result, options, template)
        databases.drop_databases(databases.name_of("").replace("_", r"\_") + "%")
    seconds = time.monotonic() - began
    inputs = f"{result.inputs:,} inputs in {result.requests:,} requests"
    print(f"{result.parameters} parameters, {inputs}, {seconds:.0f} s")
    print("answers:", ", ".join(f"{n} × {status}" for status, n in sorted(result.statuses.items())))
    print(f"{len(confirmed)} × 500")
    for (where, fault), count in Counter(
        (str(parameter), fault) for parameter, _, fault in confirmed
    ).most_common(MOST_SHOWN):
        example = next(value for parameter, value, _ in confirmed if str(parameter) == where)
        print(f"  {count} × {where}\n      {example[:80]!r}\n      {fault}")
    return 1 if confirmed else 0


def _stop_the_clock() -> None:
    """Let the time in which people are logged in, or have typed something, never be over."""
    moment = datetime.now(UTC)

    class Still(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return moment.astimezone(tz)

    timezone.datetime = Still


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1000, help="for each parameter")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="parameters whose description has this in it")
    parser.add_argument("--list", action="store_true", help="only say what would be fuzzed")
    return parser.parse_args()


def _fresh_database() -> str:
    """Make a migrated database of our own and connect to it."""
    name = databases.name_of("template")
    connection.settings_dict["OPTIONS"].pop("pool", None)
    connection.settings_dict["TEST"]["NAME"] = name
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    return name


def _clone(template: str, name: str) -> None:
    """Connect to a copy of the database."""
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    connection.settings_dict["NAME"] = name


def _in_parallel(found: list, options: argparse.Namespace, template: str) -> Result:
    connection.close()
    context = get_context("fork")
    answers = context.Queue()
    workers = [
        context.Process(target=_work, args=(found, number, options, template, answers))
        for number in range(options.jobs)
    ]
    for worker in workers:
        worker.start()
    result = Result()
    for _ in workers:
        result.add(answers.get())
    for worker in workers:
        worker.join()
    return result


def _work(found: list, number: int, options: argparse.Namespace, template: str, answers) -> None:
    name = databases.name_of(f"worker{number}")
    _clone(template, name)
    own = [each for group in groups_of(found)[number :: options.jobs] for each in group]
    result = attack(own, options.inputs, options.seed)
    connection.close()
    answers.put(result)


def _confirmed(result: Result, options: argparse.Namespace, template: str) -> list:
    """Send again what ended in a 500, without our transaction around it."""
    if not result.faults:
        return []
    _clone(template, databases.name_of("again"))
    return list(again(result.faults[:2000], options.inputs, options.seed))


if __name__ == "__main__":
    sys.exit(main())
