"""通知メッセージ一覧: what the library told the patron, and which mails the patron wants."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mylibrary.access import patron_page
from mylibrary.inbox.forms import MailSettingsForm, ReadAllForm
from mylibrary.inbox.text import as_html
from notices import services
from notices.enums import ALWAYS, NoticeKind
from notices.models import Notice
from notices.titles import with_titles
from patrons.models import Patron
from ui.pages import button_of, render_form, sent_data

PER_PAGE = 20
OF_A_CHANGE = (NoticeKind.SECURITY, NoticeKind.MYNUMBER_LINKED)


@patron_page
def inbox(request: HttpRequest, patron: Patron) -> HttpResponse:
    """通知メッセージ一覧, the newest first; an impossible page number shows one that is there."""
    notices = Notice.objects.inbox_of(patron)
    shown_at = timezone.now()
    context = {
        "notices": Paginator(notices, PER_PAGE).get_page(request.GET.get("page")),
        "per_page": PER_PAGE,
        "unread": notices.unread().count(),
        "shown_at": shown_at.isoformat(),
    }
    return render(request, "mylibrary/inbox/inbox.html", context)


@patron_page
def message(request: HttpRequest, patron: Patron, public_id: UUID) -> HttpResponse:
    """One message, read from now on."""
    notices = Notice.objects.inbox_of(patron)
    notice = get_object_or_404(notices, public_id=public_id)
    if request.method == "GET":
        services.mark_read(notice=notice)
    context = {
        "notice": notice,
        "body": as_html(with_titles(notice, notice.body)),
        "is_of_a_change": notice.kind in OF_A_CHANGE,
        "newer": notices.after(notice).first(),
        "older": notices.before(notice).first(),
    }
    return render(request, "mylibrary/inbox/message.html", context)


@patron_page
def put_back(request: HttpRequest, patron: Patron, public_id: UUID) -> HttpResponse:
    """未読に戻す: by its button only."""
    notice = get_object_or_404(Notice.objects.inbox_of(patron), public_id=public_id)
    if request.method != "POST":
        return redirect("mylibrary:message", public_id=public_id)
    services.mark_unread(notice=notice)
    messages.success(request, _("未読に戻しました。"))
    return redirect("mylibrary:messages")


@patron_page
@button_of("mylibrary:messages")
def read_all(request: HttpRequest, patron: Patron) -> HttpResponse:
    """すべて既読にする: by its button only; what came after the list was shown stays unread."""
    form = ReadAllForm(request.POST)
    if form.is_valid():
        count = services.mark_all_read(patron=patron, until=form.cleaned_data["until"])
        messages.success(
            request,
            ngettext("%(count)s件を既読にしました。", "%(count)s件を既読にしました。", count)
            % {"count": count},
        )
    return redirect("mylibrary:messages")


@patron_page
def mail_settings(request: HttpRequest, patron: Patron) -> HttpResponse:
    """お知らせメールの設定: which mails come, of those that need not, and what they say."""
    form = MailSettingsForm(sent_data(request), patron=patron)
    if form.is_valid():
        services.choose_mails(patron=patron, wanted=form.wanted())
        services.choose_contents(patron=patron, **form.contents())
        messages.success(request, _("お知らせメールの設定を変更しました。"))
        return redirect("mylibrary:mail_settings")
    context = {"patron": patron, "form": form, "always": ALWAYS}
    return render_form(request, "mylibrary/inbox/mail_settings.html", context)
