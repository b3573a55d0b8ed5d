"""A look at what residents will read, before it is public: as it is stored, and as it is typed."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any, cast

from csp.decorators import csp_update
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms import all_valid
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.http import require_safe

from news.models import Published
from news.pictures import CONTENT_TYPE
from staff.base import StaffModelAdmin

# The buttons of the form, of the page in each language.
BUTTONS = {"_preview": "ja", "_preview_en": "en"}
_pictures_within = csp_update({"img-src": ["data:"]})


def is_asked(sent: Mapping[str, object]) -> bool:
    """Return whether a form was sent to be looked at, not to be stored."""
    return any(button in sent for button in BUTTONS)


class Previewed(StaffModelAdmin):
    """Pages of the admin that show what residents will read, and its picture."""

    change_form_template = "admin/news/change_form.html"
    page_of_residents = ""

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses, with the page before it is public, and its picture."""
        of_ours = [
            path(
                f"<int:pk>/{page}/",
                self.admin_site.admin_view(require_safe(view)),
                name=f"news_{self.opts.model_name}_{page}",
            )
            for page, view in (("preview", self.preview), ("picture", self.picture))
        ]
        return [*of_ours, *super().get_urls()]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show or store a row, or show what is typed."""
        if request.method == "POST" and is_asked(request.POST):
            return self._preview_of_typed(request, object_id)
        return super().changeform_view(request, object_id, *args, **kwargs)

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the stored text as residents will read it, whenever that is."""
        self._visible(request, str(pk))
        item = self.model.objects.as_shown().get(pk=pk)
        picture = reverse(f"admin:news_{self.opts.model_name}_picture", args=[pk])
        context = self._context(item, picture if item.picture_digest else "", is_typed=False)
        return render(request, "admin/news/preview.html", context)

    def picture(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Its picture, for staff: the public address has it only while it is public."""
        item = self._visible(request, str(pk))
        if not item.picture:
            raise Http404
        return HttpResponse(bytes(item.picture), content_type=CONTENT_TYPE)

    def _preview_of_typed(self, request: HttpRequest, object_id: str | None) -> HttpResponse:
        """Show what is typed as residents will read it, and store nothing; 422 with what is wrong.

        It opens in another tab: the form stays as it is, with the file that was chosen.
        """
        item = self._visible(request, object_id) if object_id else None
        if not (
            self.has_change_permission(request, item) if item else self.has_add_permission(request)
        ):
            raise PermissionDenied
        make = self.get_form(request, item, change=bool(item))
        form: Any = make(request.POST, request.FILES, instance=item)
        form_is_valid = form.is_valid()
        formsets, _ = self._create_formsets(request, form.instance, change=bool(item))
        if not all_valid(formsets) or not form_is_valid:
            context = self.admin_site.each_context(request) | {
                "opts": self.opts,
                "sentences": list(_wrong(form, formsets)),
            }
            return render(request, "admin/news/not_previewed.html", context, status=422)
        typed = form.typed()
        for formset in formsets:
            kept = [one for one in formset.forms if one not in formset.deleted_forms]
            works = [one.instance for one in kept if one.cleaned_data.get("record")]
            typed.listed = sorted(works, key=attrgetter("order"))
        with override(next(BUTTONS[button] for button in BUTTONS if button in request.POST)):
            context = self._context(typed, _within(typed), is_typed=True)
            page = render(request, "admin/news/preview.html", context)
        return cast(HttpResponse, _pictures_within(lambda _: page)(request))

    def _context(self, item: Any, picture_address: str, *, is_typed: bool) -> dict[str, Any]:
        return {
            "page_of_residents": self.page_of_residents,
            "item": item,
            "picture_address": picture_address,
            "state": self.state(item),
            "is_typed": is_typed,
            "for_staff": True,
        }

    @admin.display(description="状態")
    def state(self, item: Published) -> str:
        now = timezone.now()
        if item.is_over(now):
            return "終了"
        if item.begins_at is None:
            return "下書き"
        return "公開中" if item.begins_at <= now else "公開予定"

    def _visible(self, request: HttpRequest, pk: str) -> Any:
        item = self.get_object(request, pk)
        if item is None:
            raise Http404
        if not self.has_view_permission(request, item):
            raise PermissionDenied
        return item


def _within(item: Published) -> str:
    """Return a picture as an address: one that is not stored lies at none."""
    if not item.picture_digest:
        return ""
    return f"data:{CONTENT_TYPE};base64,{b64encode(bytes(item.picture or b'')).decode()}"


def _wrong(form: Any, formsets: list[Any]) -> Iterator[str]:
    """Yield the sentences of a form and the forms within it."""
    for one in (form, *(row for formset in formsets for row in formset.forms)):
        for sentences in one.errors.values():
            yield from sentences
    for formset in formsets:
        yield from formset.non_form_errors()
