"""初回ログイン用紙: staff give a patron, whom they have in front of them, a code on paper."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from notices.texts import contact, minute
from patrons.first_login.models import CodeKind, FirstLoginCode
from patrons.first_login.services import new_counter_code
from patrons.models import Patron
from staff.base import StaffModelAdmin
from ui.qr_code import qr_code

PERMISSION = "patrons.issue_firstlogincode"
ISSUED = "初回ログイン用紙を発行しました。"
NOT_ISSUED = "発行していません。この利用者は、生年月日ではログインできません。"
SLIP_GONE = "この用紙は、もう表示できません。必要なときは、もう一度発行してください。"
# To print it again when the paper jams, not to look it up later.
SLIP_SHOWN = timedelta(minutes=30)


class CounterSlipTool(StaffModelAdmin):
    """What a patron's page gets: a tool that issues 初回ログイン用紙."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page that issues a slip, and the slip."""
        tool, view = "<int:patron_id>/first-login/", self.admin_site.admin_view
        return [
            path(tool, view(self.issue_slip), name="patrons_patron_issue_slip"),
            path(f"{tool}slip/", view(self.slip), name="patrons_patron_slip"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """Offer the tool to whoever may use it."""
        context = {"may_issue_slip": _may_issue(request)}
        kwargs["extra_context"] = (kwargs.get("extra_context") or {}) | context
        return super().change_view(request, object_id, *args, **kwargs)

    def issue_slip(self, request: HttpRequest, patron_id: int) -> HttpResponse:
        """Ask staff to look who it is, and issue a slip in place of one before."""
        patron = self._patron(request, patron_id)
        if request.method != "POST":
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": "初回ログイン用紙の発行",
                "patron": patron,
                "is_open": patron.withdrawn_at is None and patron.is_first_login_open,
            }
            return TemplateResponse(request, "admin/patrons/patron/issue_slip.html", context)
        code = new_counter_code(patron=patron)
        if code is None:
            messages.error(request, NOT_ISSUED)
            return redirect("admin:patrons_patron_change", patron.pk)
        self.log_change(request, patron, ISSUED)
        return redirect("admin:patrons_patron_slip", patron.pk)

    def slip(self, request: HttpRequest, patron_id: int) -> HttpResponse:
        """Show the slip to be printed, for SLIP_SHOWN."""
        patron = self._patron(request, patron_id)
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

    def _patron(self, request: HttpRequest, patron_id: int) -> Patron:
        if not (_may_issue(request) and self.has_view_permission(request)):
            raise PermissionDenied
        patron = self.get_object(request, str(patron_id))
        if patron is None:
            raise Http404
        return patron


def _may_issue(request: HttpRequest) -> bool:
    return settings.FIRST_LOGIN_CONFIRMATION and request.user.has_perm(PERMISSION)
