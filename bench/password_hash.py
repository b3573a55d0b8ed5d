"""Print the CPU milliseconds of one password check: `python -m bench.password_hash`."""

import time
from statistics import median

import django
from django.conf import settings

from accounts.hashers import LibraryArgon2Hasher
from oita_library.allocator import return_freed_memory

CHECKS = 30


def main() -> None:
    """Check a password again and again, with memory as a web process handles it."""
    return_freed_memory()
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
