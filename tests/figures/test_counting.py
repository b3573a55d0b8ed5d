"""What is counted of a day and a month, and that it stays when the rows go."""

from datetime import date, timedelta

import pytest
from django.db.models import Sum
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django import app

from figures import applications
from figures.applications import median_minutes
from figures.models import Count, Dimension
from figures.periods import DAY
from figures.services import count_until
from figures.tasks import count_figures
from patrons.models import Patron
from patrons.retention import erase_patron
from registration.application import services
from registration.application.models import Application
from registration.retention import purge_expired
from tests.figures.conftest import noon
from tests.patrons.people import imported_patron
from tests.registration.review.reviews import case_for
from tests.registration.support import HANAKO, OUTSIDER, entered, identify, registered

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
MONDAY = date(2026, 10, 5)


def patron(day: date, via: str = "online", **values: object) -> Patron:
    number = Patron.objects.count()
    values = {"namesake_no": number} | values
    return imported_patron(registered_at=noon(day), registered_via=via, **values)


def counted(dimension: Dimension, day: date) -> dict[str, int]:
    rows = Count.objects.filter(dimension=dimension, day=day, number__gt=0)
    return dict(rows.values_list("value", "number"))


def test_registrations_are_counted_by_day_and_people_by_month():
    patron(MONDAY, municipality_code="44201", birth_date="20180405")
    patron(MONDAY, "counter", municipality_code="44202", birth_date="19700101")
    patron(MONDAY + DAY, municipality_code="44203", birth_date="00000000")
    assert count_until(last=date(2026, 11, 3)) == date(2026, 11, 3)
    assert counted(Dimension.ROUTE, MONDAY) == {"online": 1, "counter": 1}
    assert counted(Dimension.ROUTE, MONDAY + DAY) == {"online": 1}
    assert counted(Dimension.ROUTE, MONDAY + 2 * DAY) == {}
    assert counted(Dimension.MUNICIPALITY, OCTOBER) == {"44201": 1, "44202": 1, "other": 1}
    assert counted(Dimension.AGE, OCTOBER) == {"to12": 1, "to59": 1, "unknown": 1}
    # Of a day, no dimension of people: with one registration, two would describe one person.
    people = Count.objects.exclude(dimension__in=("route", "step", "end", "minutes"))
    assert set(people.values_list("day", flat=True)) == {OCTOBER}


def test_a_month_is_counted_once_it_is_over():
    patron(MONDAY)
    count_until(last=date(2026, 11, 1))
    assert counted(Dimension.AGE, OCTOBER) == {}
    count_until(last=date(2026, 11, 2))
    assert counted(Dimension.AGE, OCTOBER) == {"to39": 1}


def test_who_is_registered_is_counted_at_the_end_of_a_month():
    patron(date(2015, 4, 1), municipality_code="44201")
    patron(date(2015, 4, 1), municipality_code="44201", withdrawn_at=noon(date(2026, 9, 30)))
    patron(date(2015, 4, 1), municipality_code="44202", withdrawn_at=noon(date(2026, 10, 1)))
    patron(OCTOBER, municipality_code="44206")
    count_until(last=date(2026, 10, 2))
    assert counted(Dimension.HELD_MUNICIPALITY, SEPTEMBER) == {"44201": 1, "44202": 1}
    # What was long ago is not made up.
    assert Count.objects.filter(dimension="held_age").dates("day", "month").count() == 1


def test_those_taken_over_at_the_beginning_did_not_register_then():
    patron(MONDAY, "import")
    patron(MONDAY)
    patron(MONDAY + DAY, "import")
    count_until(last=MONDAY + DAY)
    assert counted(Dimension.ROUTE, MONDAY) == {"online": 1}
    assert counted(Dimension.ROUTE, MONDAY + DAY) == {"import": 1}


