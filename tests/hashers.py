"""Password hashing of no cost: what a hash costs is asked in `tests/accounts/test_hashers.py`."""

from accounts.hashers import LibraryArgon2Hasher


class CheapHasher(LibraryArgon2Hasher):
    """The product's hasher with the least that Argon2id takes."""

    time_cost = 1
    memory_cost = 8


class CountingHasher(CheapHasher):
    """The same, counting computations."""

    computations = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).computations += 1
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        type(self).computations += 1
        return super().verify(password, encoded)
