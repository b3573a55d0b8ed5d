"""What staff look at and do in the admin is recorded, on every page of every class."""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from accounts.models import User
from audit.enums import Event
from audit.models import Record
from circulation.models import Loan, OverdueLoan
from mylibrary.own_data.models import ErasureRequest
from news.models import News
from notices.models import Notice
from patrons.models import Patron
from registration.review.models import ReviewCase
from staff.base import StaffModelAdmin
from tests.registration.support import hidden_fields
from tests.staff.pages import address_of, each_list, list_of, save

pytestmark = pytest.mark.django_db
TERM = "大分　太郎"
# All have one base (`test_lookups`); of those with views of their own, one of each kind.
SOME = [
    admin.site.get_model_admin(model)
    for model in (Patron, ReviewCase, OverdueLoan, Record, User, News)
]


@pytest.fixture
def chief(db) -> Client:
    """The browser of somebody who may do everything."""
    client = Client()
    user = User.objects.create_superuser("chief")
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def since(rows) -> Iterator[int]:
    """The last record of what made the rows."""
    return Record.objects.latest("pk").pk


def recorded(since: int) -> list[tuple[object, ...]]:
    """Return event, object's type and key, and patron of what was recorded since."""
    rows = Record.objects.filter(pk__gt=since).order_by("pk")
    return list(rows.values_list("event", "object_type", "object_id", "patron_id"))


def first_row(page: admin.ModelAdmin) -> object:
    request = RequestFactory().get("/")
    return page.get_queryset(request).order_by("pk").first()


def key_of(row: object) -> str:
    """Return the key that is recorded: of a loan none, which would tie somebody to an item."""
    return "" if isinstance(row, Loan) else str(row.pk)


@each_list
def test_a_list_is_recorded_without_the_term(page, viewer, since):
    assert viewer.get(list_of(page)).status_code == 200
    found = viewer.get(list_of(page), {"q": TERM}).context["cl"].result_count
    label = page.opts.label_lower
    assert recorded(since) == [("staff_listed", label, "", None)] * 2
    plain, searched = Record.objects.filter(pk__gt=since).order_by("pk")
    assert plain.fields == []
    assert plain.count > 0
    assert searched.fields == ["q"]
    assert searched.count == found
    assert searched.actor_id == User.objects.get(username="viewer").pk
    assert searched.actor_kind == "staff"
    assert searched.network
    assert not {"大分", "太郎"} & set(str(Record.objects.values_list().get(pk=searched.pk)))


@each_list
def test_opening_a_row_is_recorded(page, viewer, since):
    row = first_row(page)
    assert viewer.get(address_of(row)).status_code == 200
    assert viewer.get(address_of(row, "history")).status_code == 200
    # Once for each patron whose data the page shows.
    label = page.opts.label_lower
    assert {one[:3] for one in recorded(since)} == {("staff_opened", label, key_of(row))}
    reasons = Record.objects.filter(pk__gt=since).order_by("pk").values_list("reason", flat=True)
    assert list(dict.fromkeys(reasons)) == ["change", "history"]


@pytest.mark.parametrize("page", SOME, ids=lambda page: page.opts.label_lower)
@pytest.mark.parametrize("method", ["post", "options"])
def test_a_list_is_recorded_however_it_is_asked_for(page, method, viewer, since):
    answer = getattr(viewer, method)(f"{list_of(page)}?q={TERM}")
    assert (answer.status_code, len(recorded(since))) == (200, 1)
    (row,) = Record.objects.filter(pk__gt=since)
    assert (row.event, row.fields) == ("staff_listed", ["q"])


@pytest.mark.parametrize("page", SOME, ids=lambda page: page.opts.label_lower)
@pytest.mark.parametrize("method", ["post", "options"])
def test_opening_a_row_is_recorded_however_it_is_asked_for(page, method, viewer, since):
    row = first_row(page)
    assert getattr(viewer, method)(address_of(row, "history")).status_code == 200
    assert recorded(since)[0][:3] == ("staff_opened", page.opts.label_lower, key_of(row))


def test_a_patrons_own_tools_are_recorded(chief, since):
    patron = Patron.objects.get(registered_via="online")
    for tool in ("resets", "first-login"):
        assert chief.get(f"/admin/patrons/patron/{patron.pk}/{tool}/").status_code == 200
    opened = ("staff_opened", "patrons.patron", str(patron.pk), patron.pk)
    assert recorded(since) == [opened] * 2


