"""初回ログイン用紙: who may issue it, what stands on it, and what it opens."""

import html
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from audit.models import Record
from patrons.first_login.models import CodeKind, FirstLoginCode
from patrons.models import Patron
from tests.mylibrary.conftest import BIRTH_DATE, CHOOSE, PASSWORD
from tests.mylibrary.first_login.steps import code_of, logs_in_with_birth_date, type_code
from tests.mylibrary.mynumber.cards import logged_in_as
from tests.mylibrary.own_data.test_erasure_admin import staff_client
from tests.patrons.people import set_own_password

pytestmark = pytest.mark.django_db
TOOL = "初回ログイン用紙</a>"


@pytest.fixture
def clerk(django_user_model) -> Client:
    """A browser of somebody at the counter who may issue slips."""
    return staff_client(django_user_model, "view_patron", "issue_firstlogincode")


def page_of(patron: Patron) -> str:
    return f"/admin/patrons/patron/{patron.pk}/change/"


def tool_of(patron: Patron) -> str:
    return f"/admin/patrons/patron/{patron.pk}/first-login/"


def text(response) -> str:
    return html.unescape(response.content.decode())


def test_slip_tells_all_that_is_needed_and_no_birth_date(clerk, patron, settings):
    settings.LIBRARY_PHONE = "097-000-0000"
    assert TOOL in text(clerk.get(page_of(patron)))
    assert "本人確認書類" in text(clerk.get(tool_of(patron)))
    issued = clerk.post(tool_of(patron))
    code = code_of(patron, CodeKind.COUNTER)
    assert issued.url == f"{tool_of(patron)}slip/"
    response = clerk.get(issued.url)
    assert "no-store" in response["Cache-Control"]
    page = text(response)
    last = timezone.localtime(timezone.now() + timedelta(days=14))
    for said in (
        patron.number,
        f"{code.digits[:5]} {code.digits[5:]}",
        f"{last.year}年{last.month}月{last.day}日 23時59分まで、1回だけ使えます。",
        f"{settings.PUBLIC_BASE_URL}/mylibrary/login/",
        "097-000-0000",
        "<svg ",
    ):
        assert said in page
    for unsaid in (patron.name, BIRTH_DATE, patron.birth_date_display, patron.email):
        assert unsaid not in page
    (entry,) = LogEntry.objects.all()
    assert "初回ログイン用紙" in entry.get_change_message()
    assert code.digits not in entry.change_message


def test_looking_at_a_slip_is_recorded(clerk, patron):
    clerk.get(clerk.post(tool_of(patron)).url)
    looked = Record.objects.filter(event="staff_opened", reason="slip")
    assert list(looked.values_list("patron_id", flat=True)) == [patron.pk]


def test_slip_logs_in_on_any_device(clerk, client, patron):
    clerk.post(tool_of(patron))
    digits = code_of(patron, CodeKind.COUNTER).digits
    logs_in_with_birth_date(client, patron)
    assert type_code(client, f"{digits[:5]} {digits[5:]}").url == CHOOSE
    assert logged_in_as(client) == patron.number


def test_slip_without_number_and_birth_date_opens_nothing(clerk, client, patron):
    clerk.post(tool_of(patron))
    answer = type_code(client, code_of(patron, CodeKind.COUNTER).digits)
    assert answer.status_code == 302
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("rights", [(), ("view_patron",), ("issue_firstlogincode",)])
def test_permission_is_needed(django_user_model, patron, rights):
    client = staff_client(django_user_model, *rights)
    assert client.get(tool_of(patron)).status_code == 403
    assert client.post(tool_of(patron)).status_code == 403
    assert TOOL not in text(client.get(page_of(patron)))
    assert not FirstLoginCode.objects.exists()


def test_slip_is_not_shown_later_nor_once_used(clerk, patron):
    shown = clerk.post(tool_of(patron)).url
    FirstLoginCode.objects.update(made_at=timezone.now() - timedelta(minutes=31))
    assert clerk.get(shown).url == page_of(patron)
    FirstLoginCode.objects.update(made_at=timezone.now(), ended_at=timezone.now())
    assert "もう表示できません" in text(clerk.get(shown, follow=True))


def test_slip_ends_with_the_first_login(clerk, patron):
    until = timezone.now() + timedelta(days=2)
    Patron.objects.update(first_login_until=until)
    clerk.post(tool_of(patron))
    assert code_of(patron, CodeKind.COUNTER).expires_at == until


def test_no_slip_for_whom_it_would_open_nothing(clerk, patron):
    set_own_password(patron=patron, password=PASSWORD)
    page = text(clerk.get(tool_of(patron)))
    assert "生年月日ではログインできません" in page
    assert "発行する</button>" not in page
    assert "発行していません" in text(clerk.post(tool_of(patron), follow=True))
    assert not FirstLoginCode.objects.exists()


def test_there_is_no_tool_where_nothing_is_asked(clerk, patron, settings):
    settings.FIRST_LOGIN_CONFIRMATION = False
    assert TOOL not in text(clerk.get(page_of(patron)))
    assert clerk.post(tool_of(patron)).status_code == 403


def test_slip_of_nobody_is_not_found(clerk, patron):
    assert clerk.get(f"/admin/patrons/patron/{patron.pk + 1}/first-login/").status_code == 404
