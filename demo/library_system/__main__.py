"""Run it: `python -m demo.library_system`. It needs no database.

Beside the running one, `--once --fault NAME` writes one snapshot with a mistake; a file `fault` in
its home, with a name in it, spoils all that follow until it is deleted.
"""

import argparse
import os
import signal
import sys
import time
from datetime import datetime
from pathlib import Path

EVERY_SECONDS = 20
HOME = Path(__file__).resolve().parents[2] / "var" / "library-system"


def main(arguments: list[str] | None = None) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oita_library.settings")
    os.environ.setdefault("DEPLOYMENT", "demo")
    import django

    # The sample's works are made with the catalogue's own names.
    django.setup()
    from django.conf import settings
    from django.utils import timezone

    from demo.library_system.faults import FAULTS
    from demo.library_system.system import LibrarySystem

    options = _parse(arguments, {name: fault.label for name, fault in FAULTS.items()})
    if not settings.DEMO:
        sys.exit("It makes up who has lent what, so it does not run with DEPLOYMENT=production.")
    system = LibrarySystem(options.home)

    def turn() -> datetime:
        now = timezone.localtime()
        system.turn(now, options.fault)
        return now

    if options.once:
        turn()
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    while True:
        now = turn()
        sys.stdout.write(f"{now:%H:%M:%S} {options.fault or system.fault}\n")
        sys.stdout.flush()
        time.sleep(options.every)


def _parse(arguments: list[str] | None, faults: dict[str, str]) -> argparse.Namespace:
    listed = "\n".join(f"  {name:<14}{label}" for name, label in faults.items())
    parser = argparse.ArgumentParser(
        description="A small library system that exchanges files.",
        epilog=f"faults:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--home", type=Path, default=HOME, help="its folder")
    parser.add_argument("--every", type=float, default=EVERY_SECONDS, help="seconds between turns")
    parser.add_argument("--once", action="store_true", help="one turn alone")
    parser.add_argument("--fault", choices=faults, default="", metavar="NAME", help="a mistake")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
