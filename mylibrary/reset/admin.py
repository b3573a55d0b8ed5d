"""心当たりのない変更, said at the counter: staff stop a patron's new passwords by mail."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from mylibrary.reset.models import ResetStop
from mylibrary.reset.services import allow_resets, stop_resets
from notices.texts import minute
from patrons.models import Patron
from patrons.services import PatronErased
from staff.base import StaffModelAdmin, member_of_staff

PERMISSION = "mylibrary.decide_resetstop"
STOPPED = "E-mailでのパスワードの再設定を止めました。"
ALLOWED = "E-mailでのパスワードの再設定を再開しました。"
ERASED = "変更していません。この利用者の個人情報は、消去されました。"


class ResetStopTool(StaffModelAdmin):
    """What a patron's page gets: the state, and a tool for whoever may decide on it."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page that stops and allows."""
        view = self.admin_site.admin_view(self.resets_view)
        own = path("<int:patron_id>/resets/", view, name="patrons_patron_resets")
        return [own, *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Patron | None = None) -> Any:
        """Add the state."""
        return (*super().get_fieldsets(request, obj), ("パスワード", {"fields": ("resets",)}))

    def get_readonly_fields(self, request: HttpRequest, obj: Patron | None = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "resets")

    @admin.display(description="E-mailでの再設定")
    def resets(self, patron: Patron) -> str:
        stop = ResetStop.objects.filter(patron=patron).select_related("staff").first()
        if stop is None:
            return "—"
        by = f"職員 {stop.staff.get_username()}" if stop.staff else "本人のマイナンバーカードで"
        return f"停止中（{minute(stop.stopped_at)}から、{by}）"

    def resets_view(self, request: HttpRequest, patron_id: int) -> HttpResponse:
        """Say what follows and ask staff to look who it is; then stop or allow."""
        if not (request.user.has_perm(PERMISSION) and self.has_view_permission(request)):
            raise PermissionDenied
        patron = self.get_object(request, str(patron_id))
        if patron is None or patron.erased_at:
            raise Http404
        if request.method != "POST":
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": "E-mailでのパスワード再設定",
                "patron": patron,
                "stop": ResetStop.objects.filter(patron=patron).first(),
            }
            return TemplateResponse(request, "admin/patrons/patron/resets.html", context)
        stops = "stop" in request.POST
        decide, done = (stop_resets, STOPPED) if stops else (allow_resets, ALLOWED)
        try:
            decided = decide(patron=patron, staff=member_of_staff(request))
        except PatronErased:
            messages.error(request, ERASED)
        else:
            if decided:
                self.log_change(request, patron, done)
                messages.success(request, done)
        return redirect("admin:patrons_patron_change", patron.pk)
