"""Patrons log in by number: with their own password, or once with the birth date.

The first password is the birth date's eight digits as on record (unknown parts as zeros, as staff
tell it), of either width. It is neither hashed nor stored, works only while `first_login_until` is
open and no own password was chosen, and never where not even the year is known. Withdrawn patrons
cannot log in. One argon2 computation always runs, so that the time tells nobody whether a number
exists or which kind of password it waits for.
"""

from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password
from django.db import connection
from django.db.models import Model
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.services import LOGIN_WAY, LoginWay
from accounts.validators import fold_digits
from audit.enums import Event
from audit.services import record
from patrons.birth_date import NOTHING_KNOWN
from patrons.models import Patron
from patrons.services import user_for


class PatronBackend(BaseBackend):
    def authenticate(
        self,
        request: HttpRequest | None,
        patron_number: str | None = None,
        password: str | None = None,
        **_: Any,
    ) -> User | None:
        """Return the patron's user, made at the first login, or None."""
        if patron_number is None or password is None:
            return None
        # A lone surrogate cannot be hashed, and is in nobody's password.
        password = password.encode(errors="replace").decode()
        patron = Patron.objects.active().with_number(patron_number).first()
        if patron and patron.user and patron.has_own_password:
            own = patron.user.check_password(password)
        else:
            # For an unusable hash Django computes one all the same, and says no.
            own = check_password(password, UNUSABLE_PASSWORD_PREFIX)
        expected = patron.birth_date if patron else NOTHING_KNOWN
        equal = constant_time_compare(fold_digits(password), expected)
        first = equal and patron is not None and patron.is_first_login_open
        user = user_for(patron=patron) if patron and (own or first) else None
        if user is None or not user.is_active:
            reason = "wrong_password" if patron else "unknown_number"
            record(
                Event.LOGIN_FAILED,
                patron_id=patron.pk if patron else None,
                reason="not_active" if user else reason,
            )
            return None
        if request is not None:
            setattr(request, LOGIN_WAY, LoginWay.PASSWORD if own else LoginWay.BIRTH_DATE)
        return user

    def get_user(self, user_id: int) -> User | None:
        """Return an active user with the patron loaded, None once the patron has withdrawn."""
        users, patrons = _columns(get_user_model()), _columns(Patron)
        with connection.cursor() as cursor:
            cursor.execute(_logged_in(), [user_id])
            row = cursor.fetchone()
        if row is None:
            return None
        user = get_user_model().from_db(connection.alias, users, row[: len(users)])
        patron = Patron.from_db(connection.alias, patrons, row[len(users) :])
        patron.user = user  # sets user.patron as well
        return user


@cache
def _logged_in() -> str:
    """Return the query that every page of My Library asks.

    Building it with the ORM every time took three times as long as running it.
    """
    user = get_user_model()._meta.db_table
    selected = ", ".join(
        f'"{model._meta.db_table}"."{column}"'
        for model in (get_user_model(), Patron)
        for column in _columns(model)
    )
    patron = Patron._meta.db_table
    return (
        f'SELECT {selected} FROM "{user}" JOIN "{patron}" ON "{patron}".user_id = "{user}".id '  # noqa: S608
        f'WHERE "{user}".id = %s AND "{user}".is_active AND "{patron}".withdrawn_at IS NULL'
    )


@cache
def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
