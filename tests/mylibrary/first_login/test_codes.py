"""Codes: how they are read, tried at once, and kept apart."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from mylibrary.first_login.asking import mail_digits
from mylibrary.retention import forget_steps
from mylibrary.tasks import delete_expired
from patrons.first_login.models import CodeKind, FirstLoginCode, fold, kinds_of_length
from patrons.first_login.services import (
    MAILS_A_DAY,
    Attempt,
    Tried,
    new_counter_code,
    screen_code,
    try_code,
    use_scanned,
)
from patrons.models import Patron
from tests.mylibrary.first_login.steps import code_of, open_patron, wrong
from tests.patrons.threads import together

at_once = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("123 456", "123456"),
        ("１２３－４５６", "123456"),
        (" 12345\u301067890", "12345【67890"),
        ("12345—67890", "1234567890"),
        ("١٢٣٤٥٦", "١٢٣٤٥٦"),
        ("①23456", "123456"),
    ],
)
def test_digits_are_folded(typed, folded):
    assert fold(typed) == folded


@pytest.mark.parametrize(
    ("folded", "kinds"),
    [
        ("123456", [CodeKind.MAIL, CodeKind.SCREEN]),
        ("1234567890", [CodeKind.COUNTER]),
        ("12345", []),
        ("١٢٣٤٥٦", []),
        ("²²²²²²", []),
        ("", []),
    ],
)
def test_the_length_says_which_code_it_is(folded, kinds):
    assert kinds_of_length(folded) == kinds


@pytest.mark.django_db
def test_codes_outlive_a_change_of_the_key(patron, settings):
    code = new_counter_code(patron=patron)
    digits, settings.SECRET_KEY_FALLBACKS = code.digits, [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-" * 5
    assert code.digits != digits
    assert code.is_right(digits)
    settings.SECRET_KEY_FALLBACKS = []
    assert not code.is_right(digits)


@pytest.mark.django_db
def test_one_code_of_a_kind_is_open_at_a_time(patron):
    first, second = (new_counter_code(patron=patron) for _ in range(2))
    first.refresh_from_db()
    assert (first.is_live, second.is_live) == (False, True)
    with pytest.raises(IntegrityError), transaction.atomic():
        FirstLoginCode.objects.filter(pk=first.pk).update(ended_at=None)


@pytest.mark.django_db
def test_six_digits_tried_without_end_leave_the_counters_code_alone(patron):
    slip = new_counter_code(patron=patron)
    mail_digits(patron=patron)
    code = code_of(patron, CodeKind.MAIL)
    for _ in range(20):
        try_code(patron_id=patron.pk, typed=wrong(code))
    slip.refresh_from_db()
    assert slip.tries == 0
    assert try_code(patron_id=patron.pk, typed=slip.digits) == Attempt(Tried.RIGHT)


@pytest.mark.django_db
def test_counters_code_ends_after_its_own_tries(patron):
    slip = new_counter_code(patron=patron)
    assert try_code(patron_id=patron.pk, typed=wrong(slip)) == Attempt(Tried.WRONG, 99)
    FirstLoginCode.objects.update(tries=100)
    assert try_code(patron_id=patron.pk, typed=slip.digits) == Attempt(Tried.OVER)


@pytest.mark.django_db
def test_another_patrons_digits_are_wrong(patron, stranger):
    new_counter_code(patron=patron)
    other = new_counter_code(patron=stranger)
    assert try_code(patron_id=patron.pk, typed=other.digits).tried is Tried.WRONG
    other.refresh_from_db()
    assert other.is_live


@pytest.mark.django_db
def test_success_ends_every_code(patron):
    slip = new_counter_code(patron=patron)
    mail_digits(patron=patron)
    try_code(patron_id=patron.pk, typed=code_of(patron, CodeKind.MAIL).digits)
    assert try_code(patron_id=patron.pk, typed=slip.digits) == Attempt(Tried.OVER)


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["new_counter_code", "mail_digits", "screen_code"])
def test_nobody_gets_a_code_whom_the_birth_date_does_not_log_in(patron, what):
    Patron.objects.update(first_login_until=None)
    patron.refresh_from_db()
    made = {
        "new_counter_code": partial(new_counter_code, patron=patron),
        "mail_digits": partial(mail_digits, patron=patron),
        "screen_code": partial(screen_code, patron=patron, until=timezone.now()),
    }[what]
    assert not made()
    assert not FirstLoginCode.objects.exists()


@pytest.mark.django_db
def test_codes_go_once_nothing_counts_them(patron):
    new_counter_code(patron=patron)
    mail_digits(patron=patron)
    now, day = timezone.now(), timedelta(days=1)
    codes = FirstLoginCode.objects
    codes.filter(kind=CodeKind.MAIL).update(expires_at=now)
    assert delete_expired.func(timestamp=0)["first_login_codes"] == 0
    codes.update(made_at=now - day)
    assert delete_expired.func(timestamp=0)["first_login_codes"] == 1
    assert codes.get().kind == CodeKind.COUNTER
    codes.update(expires_at=now)
    assert delete_expired.func(timestamp=0)["first_login_codes"] == 1


@pytest.mark.django_db
def test_restored_backup_brings_no_used_code_back(patron):
    new_counter_code(patron=patron)
    assert forget_steps() == 1


@at_once
def test_parallel_tries_count_each(transactional_db):
    patron = open_patron()
    mail_digits(patron=patron)
    code = code_of(patron, CodeKind.MAIL)
    tries = [partial(try_code, patron_id=patron.pk, typed=wrong(code))] * 12
    answers = together(tries)
    assert sorted(answer.tries_left for answer in answers if answer.tried is Tried.WRONG) == [
        *range(5)
    ]
    assert sum(answer.tried is Tried.OVER for answer in answers) == 7
    code.refresh_from_db()
    assert code.tries == 5


@at_once
def test_right_digits_sent_twice_at_once_confirm_once(transactional_db):
    patron = open_patron()
    slip = new_counter_code(patron=patron)
    answers = together([partial(try_code, patron_id=patron.pk, typed=slip.digits)] * 4)
    assert sorted(answer.tried for answer in answers) == ["over", "over", "over", "right"]


@at_once
def test_scanned_code_is_used_once_by_two_phones_at_once(transactional_db):
    patron = open_patron()
    code = screen_code(patron=patron, until=timezone.now() + timedelta(minutes=30))
    used = together([partial(use_scanned, patron_id=patron.pk, code_id=str(code.pk))] * 4)
    assert sorted(used) == [False, False, False, True]


@at_once
def test_asking_at_once_sends_one_mail_and_never_more_than_a_days(transactional_db):
    patron = open_patron()
    assert sum(together([partial(mail_digits, patron=patron)] * 4)) == 1
    more = together([partial(mail_digits, patron=patron, another=True)] * 6)
    assert sum(more) == MAILS_A_DAY - 1
