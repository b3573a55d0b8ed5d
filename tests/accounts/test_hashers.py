"""The password hash: strength, and how many are computed at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password

from accounts.hashers import CONCURRENT_HASHES, LibraryArgon2Hasher


@pytest.fixture(autouse=True)
def as_it_is_done(settings) -> None:
    """Hash as the product does; elsewhere the tests hash at no cost."""
    settings.PASSWORD_HASHERS = ["accounts.hashers.LibraryArgon2Hasher"]


def test_hash_is_argon2id_at_the_owasp_minimum():
    encoded = make_password("tall-green-lighthouse")
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password("tall-green-lighthouse", encoded)
    assert not check_password("tall-green-lighthous", encoded)


THREADS = 20
STORED = LibraryArgon2Hasher().encode("tall-green-lighthouse", "saltsaltsalt")


@pytest.mark.parametrize(
    ("step", "work"),
    [
        ("encode", lambda: make_password("tall-green-lighthouse")),
        ("verify", lambda: check_password("tall-green-lighthouse", STORED)),
        ("encode", lambda: check_password("tall-green-lighthouse", "!")),  # no such patron
    ],
    ids=["setting", "checking", "spending the time"],
)
def test_no_more_hashes_than_the_bound_run_at_once(monkeypatch, step, work):
    running, most, lock = 0, 0, threading.Lock()
    compute = getattr(Argon2PasswordHasher, step)

    def watched(*arguments):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        try:
            return compute(*arguments)
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(Argon2PasswordHasher, step, watched)
    begin = threading.Barrier(THREADS)

    def run(_):
        begin.wait()
        work()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(run, range(THREADS)))
    assert most == CONCURRENT_HASHES
