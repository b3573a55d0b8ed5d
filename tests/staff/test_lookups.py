"""No list of the admin is filtered, ordered or searched by what its class does not declare."""

import html
import re
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.db.models import Model

from patrons.models import Patron
from staff.base import StaffModelAdmin
from tests.staff.pages import EVERY, each_list, list_of
from tests.staff.test_roles import client_of

pytestmark = pytest.mark.django_db

LOOKUPS = ("", "exact", "startswith", "contains", "regex", "gt", "isnull", "in", "length")
RELATIONS_FOLLOWED = 2


def columns(model: type[Model], followed: int = 0) -> Iterator[str]:
    """Yield the name of every column of a model, and of those it is related to either way."""
    yield "pk"
    for field in model._meta.get_fields(include_hidden=True):
        yield field.name
        if getattr(field, "attname", field.name) != field.name:
            yield field.attname
        if field.is_relation and followed < RELATIONS_FOLLOWED:
            yield from (
                f"{field.name}__{name}" for name in columns(field.related_model, followed + 1)
            )


def test_every_page_has_the_one_base():
    assert [page for page in EVERY if not isinstance(page, StaffModelAdmin)] == []
    own = {each for each in _descendants(admin.ModelAdmin) if not _is_foreign(each)}
    its_own_bases = set(StaffModelAdmin.__mro__)
    assert [each for each in own - its_own_bases if not issubclass(each, StaffModelAdmin)] == []


@each_list
def test_only_what_the_filters_declare_filters(page, viewer, rows):
    listed = viewer.get(list_of(page))
    declared = {
        name for spec in listed.context["cl"].filter_specs for name in spec.expected_parameters()
    }
    if page.date_hierarchy:
        declared |= {f"{page.date_hierarchy}__{part}" for part in ("year", "month", "day")}
    tried = {
        "__".join(filter(None, (name, lookup)))
        for name in set(columns(page.model))
        for lookup in (LOOKUPS if name.count("__") < RELATIONS_FOLLOWED else ("startswith",))
    }
    request = listed.wsgi_request
    allowed = {lookup for lookup in tried if page.lookup_allowed(lookup, "a", request)}
    assert len(tried) > 50
    assert allowed <= declared


@each_list
def test_a_list_refuses_to_be_filtered_by_a_column(page, viewer, rows):
    for name in {field.name for field in page.opts.get_fields(include_hidden=True)} | {"pk"}:
        refused = viewer.get(list_of(page), {f"{name}__startswith": "1"})
        assert refused.status_code == 400
        assert "登録は" not in refused.content.decode()
        assert "一覧の絞り込みや検索を" in refused.content.decode()


def test_what_the_list_of_patrons_offers_to_who_sees_them_masked_works(rows):
    # What it offers to who may do everything is followed in `test_japanese`.
    reader, address = client_of("V"), list_of(admin.site.get_model_admin(Patron))
    links = re.findall(r'href="(\?[^"]*)"', reader.get(address).content.decode())
    assert links
    for link in links:
        assert reader.get(address + html.unescape(link)).status_code == 200, link


@each_list
def test_a_row_is_named_by_its_primary_key_only(page, viewer):
    for name in ("number", "user", "user_id", "password", "body", "nothing"):
        assert viewer.get(list_of(page), {"_popup": "1", "_to_field": name}).status_code == 400


def _descendants(parent: type) -> Iterator[type]:
    for child in parent.__subclasses__():
        yield child
        yield from _descendants(child)


def _is_foreign(each: type) -> bool:
    return each.__module__.split(".")[0] in ("django", "procrastinate")
