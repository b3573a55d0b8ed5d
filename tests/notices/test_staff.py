"""Staff see of a message what became of it, and nobody sees what it says."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from notices.enums import NoticeKind
from notices.models import Notice
from notices.services import send
from notices.texts import TITLES
from notices.titles import givers
from staff.roles import ROLES
from tests.patrons.people import imported_patron

SUBJECT, BODY = "延滞のお知らせ", f"「ごんぎつね」をお返しください。{TITLES}"
READERS = [role.name for role in ROLES if "notices.view_notice" in role.permissions]
LIST = "/admin/notices/notice/"


@pytest.mark.django_db
@pytest.mark.parametrize("role", [*READERS, "superuser"])
def test_no_role_reads_a_message(role, monkeypatch):
    user = get_user_model().objects.create_user(
        "reader", is_staff=True, is_superuser=role == "superuser"
    )
    user.groups.set(Group.objects.filter(name=role))
    staff = Client()
    staff.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    patron = imported_patron()
    kind = NoticeKind.LOAN_OVERDUE
    monkeypatch.setitem(givers, kind, lambda patron, ids: ["てぶくろを買いに"])
    text = {"subject": SUBJECT, "body": BODY, "about": [987654321]}
    send(patron=patron, kind=kind, recipient=patron.email, **text)
    notice = Notice.objects.get()
    page = staff.get(reverse("admin:notices_notice_change", args=[notice.pk])).content.decode()
    assert str(kind.label) in page
    assert "メール送信待ち" in page
    history = staff.get(reverse("admin:notices_notice_history", args=[notice.pk])).content.decode()
    listed = staff.get(LIST).content.decode()
    assert patron.number in listed
    for told in (page, history, listed):
        assert SUBJECT not in told
        assert "ごんぎつね" not in told
        assert "てぶくろ" not in told
        assert "987654321" not in told
    for sought in (SUBJECT, "ごんぎつね"):
        assert not staff.get(LIST, {"q": sought}).context["cl"].result_count
