"""The limits on login attempts, on real rows and real connections."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from accounts import throttle
from accounts.buckets import (
    LONGEST_ROOM,
    Bucket,
    Limit,
    delete_empty_buckets,
    give_back,
    release,
    reserve,
)
from accounts.models import LoginBucket
from accounts.throttle import buckets_for, network_buckets, remember_browser
from tests.accounts.leaking import let_pass

SMALL = Bucket("s" * 64, Limit(3, timedelta(minutes=1)))
LARGE = Bucket("a" * 64, Limit(10, timedelta(seconds=10)))


@pytest.mark.django_db
def test_burst_then_one_per_interval():
    assert [reserve([SMALL]) for _ in range(3)] == [None] * 3
    wait = reserve([SMALL])
    assert timedelta(seconds=55) < wait <= timedelta(minutes=1)
    let_pass(timedelta(minutes=1))
    assert reserve([SMALL]) is None
    assert reserve([SMALL]) is not None


@pytest.mark.django_db
def test_going_on_does_not_make_the_wait_longer():
    for _ in range(3):
        reserve([SMALL])
    first = reserve([SMALL])
    for _ in range(50):
        assert reserve([SMALL]) <= first


@pytest.mark.django_db
def test_a_try_that_one_bucket_refuses_counts_in_none():
    for _ in range(3):
        reserve([LARGE, SMALL])
    before = list(LoginBucket.objects.order_by("key").values())
    fresh = Bucket("f" * 64, LARGE.limit)
    for _ in range(20):
        assert reserve([LARGE, SMALL, fresh]) is not None
    assert list(LoginBucket.objects.order_by("key").values()) == before
    assert [reserve([LARGE]) for _ in range(7)] == [None] * 7
    assert reserve([LARGE]) is not None


@pytest.mark.django_db
def test_release_empties_the_account_and_gives_one_back_to_the_others():
    for _ in range(3):
        reserve([SMALL, LARGE])
    before = LoginBucket.objects.get(key=LARGE.key).free_at
    release([SMALL, LARGE])
    assert LoginBucket.objects.get(key=SMALL.key).free_at < timezone.now()
    assert LoginBucket.objects.get(key=LARGE.key).free_at == before - LARGE.limit.interval


@pytest.mark.django_db
def test_giving_back_takes_one_try_from_every_bucket():
    for _ in range(2):
        reserve([SMALL, LARGE])
    before = {row.key: row.free_at for row in LoginBucket.objects.all()}
    give_back([SMALL, LARGE])
    after = {row.key: row.free_at for row in LoginBucket.objects.all()}
    assert {key: before[key] - after[key] for key in before} == {
        bucket.key: bucket.limit.interval for bucket in (SMALL, LARGE)
    }


@pytest.mark.django_db
def test_rows_that_limit_nothing_are_deleted():
    reserve([SMALL, LARGE])
    let_pass(timedelta(seconds=30))
    assert delete_empty_buckets() == 1
    assert LoginBucket.objects.get().key == SMALL.key


@pytest.mark.django_db(transaction=True)
def test_parallel_tries_all_count():
    def one(_):
        try:
            return reserve([SMALL, LARGE])
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        waits = list(pool.map(one, range(36)))
    assert waits.count(None) == SMALL.limit.burst


@pytest.mark.django_db(transaction=True)
def test_parallel_refused_tries_leave_no_trace():
    def one(_):
        try:
            return reserve([SMALL, LARGE])
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(one, range(36)))
    used = LoginBucket.objects.get(key=LARGE.key).free_at - timezone.now()
    assert used <= LARGE.limit.interval * SMALL.limit.burst
    assert [reserve([LARGE]) for _ in range(7)] == [None] * 7


@pytest.mark.django_db(transaction=True)
def test_a_rollback_cannot_take_a_try_back():
    with pytest.raises(RuntimeError), transaction.atomic():
        reserve([SMALL])


def keys(identifier="8000028", kind="patron", address="203.0.113.7", password="x") -> list[str]:
    request = RequestFactory().get("/", REMOTE_ADDR=address)
    found = buckets_for(request, kind=kind, identifier=identifier, password=password)
    return [bucket.key for bucket in found]


@pytest.mark.parametrize("typed", ["８０００028", " 8000028 ", "8000-028", "8 000 028"])
def test_every_way_to_type_a_number_is_one_account(typed):
    assert keys(typed)[0] == keys()[0]


def test_every_way_to_scan_a_number_is_one_account():
    spellings = {
        f"{start}8000028{stop}" for start in ("", *"ABCDabcd") for stop in ("", *"ABCDabcd")
    }
    spellings |= {"*8000028*", "Ａ８０００028Ａ", "\u202da8000028b\u202c", "A8000-028D"}
    assert {keys(spelling)[0] for spelling in spellings} == {keys()[0]}
    assert keys("E8000028E")[0] != keys()[0]
    assert keys("a1", kind="staff")[0] != keys("b1", kind="staff")[0]


def knowing(number: str) -> RequestFactory:
    response = HttpResponse()
    request = RequestFactory().get("/")
    remember_browser(request, response, kind="patron", identifier=number)
    request.COOKIES = {name: morsel.value for name, morsel in response.cookies.items()}
    return request


def test_a_browser_knows_a_number_that_is_scanned_but_no_other_number():
    request = knowing("8000028")
    found = {
        typed: len(buckets_for(request, kind="patron", identifier=typed))
        for typed in ("8000028", "A8000028A", "ａ8000028ｂ", "8000036")
    }
    assert found == {"8000028": 2, "A8000028A": 2, "ａ8000028ｂ": 2, "8000036": 4}
    assert not throttle.is_known(request, kind="patron", identifier="A8000028A")
    assert not throttle.is_known(knowing("A1B"), kind="patron", identifier="1")


def test_staff_and_patrons_share_no_bucket():
    for address in ("203.0.113.7", "2001:db8::1", "nonsense"):
        assert not set(keys(kind="staff", address=address)) & set(keys(address=address))


def networks(address: str) -> list[str]:
    request = RequestFactory().get("/", REMOTE_ADDR=address)
    return [found.key for found in network_buckets(request, kind="patron")]


@pytest.mark.parametrize(
    ("address", "shared"),
    [
        ("2001:db8:1:2:ffff::9", 3),  # one customer, /64
        ("2001:db8:1:ff::1", 2),  # one home, /56
        ("2001:db8:1:100::1", 1),  # one firm or tunnel, /48
        ("2001:db8:2:2::1", 0),
    ],
)
def test_ipv6_counts_by_customer_home_and_network(address, shared):
    mine, other = networks("2001:db8:1:2::1"), networks(address)
    assert len(mine) == 3
    assert [a == b for a, b in zip(mine, other, strict=True)] == [
        width >= 3 - shared for width in range(3)
    ]


@pytest.mark.parametrize(
    ("address", "shared"), [("203.0.113.7", 2), ("203.0.113.8", 1), ("203.0.114.7", 0)]
)
def test_ipv4_counts_by_address_and_24(address, shared):
    mine, other = networks("203.0.113.7"), networks(address)
    assert [a == b for a, b in zip(mine, other, strict=True)] == [
        width >= 2 - shared for width in range(2)
    ]
    assert networks(f"::ffff:{address}") == other


def test_a_network_is_wider_than_what_is_in_it():
    for widths in (throttle.LOGINS, throttle.WRITES):
        for narrow, wide in pairwise(widths):
            assert wide.burst > narrow.burst
            assert wide.interval < narrow.interval


def test_rows_name_neither_number_nor_address():
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys())
    assert len(set(keys())) == 4


@pytest.mark.parametrize("typed", ["20130720", "２０１３０７２０", " 20130720\u3000"])
def test_eight_digits_have_a_bucket_whatever_the_number(typed):
    mine, theirs = keys(password=typed), keys("8000036", address="::1", password="20130720")
    assert mine[-1] == theirs[-1]
    assert not set(mine[:3]) & set(theirs)
    assert mine[:-1] == keys()
    assert keys(password="20130721")[-1] != mine[-1]


@pytest.mark.parametrize("typed", ["", "2013072", "201307200", "2013/7/20", "٢٠١٣٠٧٢٠", "abcdefgh"])
def test_other_passwords_have_none(typed):
    assert keys(password=typed) == keys()


def test_staff_have_none_either():
    assert keys(kind="staff", password="20130720") == keys(kind="staff")


@pytest.mark.parametrize("kind", ["patron", "staff"])
def test_a_known_browser_falls_into_no_bucket_that_strangers_fill(kind):
    response = HttpResponse()
    request = RequestFactory().get("/")
    remember_browser(request, response, kind=kind, identifier="A1")
    request.COOKIES[throttle.DEVICE_COOKIE] = response.cookies[throttle.DEVICE_COOKIE].value
    known = {bucket.key for bucket in buckets_for(request, kind=kind, identifier="A1")}
    assert not known & set(keys("A1", kind=kind, password="20130720"))
    other = "staff" if kind == "patron" else "patron"
    unknown = [bucket.key for bucket in buckets_for(request, kind=other, identifier="A1")]
    assert unknown == keys("A1", kind=other, address="127.0.0.1")


def test_desks_share_no_bucket_of_the_staff_who_are_known_there():
    response = HttpResponse()
    remember_browser(RequestFactory().get("/"), response, kind="staff", identifier="desk")
    request = RequestFactory().get("/")
    request.COOKIES = {name: morsel.value for name, morsel in response.cookies.items()}
    assert throttle.visitor_buckets(request, kind="write") == network_buckets(request, kind="write")
    remember_browser(request, response, kind="patron", identifier="A1")
    request.COOKIES = {name: morsel.value for name, morsel in response.cookies.items()}
    assert len(throttle.visitor_buckets(request, kind="write")) == 1


def test_nor_that_of_who_is_logged_in_there(staff):
    request = RequestFactory().get("/")
    request.user = staff
    waits = [throttle.reserve_write(request) for _ in range(throttle.DEVICES.burst + 1)]
    assert waits == [None] * len(waits)


def test_a_shared_computer_is_known_to_a_family_and_to_everybody_of_a_desk():
    request = RequestFactory().get("/")
    for kind, accounts in throttle.DEVICE_ACCOUNTS.items():
        for n in range(accounts + 1):
            response = HttpResponse()
            remember_browser(request, response, kind=kind, identifier=f"account{n}")
            cookie = response.cookies[throttle.DEVICE_COOKIE]
            request.COOKIES[throttle.DEVICE_COOKIE] = cookie.value
        known = [
            throttle.is_known(request, kind=kind, identifier=f"account{n}")
            for n in range(accounts + 1)
        ]
        assert known == [False] + [True] * accounts
    assert len(cookie.OutputString()) < 4096  # what a browser takes


@pytest.mark.django_db
def test_a_clock_that_was_ahead_keeps_nobody_out():
    for bucket in (SMALL, LARGE):
        LoginBucket.objects.create(key=bucket.key, free_at=timezone.now() + timedelta(days=1))
    assert reserve([SMALL, LARGE]) <= SMALL.limit.interval
    let_pass(SMALL.limit.interval)
    assert reserve([SMALL, LARGE]) is None


@pytest.mark.django_db
def test_what_no_limit_can_have_written_is_deleted():
    LoginBucket.objects.create(key="x" * 64, free_at=timezone.now() + timedelta(days=36500))
    LoginBucket.objects.create(key="y" * 64, free_at=timezone.now() + LONGEST_ROOM / 2)
    assert delete_empty_buckets() == 1
    assert LoginBucket.objects.get().key == "y" * 64


def test_no_limit_may_last_for_ever():
    with pytest.raises(ValueError, match="leak out"):
        Limit(1000, timedelta(hours=1))
