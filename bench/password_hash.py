"""Print the CPU milliseconds of one password check: `python -m bench.password_hash`."""

import time
from statistics import median

import django
from django.conf import settings

from accounts.hashers import LibraryArgon2Hasher

CHECKS = 30


def main() -> None:
    """Check a password again and again."""
    settings.configure()
    django.setup()
    hasher = LibraryArgon2Hasher()
    encoded = hasher.encode("correct horse battery staple", hasher.salt())
    times = []
    for _ in range(CHECKS):
        begun = time.process_time()
        hasher.verify("correct horse battery staple", encoded)
        times.append(time.process_time() - begun)
    print(1000 * median(times))


if __name__ == "__main__":
    main()
