"""Replay an attack on the login and print who was let in: `python -m bench.spray`.

A database of its own gets 10,000 patrons; strangers in 256 networks try one birth date over all
numbers, and then all dates; one address begins registrations. Passwords are hashed at the least
cost: it is the limits that count.
"""

import argparse
import os
from collections import Counter
from datetime import timedelta

from bench.scale import environment
from bench.stack import database

NUMBERS = 10_000
SOURCES = 256
STEP = timedelta(seconds=30)


def main() -> None:
    """Attack in each way, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.spray", description=__doc__)
    parser.add_argument("--minutes", type=int, default=60, help="of the attack, not of yours")
    parser.add_argument("--drafts", action="store_true", help="only begin registrations")
    parser.add_argument("--numbers", type=int, default=NUMBERS)
    options = parser.parse_args()
    with database() as url:
        environment(url)
        import django
        from django.conf import settings

        django.setup()
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        import logging

        from django.core.management import call_command
        from django.db import connection

        from bench import spraying
        from demo.static_collection import collect
        from registration.models import Application

        logging.disable(logging.CRITICAL)
        call_command("migrate", verbosity=0, interactive=False)
        collect()
        spraying.people(options.numbers)
        confirmed = "on" if settings.FIRST_LOGIN_CONFIRMATION else "off"
        print(
            f"{options.minutes} minutes, {options.numbers:,} numbers, {SOURCES} networks, "
            f"FIRST_LOGIN_CONFIRMATION={confirmed}\n"
        )
        try:
            for one_date in () if options.drafts else (True, False):
                figures = spraying.attack(
                    numbers=options.numbers,
                    sources=SOURCES,
                    duration=timedelta(minutes=options.minutes),
                    step=STEP,
                    one_date=one_date,
                )
                print(table("one date" if one_date else "all dates", figures))
                spraying.LoginBucket.objects.all().delete()
            answers = spraying.drafts(duration=timedelta(minutes=options.minutes), step=STEP)
            stored = Application.objects.count()
            print(drafts_table(options.minutes, answers, stored))
        finally:
            connection.close()
            connection.close_pool()


def table(name: str, figures) -> str:
    """Return the figures of one attack as Markdown."""
    lines = [
        f"| {name}, replayed in {figures.took.seconds} s | |",
        "|---|--:|",
        f"| strangers' tries | {figures.tries:,} |",
        f"| of these looked at | {figures.looked_at:,} |",
        f"| of these with the right birth date | {figures.right:,} |",
        f"| accounts opened | {figures.opened:,} |",
        f"| buckets stored at most | {figures.most_rows:,} |",
    ]
    lines += [
        f"| {who}: refused | {figures.refused[who]:,} of {tried:,} |"
        for who, tried in figures.honest.items()
    ]
    return "\n".join([*lines, ""])


def drafts_table(minutes: int, answers: Counter[int], stored: int) -> str:
    """Return what one address could store as Markdown."""
    lines = [f"| drafts begun from one address in {minutes} minutes | |", "|---|--:|"]
    lines += [f"| answered {status} | {count:,} |" for status, count in sorted(answers.items())]
    return "\n".join([*lines, f"| stored | {stored:,} |", ""])


if __name__ == "__main__":
    os.environ.setdefault("FIRST_LOGIN_CONFIRMATION", "on")
    main()
