"""The base of every page that staff have in the admin."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.models import User
from staff.recorded import Recorded

PERIODS = ("year", "month", "day")


def member_of_staff(request: HttpRequest) -> User:
    """Return who is logged in, on a page that nobody else gets to see."""
    assert isinstance(request.user, User)
    return request.user


class StaffChangeList(ChangeList):
    """A list that is ordered by nothing but the columns its class lets staff order by."""

    def get_ordering_field(self, field_name: Any) -> Any:
        """Return what orders by a column; None, whatever the address says, where none may."""
        sortable = self.sortable_by or ()
        return super().get_ordering_field(field_name) if field_name in sortable else None


class StaffModelAdmin(Recorded):
    """A page of the admin whose address asks for nothing that its class does not declare.

    What staff do on it is recorded.

    Django lets an address filter a list by any column of the model, so that whoever may view the
    list can read out, character by character, what no page shows.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow what the list's own filters and date links put into an address, and no more."""
        return lookup in self._declared_lookups(request)

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """Let a row be named by its primary key only: any other column could be guessed."""
        return to_field == self.opts.pk.name

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        return StaffChangeList

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Return a row; an address that names it by an empty field means the primary key."""
        return super().get_object(request, object_id, from_field or None)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show or store a row; 400 for a copy of one, which Django makes although none is offered.

        It would go past what the class asks of who adds a row, and fails where a field is wrong.
        """
        if "_saveasnew" in request.POST and not self.save_as:
            raise BadRequest("no copies")
        return super().changeform_view(request, object_id, *args, **kwargs)

    def response_action(self, request: HttpRequest, queryset: QuerySet, *args: Any) -> Any:
        """Do what was chosen with the rows that were chosen, 400 where one cannot be a row."""
        try:
            for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(chosen)
        except ValidationError as error:
            raise BadRequest("impossible row") from error
        return super().response_action(request, queryset, *args)

    def refused(self, request: HttpRequest, sentence: str) -> TemplateResponse:
        """Say in the admin why something may not be done, with 403."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "この操作はできません",
            "sentence": sentence,
        }
        return TemplateResponse(request, "admin/refused.html", context, status=403)

    def _declared_lookups(self, request: Any) -> set[str]:
        periods = PERIODS if self.date_hierarchy else ()
        return {
            *(f"{self.date_hierarchy}__{period}" for period in periods),
            *self._lookups_of_filters(request),
        }

    def _lookups_of_filters(self, request: Any) -> Iterator[Any]:
        filters: Iterable[Any] = self.get_list_filter(request)
        for declared in filters:
            if isinstance(declared, type) and issubclass(declared, admin.SimpleListFilter):
                yield declared.parameter_name
                continue
            path, make = (
                declared
                if isinstance(declared, tuple | list)
                else (declared, admin.FieldListFilter.create)
            )
            field = get_fields_from_path(self.model, path)[-1]
            yield from make(
                field, request, {}, self.model, self, field_path=path
            ).expected_parameters()
