"""Secrecy of reading (図書館の自由に関する宣言): what of a patron no page of staff's is about."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission

from catalog.models import Item, Record
from staff.roles import PERMISSIONS

# My本棚, SDI, 読書記録, 予約かご, who asked for a title, and how due dates are called up.
OF_PATRONS_ALONE = (
    *("mylibrary.Shelf", "mylibrary.ShelfEntry", "mylibrary.Alert", "mylibrary.Arrival"),
    *("circulation.ReadingHistory", "circulation.HistoryChoice"),
    *("mylibrary.BasketEntry", "mylibrary.PickupChoice", "mylibrary.PurchaseSuggestion"),
    *("mylibrary.CalendarFeed", "mylibrary.DeviceCard"),
)
each = pytest.mark.parametrize("label", OF_PATRONS_ALONE)


@each
def test_no_page_of_the_admin_is_about_it(label):
    model = apps.get_model(label)
    assert model not in admin.site._registry
    for page in admin.site._registry.values():
        assert model not in {inline.model for inline in page.inlines}


@each
@pytest.mark.django_db
def test_no_role_may_do_anything_with_it(label):
    model = apps.get_model(label)
    app, name = model._meta.app_label, model._meta.model_name
    of_it = Permission.objects.filter(
        content_type__app_label=app, content_type__model=name
    ).values_list("codename", flat=True)
    assert not {f"{app}.{codename}" for codename in of_it} & PERMISSIONS


@pytest.mark.parametrize("model", [Record, Item])
def test_no_way_leads_from_a_work_to_who_has_read_it(model):
    """Of what is gone nothing is left; of what is kept for a patron no relation comes back."""
    history = apps.get_model("circulation.ReadingHistory")
    assert all(relation.related_model is not history for relation in model._meta.related_objects)
    (record,) = (field for field in history._meta.fields if field.name == "record")
    assert not record.db_index
