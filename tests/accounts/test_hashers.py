"""The password hash: strength, and how many are computed at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password

from accounts.hashers import CONCURRENT_HASHES, LibraryArgon2Hasher


def test_hash_is_argon2id_at_the_owasp_minimum():
    encoded = make_password("tall-green-lighthouse")
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password("tall-green-lighthouse", encoded)
    assert not check_password("tall-green-lighthous", encoded)


def test_no_more_hashes_than_the_bound_run_at_once(monkeypatch):
    running, most, lock = 0, 0, threading.Lock()
    compute = Argon2PasswordHasher.encode

    def watched(self, password, salt):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        try:
            return compute(self, password, salt)
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(Argon2PasswordHasher, "encode", watched)
    hasher = LibraryArgon2Hasher()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: hasher.encode(f"password {n}", "saltsaltsalt"), range(16)))
    assert most == CONCURRENT_HASHES
