"""What staff do for a patron's logins at the counter, once they have looked who it is.

初回ログイン用紙, a code on paper; and 心当たりのない変更, the stop of new passwords by mail.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from mylibrary.reset.models import ResetStop
from mylibrary.reset.services import allow_resets, stop_resets
from notices.texts import contact, minute
from patrons.first_login.models import CodeKind, FirstLoginCode
from patrons.first_login.services import new_counter_code
from patrons.models import Patron
from patrons.revealing.session import as_seen
from patrons.services import PatronErased
from staff.base import StaffModelAdmin, member_of_staff
from ui.qr_code import qr_code

ISSUED = "初回ログイン用紙を発行しました。"
NOT_ISSUED = "発行していません。この利用者は、生年月日ではログインできません。"
SLIP_GONE = "この用紙は、もう表示できません。必要なときは、もう一度発行してください。"
# To print it again when the paper jams, not to look it up later.
SLIP_SHOWN = timedelta(minutes=30)
STOPPED = "E-mailでのパスワードの再設定を止めました。"
ALLOWED = "E-mailでのパスワードの再設定を再開しました。"
ERASED = "変更していません。この利用者の個人情報は、消去されました。"


class LoginTools(StaffModelAdmin):
    """What a patron's page gets: whether resets are stopped, and the tools for who may use them."""

    def get_urls(self) -> list[URLPattern]:
        """Add the tools' pages."""
        patron, view = "<int:patron_id>", self.admin_site.admin_view
        return [
            path(f"{patron}/first-login/", view(self.issue_slip), name="patrons_patron_issue_slip"),
            path(f"{patron}/first-login/slip/", view(self.slip), name="patrons_patron_slip"),
            path(f"{patron}/resets/", view(self.resets_view), name="patrons_patron_resets"),
            *super().get_urls(),
        ]

    def get_fieldsets(self, request: HttpRequest, obj: Patron | None = None) -> Any:
        return (*super().get_fieldsets(request, obj), ("パスワード", {"fields": ("resets",)}))

    def get_readonly_fields(self, request: HttpRequest, obj: Patron | None = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "resets")

    @admin.display(description="E-mailでの再設定")
    def resets(self, patron: Patron) -> str:
        stop = ResetStop.objects.filter(patron=patron).select_related("staff").first()
        if stop is None:
            return "—"
        by = f"職員 {stop.staff}" if stop.staff else "本人のマイナンバーカードで"
        return f"停止中（{minute(stop.stopped_at)}から、{by}）"

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """Offer the slip to whoever may issue one."""
        context = {"may_issue_slip": _may_issue(request)}
        kwargs["extra_context"] = (kwargs.get("extra_context") or {}) | context
        return super().change_view(request, object_id, *args, **kwargs)

    def issue_slip(self, request: HttpRequest, patron_id: int) -> HttpResponse:
        """Ask staff to look who it is, and issue a slip in place of one before."""
        patron = self._patron(request, patron_id, may=_may_issue(request))
        if request.method != "POST":
            is_usable = patron.withdrawn_at is None and patron.is_first_login_open
            title = "初回ログイン用紙の発行"
            return self._page(request, patron, "issue_slip", title=title, is_open=is_usable)
        code = new_counter_code(patron=patron)
        if code is None:
            messages.error(request, NOT_ISSUED)
            return redirect("admin:patrons_patron_change", patron.pk)
        self.log_change(request, patron, ISSUED)
        return redirect("admin:patrons_patron_slip", patron.pk)

    def slip(self, request: HttpRequest, patron_id: int) -> HttpResponse:
        """Show the slip to be printed, for SLIP_SHOWN."""
        patron = self._patron(request, patron_id, may=_may_issue(request))
        codes = FirstLoginCode.objects.of(patron).live().filter(kind=CodeKind.COUNTER)
        code = codes.filter(made_at__gt=timezone.now() - SLIP_SHOWN).first()
        if code is None:
            messages.error(request, SLIP_GONE)
            return redirect("admin:patrons_patron_change", patron.pk)
        address = f"{settings.PUBLIC_BASE_URL}{reverse('mylibrary:login')}"
        context = {
            "patron": patron,
            "digits": f"{code.digits[:5]} {code.digits[5:]}",
            "until": minute(code.expires_at),
            "address": address,
            "qr": qr_code(address),
            "contact": contact(),
        }
        return TemplateResponse(request, "admin/patrons/patron/slip.html", context)

    def resets_view(self, request: HttpRequest, patron_id: int) -> HttpResponse:
        """Say what follows and ask staff to look who it is; then stop or allow."""
        may = request.user.has_perm("mylibrary.decide_resetstop")
        patron = self._patron(request, patron_id, may=may)
        if patron.erased_at:
            raise Http404
        if request.method != "POST":
            stop = ResetStop.objects.filter(patron=patron).first()
            title = "E-mailでのパスワード再設定"
            return self._page(request, patron, "resets", title=title, stop=stop)
        stops = "stop" in request.POST
        decide, done = (stop_resets, STOPPED) if stops else (allow_resets, ALLOWED)
        try:
            is_done = decide(patron=patron, staff=member_of_staff(request))
        except PatronErased:
            messages.error(request, ERASED)
            is_done = False
        if is_done:
            self.log_change(request, patron, done)
            messages.success(request, done)
        return redirect("admin:patrons_patron_change", patron.pk)

    def _patron(self, request: HttpRequest, patron_id: int, *, may: bool) -> Patron:
        if not (may and self.has_view_permission(request)):
            raise PermissionDenied
        patron = self.get_object(request, str(patron_id))
        if patron is None:
            raise Http404
        return patron

    def _page(
        self, request: HttpRequest, patron: Patron, name: str, **shown: Any
    ) -> TemplateResponse:
        site = {**self.admin_site.each_context(request), "opts": self.opts}
        context = {**site, "patron": as_seen(request, patron), **shown}
        return TemplateResponse(request, f"admin/patrons/patron/{name}.html", context)


def _may_issue(request: HttpRequest) -> bool:
    may = request.user.has_perm("patrons.issue_firstlogincode")
    return settings.FIRST_LOGIN_CONFIRMATION and may
