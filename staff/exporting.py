"""What a list of the admin shows, as a file: the same columns and rows, in the same order.

Made of the very cells that the list shows to this member of staff, so that what is masked or
withheld on the screen is so in the file.
"""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from html.parser import HTMLParser
from io import StringIO
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.templatetags.admin_list import items_for_result, result_headers
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from audit.enums import Event
from characters.cp932 import GETA, in_cp932
from staff.files import guard
from staff.roles import EXPORT_LISTS

# What lists show where there is nothing: ours, and Django's.
_NOTHING = {"—", "-"}
# As many as a list over a million rows shows.
MOST_ROWS = 1000
CHECKBOX = "action_checkbox"
# By what a form may ask for: the codec, and its name for other programs. With a mark at the
# beginning: spreadsheets take UTF-8 for another encoding otherwise.
ENCODINGS = {"utf-8": ("utf-8-sig", "utf-8"), "cp932": ("cp932", "windows-31j")}
LOST_HEADER = f"CP932にない文字（{GETA}か省略）"
TOO_MANY = (
    f"書き出していません。一度に書き出せるのは{MOST_ROWS:,}件までです。"
    "さがす言葉か絞り込みを加えてください。"
)
# What stands in a line; anything else begins and ends one.
_IN_A_LINE = {"a", "abbr", "b", "em", "i", "strong", "time"}
# The ideographic space parts a name, and stays.
_SPACES = re.compile(r"[^\S\u3000]+")


class _Text(HTMLParser):
    """The text of a cell: a line break or block parts words, a picture says what it stands for."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(dict(attrs).get("alt") or "" if tag == "img" else self._gap(tag))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(self._gap(tag))

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def _gap(self, tag: str) -> str:
        return "" if tag in _IN_A_LINE else " "


def plain(html: str) -> str:
    """Return what a cell says, in one line; "" for one that shows that there is nothing."""
    text = _SPACES.sub(" ", "".join(_Text(html).parts)).strip()
    return "" if text in _NOTHING else text


def table_of(listed: ChangeList, rows: Iterable[Any]) -> list[list[str]]:
    """Return the headers of a list, and the cells of rows as it shows them."""
    shown = [place for place, name in enumerate(listed.list_display) if name != CHECKBOX]
    headers = [str(header["text"]) for header in result_headers(listed)]
    cells = ([str(cell) for cell in items_for_result(listed, row, None)] for row in rows)
    return [
        [headers[place] for place in shown],
        *([plain(row[place]) for place in shown] for row in cells),
    ]


def as_csv(table: Sequence[Sequence[str]], encoding: str) -> bytes:
    """Return a table in one of ENCODINGS, formulas defused.

    Where CP932 lacks characters, one more column says which, and of which column.
    """
    if encoding == "cp932":
        table = _narrowed(table)
    text = StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([map(guard, row) for row in table])
    return text.getvalue().encode(ENCODINGS[encoding][0])


def _narrowed(table: Sequence[Sequence[str]]) -> list[list[str]]:
    written = [[in_cp932(cell) for cell in row] for row in table]
    rows = [[cell.text for cell in row] for row in written]
    headers = rows[0]
    lost = [
        "、".join(
            f"{header}：{cell.points}"
            for header, cell in zip(headers, row, strict=True)
            if cell.lost
        )
        for row in written
    ]
    if not any(lost):
        return rows
    return [[*row, said] for row, said in zip(rows, [LOST_HEADER, *lost[1:]], strict=True)]


class ListExport(admin.ModelAdmin):
    """A list that can be had as a file, by who may see it and may have files of such lists."""

    export_permission = EXPORT_LISTS
    _record: Callable[..., None]

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the file."""
        view, name = self.admin_site.admin_view(self.export_view), self._named("export")
        return [path("export/", view, name=name), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, and offer the file to who may have it."""
        shown = {"may_export": self.may_export(request), "most_exported": MOST_ROWS}
        return super().changelist_view(request, {**(extra_context or {}), **shown})

    def may_export(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and request.user.has_perm(self.export_permission)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Send what the list shows at this address; of too many rows none, and say so there."""
        if not self.may_export(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        encoding = request.POST.get("encoding", "")
        if encoding not in ENCODINGS:
            raise BadRequest("no such encoding")
        try:
            listed: Any = self.get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            raise BadRequest("impossible filter") from error
        rows = list(listed.queryset[: MOST_ROWS + 1])
        if len(rows) > MOST_ROWS:
            messages.error(request, TOO_MANY)
            address = reverse(f"admin:{self._named('changelist')}")
            return redirect(f"{address}?{request.GET.urlencode()}")
        listed.complete(request, rows)
        content = as_csv(table_of(listed, rows), encoding)
        # The list once, and each patron whose data are in it.
        self._record(Event.STAFF_EXPORTED, fields=fields_of(listed), count=len(rows))
        if rows:
            self._record(Event.STAFF_EXPORTED, rows)
        name = f"{self.opts.verbose_name_plural}_{timezone.localdate():%Y%m%d}.csv"
        return HttpResponse(
            content,
            content_type=f"text/csv; charset={ENCODINGS[encoding][1]}",
            headers={"Content-Disposition": content_disposition_header(True, name) or "attachment"},
        )

    def _named(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"


def fields_of(listed: ChangeList) -> set[str]:
    """Return by what a list is narrowed: names of filters, `q` for a search; never what it says."""
    return {*listed.get_filters_params(), *([SEARCH_VAR] if listed.query else [])}
