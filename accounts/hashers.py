"""How passwords are hashed."""

import threading

from django.contrib.auth.hashers import Argon2PasswordHasher

# Each hash holds its memory while it runs: with no bound, a burst of logins takes as many times
# 19 MiB as there are threads.
CONCURRENT_HASHES = 2
_turns = threading.BoundedSemaphore(CONCURRENT_HASHES)


class LibraryArgon2Hasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane: the OWASP Password Storage Cheat Sheet's minimum.

    Django's own setting takes 100 MiB for each hash. At most CONCURRENT_HASHES run at once in a
    process; the others wait for their turn.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _turns:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turns:
            return super().verify(password, encoded)
