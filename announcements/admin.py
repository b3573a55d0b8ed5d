"""Announcements as staff write them: who may is a right of its own."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from announcements.board import POSTED
from announcements.kinds import KINDS, Place
from announcements.models import Announcement
from audit.enums import Event
from staff.base import StaffModelAdmin
from staff.known import KnownToPages
from ui.forms import LineField

# The board is read every ten seconds, and browsers keep the home page for a minute.
DELAY = "保存してから、すべての画面に出る（または消える）まで、1分半ほどかかることがあります。"

NO_SENTENCE = "緊急のお知らせは、何が起きているか、どうすればよいかを説明に書いてください。"
CLOSES_NOTHING = (
    "このお知らせだけでは、休館になりません。休館する館があるときは、"
    '<a href="{}">休館日を登録してください</a>。'
)


class AnnouncementForm(forms.ModelForm):
    """種類, 説明, 開始 and 終了."""

    class Meta:
        model = Announcement
        fields = ("kind", "sentence", "begins_at", "ends_at")
        field_classes = {"sentence": LineField}
        widgets = {"sentence": forms.Textarea(attrs={"rows": 3, "cols": 60})}
        help_texts = {
            "sentence": "空欄のときは、決まった文を表示します。いつまでかは自動で表示します。"
            "緊急のお知らせは、何が起きているか、どうすればよいかを必ず書きます。",
            "begins_at": "開始の1日前から、予告を表示します。",
            "ends_at": "この日時に、自動で終わります。",
        }
        error_messages = {
            "kind": {"required": "種類を選択してください。"},
            "ends_at": {"required": "終了の日付と時刻を入力してください。"},
            "begins_at": {"required": "開始の日付と時刻を入力してください。"},
        }

    def clean(self) -> dict[str, object]:
        super().clean()
        data = self.cleaned_data
        begins, ends = data.get("begins_at"), data.get("ends_at")
        kind = KINDS.get(data.get("kind", ""))
        if kind and not kind.sentence and not data.get("sentence"):
            self.add_error("sentence", NO_SENTENCE)
        if begins and ends and ends <= begins:
            self.add_error("ends_at", "終了は、開始より後の日時を入力してください。")
        elif ends and self.instance._state.adding and ends <= timezone.now():
            self.add_error("ends_at", "終了は、今より後の日時を入力してください。")
        return data


@admin.register(Announcement)
class AnnouncementAdmin(KnownToPages, StaffModelAdmin):
    """What is shown, what is ahead, and what is over, which stays as the record of it."""

    change_event = Event.ANNOUNCEMENT_CHANGED
    known = POSTED
    delay = DELAY
    form = AnnouncementForm
    list_display = ("kind", "state", "begins_at", "ends_at", "sentence")
    ordering = ("-begins_at", "-pk")
    actions = ("end",)
    readonly_fields = ("defaults",)
    fieldsets = (
        (
            None,
            {
                "description": DELAY,
                "fields": ("kind", "sentence", "defaults", "begins_at", "ends_at"),
            },
        ),
    )
    change_form_template = "admin/announcements/announcement/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses, with the one that shows what residents would see."""
        view = self.admin_site.admin_view(self.preview)
        preview = path("preview/", view, name="announcements_announcement_preview")
        return [preview, *super().get_urls()]

    @admin.display(description="状態")
    def state(self, announcement: Announcement) -> str:
        now = timezone.now()
        if announcement.has_begun(now):
            return "表示中"
        if announcement.is_ahead(now):
            return "予告中"
        return "終了" if announcement.ends_at <= now else "予定"

    @admin.display(description="決まった文")
    def defaults(self, announcement: Announcement) -> SafeString:
        kinds = ((kind.label, kind.sentence) for kind in KINDS.values() if kind.sentence)
        return format_html_join("", "<div>{}：「{}」</div>", kinds)

    @admin.action(description="選択したお知らせを今すぐ終える", permissions=["change"])
    def end(self, request: HttpRequest, queryset: QuerySet) -> None:
        now = timezone.now()
        with transaction.atomic():
            running = queryset.select_for_update().filter(begins_at__lt=now, ends_at__gt=now)
            ended = list(running)
            if not ended:
                messages.info(request, "表示中のお知らせは、選択した中にありません。")
                return
            for announcement in ended:
                announcement.ends_at = now
            Announcement.objects.bulk_update(ended, ["ends_at"])
            self._record(Event.ANNOUNCEMENT_CHANGED, ended, reason="ended", fields=["ends_at"])
            transaction.on_commit(POSTED.renew)
        messages.success(request, f"{len(ended)}件を終えました。{DELAY}")

    def preview(self, request: HttpRequest) -> HttpResponse:
        """Show what residents would see of what is in the form; nothing is stored."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        form = self.get_form(request)(request.POST)
        context = {**self.admin_site.each_context(request), "title": "表示の確認", "form": form}
        if form.is_valid():
            shown, now = form.instance, timezone.now()
            context |= {
                # Both banners: from a day ahead, and from its beginning.
                "ahead": [shown.banner(now)] if shown.begins_at > now else None,
                "during": [shown.banner(max(shown.begins_at, now))],
                "places": KINDS[shown.kind].places,
                "stops": KINDS[shown.kind].stops,
                "drawn_as": KINDS[shown.kind].template,
            }
        template = "admin/announcements/announcement/preview.html"
        return TemplateResponse(request, template, context, status=200 if form.is_valid() else 422)

    def save_related(self, request: HttpRequest, form: AnnouncementForm, *args: Any) -> None:
        super().save_related(request, form, *args)
        if Place.EVERYWHERE in KINDS[form.instance.kind].places:
            closure = reverse("admin:branches_closure_add")
            messages.warning(request, format_html(CLOSES_NOTHING, closure))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only what has not begun be deleted: what was shown stays on record."""
        if obj is None or obj.begins_at <= timezone.now():
            return False
        return super().has_delete_permission(request, obj)
