"""The form above the lists of the audit record: when, what, by whom; a month where nothing is said.

Each field is a filter of the list as well, so that the list takes it from the address.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from audit.enums import ActorKind, Event
from audit.kinds import KIND_OF, Kind, events_of

DAYS = 30
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)
NO_DAY = "日付を「2026-04-01」のように入力してください。"
BACKWARDS = "「いつまで」が「いつから」より前です。日付を選び直してください。"
NO_CHOICE = "一覧から選び直してください。"
_FORM = "record_search"


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": NO_DAY},
        validators=[MinValueValidator(FIRST, NO_DAY), MaxValueValidator(LAST, NO_DAY)],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


class PeriodForm(forms.Form):
    """Days of the library's calendar, both included; empty where there is no such bound."""

    since = _day("いつから")
    until = _day("いつまで")

    def __init__(self, sent: Any) -> None:
        today = timezone.localdate()
        usual = {"since": str(today - timedelta(days=DAYS - 1)), "until": str(today)}
        says = sent.dict()
        super().__init__(says if usual.keys() & says.keys() else usual | says)

    def clean(self) -> dict[str, Any]:
        days = self.cleaned_data
        if days.get("since") and days.get("until") and days["since"] > days["until"]:
            self.add_error("until", BACKWARDS)
        return days

    @property
    def period(self) -> Q:
        return self.begins & self.ends

    @property
    def begins(self) -> Q:
        day = self.cleaned_data.get("since")
        return Q(at__gte=_midnight(day)) if day else Q()

    @property
    def ends(self) -> Q:
        day = self.cleaned_data.get("until")
        return Q(at__lt=_midnight(day + timedelta(days=1))) if day else Q()


class RecordForm(PeriodForm):
    """What is looked for in the record."""

    q = forms.CharField(
        label="利用者番号か職員の氏名",
        required=False,
        widget=forms.TextInput(attrs={"size": 14, "id": "searchbar"}),
    )
    what = forms.ChoiceField(
        label="できごと", required=False, error_messages={"invalid_choice": NO_CHOICE}
    )
    who = forms.ChoiceField(
        label="だれが", required=False, error_messages={"invalid_choice": NO_CHOICE}
    )

    def __init__(self, sent: Any) -> None:
        super().__init__(sent)
        everything = ("", "すべて")
        staff = User.objects.filter(is_staff=True).order_by("-is_active", "name", "username")
        names = [(str(user.pk), str(user)) for user in staff]
        self.fields["what"].choices = [everything, *_events()]  # type: ignore[attr-defined]
        who = [everything, *ActorKind.choices, ("職員", names)]
        self.fields["who"].choices = who  # type: ignore[attr-defined]

    @property
    def happened(self) -> Q:
        what = self.cleaned_data.get("what")
        if not what:
            return Q()
        return Q(event__in=events_of(what)) if what in Kind.values else Q(event=what)

    @property
    def actor(self) -> Q:
        who = self.cleaned_data.get("who")
        if not who:
            return Q()
        return Q(actor_kind=who) if who in ActorKind.values else Q(actor_id=int(who))


def _events() -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (
            kind.label,
            [
                (kind.value, f"{kind.label}（すべて）"),
                *((event, label) for event, label in Event.choices if KIND_OF[event] == kind),
            ],
        )
        for kind in Kind
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_current_timezone())


def form_of(request: HttpRequest) -> RecordForm:
    """Return the form as it was sent, judged; the same one for everybody who asks."""
    form: RecordForm | None = getattr(request, _FORM, None)
    if form is None:
        form = RecordForm(request.GET)
        form.is_valid()
        setattr(request, _FORM, form)
    return form


class FormFilter(admin.SimpleListFilter):
    """One field of the form, in place of links beside the list; nothing is found by a wrong one."""

    condition: str

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return []

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Any:
        return ()

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        form = form_of(request)
        return (
            queryset.filter(getattr(form, self.condition)) if form.is_valid() else queryset.none()
        )


class SinceFilter(FormFilter):
    title, parameter_name, condition = "いつから", "since", "begins"


class UntilFilter(FormFilter):
    title, parameter_name, condition = "いつまで", "until", "ends"


class WhatFilter(FormFilter):
    title, parameter_name, condition = "できごと", "what", "happened"


class WhoFilter(FormFilter):
    title, parameter_name, condition = "だれが", "who", "actor"


FILTERS = (SinceFilter, UntilFilter, WhatFilter, WhoFilter)