@each_list
def test_what_is_refused_is_recorded_although_nothing_is_done(page, viewer, since):
    row = first_row(page)
    assert viewer.post(address_of(row), {}).status_code == 403
    # Once for each patron whose data the page shows.
    refused = {one[:3] for one in recorded(since)}
    assert refused == {("staff_refused", page.opts.label_lower, key_of(row))}


@each_list
def test_a_filter_that_no_list_has_is_recorded_as_refused(page, viewer, since):
    assert viewer.get(list_of(page), {"secret__startswith": "a"}).status_code == 400
    assert recorded(since) == [("staff_refused", page.opts.label_lower, "", None)]


def test_a_row_names_the_patrons_whose_data_it_shows(viewer, since):
    patron = Patron.objects.get(registered_via="online")
    shown = [
        patron,
        Notice.objects.filter(patron=patron).first(),
        ErasureRequest.objects.get(),
        ReviewCase.objects.get(state="review"),
    ]
    for row in shown:
        assert viewer.get(address_of(row)).status_code == 200
    assert [whom for *_, whom in recorded(since)] == [patron.pk] * len(shown)


def test_filters_are_named_and_their_values_are_not(viewer, since):
    viewer.get("/admin/patrons/patron/", {"municipality": "44201", "contact_method__exact": "none"})
    assert Record.objects.get(pk__gt=since).fields == ["contact_method__exact", "municipality"]


def test_a_change_names_the_fields(chief, since):
    patron = Patron.objects.get(registered_via="online")
    shown = hidden_fields(chief.get(address_of(patron)).content.decode())
    typed = {"phone": "0977000009", "email": patron.email, "contact_method": patron.contact_method}
    assert chief.post(address_of(patron), shown | typed).status_code == 302
    rows = Record.objects.filter(pk__gt=since, event__endswith="_changed")
    assert [(row.event, row.fields, row.patron_id) for row in rows.order_by("pk")] == [
        ("contact_changed", ["phone"], patron.pk),
        ("staff_changed", ["phone"], patron.pk),
    ]


def test_an_action_names_everybody_it_was_done_to(chief, since):
    patron = Patron.objects.get(registered_via="online")
    chosen = {"action": "send_again", "_selected_action": patron.pk}
    chief.post(list_of(admin.site._registry[Patron]), chosen)
    (row,) = Record.objects.filter(pk__gt=since, event=Event.STAFF_ACTION)
    assert (row.reason, row.patron_id, row.object_id) == ("send_again", patron.pk, str(patron.pk))


def test_rights_passwords_and_deleting_are_recorded(chief, since):
    group = Group.objects.get(name="分館")
    views = Permission.objects.filter(codename__in=("view_patron", "view_notice"))
    save(chief, address_of(group), {"name": "分館", "permissions": [each.pk for each in views]})
    user = User.objects.get(username="colleague")
    new = {"password1": "tall-green-lighthouse", "password2": "tall-green-lighthouse"}
    chief.post(f"/admin/accounts/user/{user.pk}/password/", new | {"usable_password": "true"})
    save(chief, address_of(group, "delete"), {"post": "yes"})
    rows = Record.objects.filter(pk__gt=since, event__in=["rights_changed", "staff_password"])
    assert [(row.event, row.reason, row.object_id) for row in rows.order_by("pk")] == [
        ("rights_changed", "changed", str(group.pk)),
        ("staff_password", "", str(user.pk)),
        ("rights_changed", "changed", str(user.pk)),
        ("rights_changed", "deleted", str(group.pk)),
    ]


class Slip(StaffModelAdmin):
    """A class with a page of its own, which forgets all about records."""

    def get_urls(self) -> list[object]:
        return [path("<int:object_id>/slip/", self.slip, name="patrons_patron_slip")]

    def slip(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if self.get_object(request, str(object_id)) is None:
            raise PermissionDenied
        return HttpResponse("")


def test_a_page_that_a_class_adds_is_recorded(rows, since):
    (pattern,) = Slip(Patron, admin.site).urls
    patron = Patron.objects.get(registered_via="online")
    pattern.callback(RequestFactory().get("/"), object_id=patron.pk)
    assert recorded(since) == [("staff_opened", "patrons.patron", str(patron.pk), None)]
    with pytest.raises(PermissionDenied):
        pattern.callback(RequestFactory().get("/"), object_id=patron.pk + 1000)
    assert recorded(since)[1:] == [("staff_refused", "patrons.patron", "", None)]
