"""The limits on login attempts, on real rows and real connections."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test import RequestFactory
from django.utils import timezone

from accounts import throttle
from accounts.models import LoginBucket
from accounts.throttle import Bucket, Limit, buckets_for, give_back, release, reserve

SMALL = Bucket("s" * 64, Limit(3, timedelta(minutes=1)))
LARGE = Bucket("a" * 64, Limit(10, timedelta(seconds=10)))


def let_pass(time: timedelta) -> None:
    LoginBucket.objects.update(free_at=F("free_at") - time)


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
    assert throttle.delete_empty_buckets() == 1
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


def test_staff_and_patrons_have_different_buckets():
    assert keys(kind="staff")[0] != keys()[0]


def test_ipv6_counts_by_64():
    assert keys(address="2001:db8:1:2::1")[1] == keys(address="2001:db8:1:2:ffff::9")[1]
    assert keys(address="2001:db8:1:2::1")[1] != keys(address="2001:db8:1:3::1")[1]
    assert keys(address="::ffff:203.0.113.7")[1] == keys(address="203.0.113.7")[1]


def test_the_networks_of_one_home_count_together_too():
    assert keys(address="2001:db8:1:2::1")[2] == keys(address="2001:db8:1:ff::1")[2]
    assert keys(address="2001:db8:1:2::1")[2] != keys(address="2001:db8:1:100::1")[2]
    assert len(keys(address="::ffff:203.0.113.7")) == len(keys(address="203.0.113.7")) == 3


def test_rows_name_neither_number_nor_address():
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys())
    assert len(set(keys())) == 3


@pytest.mark.parametrize("typed", ["20130720", "２０１３０７２０", " 20130720\u3000"])
def test_eight_digits_have_a_bucket_whatever_the_number(typed):
    mine, theirs = keys(password=typed), keys("8000036", address="::1", password="20130720")
    assert len(mine) == 4
    assert mine[3] == theirs[4]
    assert not set(mine[:2]) & set(theirs)
    assert keys(password="20130721")[3] != mine[3]


@pytest.mark.parametrize("typed", ["", "2013072", "201307200", "2013/7/20", "٢٠١٣٠٧٢٠", "abcdefgh"])
def test_other_passwords_have_none(typed):
    assert keys(password=typed) == keys()


def test_staff_have_none_either():
    assert len(keys(kind="staff", password="20130720")) == 3