def test_counts_stay_when_a_patron_is_erased():
    one = patron(MONDAY, municipality_code="44201", birth_date="20180405")
    count_until(last=date(2026, 11, 2))
    before = list(Count.objects.order_by("pk").values_list("day", "dimension", "value", "number"))
    erase_patron(patron_id=one.pk)
    count_until(last=date(2026, 11, 3))
    after = Count.objects.values_list("day", "dimension", "value", "number")
    assert set(before) <= set(after)


def test_what_a_restored_backup_lacks_is_counted_and_nothing_twice():
    patron(MONDAY)
    count_until(last=MONDAY)
    patron(MONDAY + DAY)
    patron(MONDAY + 9 * DAY)
    # What an import began before midnight is stored after the day was counted.
    patron(MONDAY)
    for _ in range(2):
        count_until(last=MONDAY + 9 * DAY)
        assert counted(Dimension.ROUTE, MONDAY) == {"online": 2}
        assert counted(Dimension.ROUTE, MONDAY + DAY) == {"online": 1}
        assert counted(Dimension.ROUTE, MONDAY + 9 * DAY) == {"online": 1}


def test_the_worker_counts_until_yesterday_and_then_rests(django_assert_num_queries):
    yesterday = timezone.localdate() - DAY
    patron(yesterday)
    patron(timezone.localdate())
    schedule = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert schedule[count_figures.name] == "40 * * * *"
    count_figures(timestamp=0)
    assert Count.objects.last_day() == yesterday
    routes = Count.objects.filter(dimension="route")
    assert routes.aggregate(sum=Sum("number"))["sum"] == 1
    with django_assert_num_queries(1):
        count_figures(timestamp=0)


def test_where_nothing_is_nothing_is_counted():
    assert count_until() is None
    assert not Count.objects.exists()


def test_an_application_counts_on_its_first_day_with_every_step_it_came_to():
    registered(Client())
    entered(Client(), HANAKO, first_name_kana="ハナコ", email="hanako@example.jp")
    identify(Client(), OUTSIDER)
    today = timezone.localdate()
    found = {key: list(rows) for key, rows in applications.of_days(today, today).items()}
    assert dict(row[1:] for row in found[Dimension.STEP]) == {
        "started": 3, "identified": 3, "entered": 2, "confirmed": 1, "registered": 1,
    }  # fmt: skip
    assert found[Dimension.END] == [(today, "open", 2)]
    assert found[Dimension.MINUTES] == [(today, "0", 1)]
    assert list(applications.of_days(today - DAY, today - DAY)[Dimension.STEP]) == []


def ends() -> dict[str, int]:
    today = timezone.localdate()
    return {value: number for _, value, number in applications.of_days(today, today)[Dimension.END]}


def test_why_an_application_made_no_patron():
    first = registered(Client())
    assert first.patron
    case_for()
    assert ends() == {"review": 1}
    outsider = identify(Client(), OUTSIDER)
    services.cancel(application_id=outsider.pk)
    draft = identify(Client(), HANAKO)
    services.cancel(application_id=draft.pk)
    # Who leaves the page that says so is refused as well.
    assert ends() == {"review": 1, "outside_area": 1, "cancelled": 1}


def test_who_leaves_before_a_card_is_read_is_counted_although_the_row_goes():
    for _ in range(2):
        services.keep_form_values(application_id=None, typed={})
    one = services.keep_form_values(application_id=None, typed={})
    services.cancel(application_id=one.pk)
    Application.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    purge_expired()
    assert not Application.objects.exists()
    today = timezone.localdate()
    steps = applications.of_days(today, today)[Dimension.STEP]
    assert list(steps) == [(today, "started", 3)]
    assert ends() == {"unidentified": 3}


@pytest.mark.parametrize(
    ("counts", "median"),
    [({}, None), ({4: 1}, 4), ({4: 1, 9: 1}, 4), ({1: 2, 5: 2, 60: 1}, 5), ({3: 0, 7: 2}, 7)],
)
def test_the_median_is_that_of_the_counted_minutes(counts, median):
    assert median_minutes(counts) == median
