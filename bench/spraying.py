"""An attack on the login: birth dates tried over many numbers, from many networks, for hours.

Hours are replayed in minutes. In every step the strangers try as often as they are let in, from
every network; at its end, when they have used up what there is, the library's own people log in;
then `free_at` of every bucket moves back by the step, which is what letting it pass would do. What
the replay itself takes passes as well, to the strangers' advantage.

Needs Django to be set up; the suite runs it small, `python -m bench.spray` as it is.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count, cycle
from random import Random
from time import monotonic

from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.auth.hashers import make_password
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.buckets import delete_empty_buckets
from accounts.models import LoginBucket
from patrons.models import Patron

LOGIN, ADMIN = "/mylibrary/login/", "/admin/login/"
PASSWORD = "tall-green-lighthouse"
FIRST_NUMBER = 5_000_000
FIRST_DAY = date(1940, 1, 1)
DAYS = 28_000
REFUSED = (403, 429)
KNOWN = "known browsers"
STAFF_KNOWN = "staff, known browser"
STAFF_NEW = "staff, new browser"
NEW = "new browsers, own password"
FIRST = "new browsers, birth date"


@dataclass
class Figures:
    """What came of an attack: the strangers' tries, and who else tried and was refused."""

    tries: int = 0
    looked_at: int = 0
    right: int = 0
    opened: int = 0
    most_rows: int = 0
    took: timedelta = timedelta(0)
    honest: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


def birth_date(number: int) -> str:
    """Return the birth date of the patron with the so-many-th number."""
    return f"{FIRST_DAY + timedelta(days=number * 7919 % DAYS):%Y%m%d}"


def people(numbers: int) -> None:
    """Store so many patrons who have not logged in yet, and one in a hundred who has a password."""
    now = timezone.now()
    users = get_user_model().objects
    encoded = make_password(PASSWORD)
    owners = [
        users.model(username=f"patron:{FIRST_NUMBER + n}", password=encoded)
        for n in range(0, numbers, 100)
    ]
    owners = {user.username: user for user in users.bulk_create(owners)}
    patrons = [
        Patron(
            number=str(FIRST_NUMBER + n),
            name=f"利用者 {n}",
            name_key=f"利用者{n}",
            birth_date=birth_date(n),
            registered_via="import",
            registered_at=now,
            first_login_until=now + timedelta(days=90),
            user=owners.get(f"patron:{FIRST_NUMBER + n}"),
        )
        for n in range(numbers)
    ]
    Patron.objects.bulk_create(patrons, batch_size=1000)
    users.create_user("desk", PASSWORD, is_staff=True)


def networks(number: int) -> Iterator[str]:
    """Yield addresses of so many networks in turn, each time another one: half of them IPv6 /48."""
    for turn in count(1):
        for n in range(number // 2):
            yield f"198.{18 + n // 250}.{n % 250}.{turn % 254 + 1}"
            yield f"2001:db8:{n:x}:{turn % 65_536:x}::1"


def attack(
    *,
    numbers: int,
    sources: int,
    duration: timedelta,
    step: timedelta,
    one_date: bool,
) -> Figures:
    """Try one birth date, or all, over all numbers, from so many networks; return what came of it.

    With all dates every fiftieth that is looked at is right, as if the strangers knew that many.
    """
    figures = Figures()
    began = monotonic()
    random = Random(1)
    addresses = networks(sources)
    turns = cycle(range(numbers))
    strangers = _browser()
    known = _known_browsers(numbers)
    desk = _browser()
    _staff(desk)
    desk.post("/admin/logout/")
    for _ in range(int(duration / step)):
        in_vain = 0
        while in_vain < sources:
            n = next(turns)
            right = not one_date and figures.looked_at % 50 == 49
            tried = birth_date(n if right else 1 if one_date else random.randrange(DAYS))
            answer = _log_in(strangers, n, tried, next(addresses))
            figures.tries += 1
            if answer in REFUSED:
                in_vain += 1
                continue
            figures.looked_at += 1
            figures.right += tried == birth_date(n)
            if SESSION_KEY in strangers.session:
                figures.opened += 1
            strangers.cookies.clear()
        _log_in_meanwhile(figures, random, numbers, known, desk)
        figures.most_rows = max(figures.most_rows, LoginBucket.objects.count())
        LoginBucket.objects.update(free_at=F("free_at") - step)
        delete_empty_buckets()
    figures.took = timedelta(seconds=monotonic() - began)
    return figures


def drafts(*, duration: timedelta, step: timedelta) -> Counter[int]:
    """Begin registrations from one address as often as it is let; return how often, by status.

    Each is of a browser without a cookie, as whoever wants to fill the table would do it.
    """
    answers: Counter[int] = Counter()
    for _ in range(int(duration / step)):
        status = 0
        while status != 429:
            stranger = _browser()
            typed = {"purpose": "registration", "last_name_kana": "オオイタ"}
            status = stranger.post("/myna/start/", typed, REMOTE_ADDR="203.0.113.7").status_code
            answers[status] += 1
        LoginBucket.objects.update(free_at=F("free_at") - step)
    return answers


def _known_browsers(numbers: int) -> list[tuple[int, Client]]:
    browsers = []
    for n in range(0, min(numbers, 500), 100):
        browser = _browser()
        _log_in(browser, n, PASSWORD, "203.0.113.1")
        browser.post("/mylibrary/logout/")
        browsers.append((n, browser))
    return browsers


def _log_in_meanwhile(
    figures: Figures,
    random: Random,
    numbers: int,
    known: list[tuple[int, Client]],
    desk: Client,
) -> None:
    """Let everybody try once who has a right to: the strangers have just used up all they can."""
    address = f"203.0.{random.randrange(256)}.{random.randrange(1, 255)}"
    owner = random.randrange(0, numbers, 100)
    newcomer = random.randrange(1, numbers)
    tries: dict[str, Callable[[], list[int]]] = {
        # Behind one of the strangers' own addresses.
        KNOWN: lambda: [_log_in(browser, n, PASSWORD, "198.18.0.2") for n, browser in known],
        STAFF_KNOWN: lambda: [_staff(desk)],
        STAFF_NEW: lambda: [_staff(_browser())],
        NEW: lambda: [_log_in(_browser(), owner, PASSWORD, address)],
        FIRST: lambda: [_log_in(_browser(), newcomer, birth_date(newcomer), address)],
    }
    for who, log_in in tries.items():
        answers = log_in()
        figures.honest[who] += len(answers)
        figures.refused[who] += sum(answer in REFUSED for answer in answers)
    for _, browser in known:
        browser.post("/mylibrary/logout/")
    desk.post("/admin/logout/")


def _browser() -> Client:
    return Client(HTTP_HOST="localhost")


def _log_in(browser: Client, n: int, password: str, address: str) -> int:
    fields = {"username": str(FIRST_NUMBER + n), "password": password}
    return browser.post(LOGIN, fields, REMOTE_ADDR=address).status_code


def _staff(browser: Client) -> int:
    """Return 302, or what stands for a refusal where the admin shows its form again."""
    fields = {"username": "desk", "password": PASSWORD}
    answer = browser.post(ADMIN, fields, REMOTE_ADDR="203.0.113.2")
    return answer.status_code if answer.status_code == 302 else REFUSED[1]
