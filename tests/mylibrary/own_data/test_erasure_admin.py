"""Requests for erasure as staff see and decide them."""

import html
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client
from django.utils import timezone

from mylibrary.own_data.models import DeclineReason, ErasureRequest, ErasureState
from mylibrary.own_data.services import ask_for_erasure, cancel_erasure
from notices.delivery import deliver
from notices.models import Notice
from patrons.models import Patron
from patrons.retention import erase_patron
from tests.mylibrary.conftest import PASSWORD, PRIVACY
from tests.patrons.people import imported_patron

pytestmark = pytest.mark.django_db
LIST = "/admin/mylibrary/erasurerequest/"
NOTE = "貸出なし、予約なし"
NOT_RECORDED = "決定は記録されていません"


def staff_client(django_user_model, *permissions: str, name: str = "librarian") -> Client:
    staff = django_user_model.objects.create_user(name, PASSWORD, is_staff=True)
    held = ("view_personal_data", *permissions)
    staff.user_permissions.set(Permission.objects.filter(codename__in=held))
    client = Client()
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    client.staff = staff
    return client


@pytest.fixture
def decider(django_user_model) -> Client:
    """A browser of somebody who may see and decide."""
    return staff_client(django_user_model, "view_erasurerequest", "decide_erasurerequest")


@pytest.fixture
def erasure(member) -> ErasureRequest:
    return ask_for_erasure(patron=member)


def page_of(erasure: ErasureRequest) -> str:
    return f"{LIST}{erasure.pk}/change/"


def text(response) -> str:
    return html.unescape(response.content.decode())


def confirmation(client: Client, erasure: ErasureRequest, choice: str = "erase"):
    return client.post(page_of(erasure), {"choice": choice, "note": NOTE})


def final(client: Client, erasure: ErasureRequest, choice: str = "erase", **more: str):
    sent = {"choice": choice, "note": NOTE, "final": "1", "agreed": "on"} | more
    return client.post(page_of(erasure), sent)


def mails() -> list:
    for notice in Notice.objects.to_be_sent().order_by("pk"):
        deliver(notice_id=notice.pk)
    return mail.outbox


def test_the_list_has_waiting_requests_with_their_age_the_oldest_first(decider, erasure):
    old = ask_for_erasure(patron=imported_patron(number="COUNTER-9"))
    ErasureRequest.objects.filter(pk=old.pk).update(
        requested_at=timezone.now() - timedelta(days=4, hours=1)
    )
    done = ask_for_erasure(patron=imported_patron(name="由布 一郎", number="COUNTER-8"))
    cancel_erasure(patron=done.patron)
    page = text(decider.get(LIST))
    assert page.index("COUNTER-9") < page.index(erasure.patron.number)
    assert re.search('class="field-waited">4日<', page)
    assert re.search('class="field-waited">0日<', page)
    assert "COUNTER-8" not in page
    assert "COUNTER-8" in text(decider.get(LIST, {"situation": "all"}))
    assert decider.get(LIST, {"situation": "nonsense"}).status_code == 200


def test_the_menu_says_that_somebody_waits_to_whoever_may_see_it(
    decider, erasure, django_user_model
):
    told = f'<a href="{LIST}">個人情報の消去の申し込み <strong>1件</strong></a>'
    assert told in text(decider.get("/admin/"))
    other = staff_client(django_user_model, "view_patron", name="other")
    assert LIST not in text(other.get("/admin/"))
    cancel_erasure(patron=erasure.patron)
    assert told.replace("1件", "0件") in text(decider.get("/admin/"))


def test_looking_and_agreeing_are_two_steps(decider, erasure):
    first = text(decider.get(page_of(erasure)))
    assert erasure.patron.number in first
    assert "大分　太郎" in first
    assert "貸出システムで、返却されていない資料と予約がないことを確かめてください" in first
    second = confirmation(decider, erasure)
    assert second.status_code == 200
    assert "まだ決定していません" in text(second)
    assert "元に戻せません" in text(second)
    assert NOTE in text(second)
    assert Patron.objects.get().name
    assert ErasureRequest.objects.get().state == ErasureState.OPEN


def test_what_goes_and_what_stays_stand_side_by_side_and_erasing_needs_no_note(decider, erasure):
    page = text(decider.get(page_of(erasure)))
    assert '<th scope="col">消去されるもの</th>' in page
    assert "利用者番号（ほかの方には使いません）、市町、登録と退会の日時" in page
    assert final(decider, erasure, note="").url == LIST
    assert ErasureRequest.objects.get().note == ""


def test_back_keeps_the_note(decider, erasure):
    answer = final(decider, erasure, back="1")
    assert NOTE in text(answer)
    assert "この内容で決定する" not in text(answer)
    assert Patron.objects.get().name


def test_agreeing_erases_and_records_who_and_when(decider, erasure):
    answer = final(decider, erasure)
    assert answer.url == LIST
    stored = ErasureRequest.objects.get()
    assert (stored.state, stored.staff, stored.note) == ("confirmed", decider.staff, NOTE)
    assert timezone.now() - stored.closed_at < timedelta(minutes=1)
    patron = Patron.objects.get()
    assert patron.erased_at
    assert (patron.name, patron.number) == ("", erasure.patron.number)
    assert "個人情報を消去しました" in text(decider.get(LIST))
    closed = text(decider.get(page_of(erasure)))
    for told in ("消去済み", NOTE, "librarian", patron.number):
        assert told in closed
    assert "大分" not in re.sub("大分市民図書館", "", closed)


def test_the_last_mail_goes_to_the_address_that_is_erased_and_tells_nothing(decider, erasure):
    address = erasure.patron.email
    Notice.objects.all().delete()
    final(decider, erasure)
    (message,) = mails()
    assert message.to == [address]
    assert message.subject == "【大分市民図書館】個人情報を消去しました"
    for personal in ("太郎", erasure.patron.number, "0970000000", NOTE, "librarian"):
        assert personal not in message.body + message.subject
    assert Notice.objects.get().patron is None


def test_without_an_address_nobody_is_mailed(decider):
    erasure = ask_for_erasure(patron=imported_patron(email=""))
    assert "E-mailの登録がないので" in text(confirmation(decider, erasure))
    assert final(decider, erasure).status_code == 302
    assert mails() == []


def test_what_was_not_looked_up_is_not_erased(decider, erasure):
    answer = final(decider, erasure, agreed="")
    assert answer.status_code == 422
    assert "貸出システムで確かめてから、印を付けてください" in text(answer)
    assert "この内容で決定する" in text(answer)
    assert Patron.objects.get().name


@pytest.mark.parametrize("reason", DeclineReason)
def test_declining_leaves_everything_and_tells_the_patron_why_but_not_the_note(
    decider, erasure, at_home, reason
):
    assert "何も消去されません" in text(confirmation(decider, erasure, reason.value))
    assert final(decider, erasure, reason.value, agreed="").url == LIST
    stored = ErasureRequest.objects.get()
    assert (stored.state, stored.reason, stored.staff) == ("declined", reason, decider.staff)
    patron = Patron.objects.get()
    assert patron.name
    told = Notice.objects.first()
    assert (told.patron, told.recipient) == (patron, patron.email)
    assert str(reason.label) in told.body
    assert NOTE not in told.body
    for personal in ("太郎", patron.number, patron.phone):
        assert personal not in told.body
    page = text(at_home.get(PRIVACY))
    assert str(reason.label) in page
    assert NOTE not in page
    assert "個人情報の消去を申し込む</a>" in page


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"note": NOTE}, "決定を選んでください"),
        ({"note": NOTE, "choice": "nonsense"}, "この決定はできません"),
        ({"choice": "items_out"}, "メモに決定の理由を書いてください"),
        ({"choice": "counter", "note": "  "}, "メモに決定の理由を書いてください"),
        ({"choice": "erase", "note": "あ" * 1001}, "メモは1000文字までです"),
        ({"choice": "erase", "note": "a\x00", "final": "1", "agreed": "on"}, "何か文字"),
    ],
)
def test_an_incomplete_decision_is_explained_and_changes_nothing(decider, erasure, sent, told):
    answer = decider.post(page_of(erasure), sent)
    assert answer.status_code == 422
    assert told in text(answer)
    assert ErasureRequest.objects.get().state == ErasureState.OPEN


@pytest.mark.parametrize("choice", ["erase", "items_out"])
def test_a_request_that_was_cancelled_meanwhile_is_not_decided(decider, erasure, choice):
    cancel_erasure(patron=erasure.patron)
    answer = final(decider, erasure, choice)
    assert answer.status_code == 409
    assert NOT_RECORDED in text(answer)
    assert "本人が取り消し" in text(answer)
    assert "決定する</h2>" not in text(answer)
    assert Patron.objects.get().name
    assert ErasureRequest.objects.get().state == ErasureState.CANCELLED


def test_a_request_overtaken_by_the_time_after_a_withdrawal_is_not_decided(decider, erasure):
    erase_patron(patron_id=erasure.patron_id)
    answer = final(decider, erasure)
    assert answer.status_code == 409
    assert "退会後の期限で消去済み" in text(answer)
    assert ErasureRequest.objects.get().staff is None


def test_deciding_is_a_permission_of_its_own(erasure, django_user_model):
    viewer = staff_client(django_user_model, "view_erasurerequest")
    page = text(viewer.get(page_of(erasure)))
    assert "決定できるのは、その権限のある職員です" in page
    assert "<textarea" not in page
    assert final(viewer, erasure).status_code == 403
    blind = staff_client(django_user_model, "view_patron", name="other")
    for answer in (blind.get(LIST), blind.get(page_of(erasure)), final(blind, erasure)):
        assert answer.status_code == 403
    assert Patron.objects.get().name


@pytest.mark.parametrize("key", ["999999", "x", "99999999999999999999", "%00"])
def test_no_address_of_a_request_is_an_error(decider, key):
    assert decider.get(f"{LIST}{key}/change/").status_code in (400, 404)


def test_nobody_makes_changes_or_deletes_a_request_by_hand(decider, erasure, django_user_model):
    root = django_user_model.objects.create_superuser("root", PASSWORD)
    client = Client()
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{erasure.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ErasureRequest.objects.get().state == ErasureState.OPEN


@pytest.fixture
def root(django_user_model) -> Client:
    client = Client()
    client.force_login(
        django_user_model.objects.create_superuser("root", PASSWORD),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def test_staff_find_an_erased_patron_by_number_and_change_nothing(root, member):
    erase_patron(patron_id=member.pk)
    assert member.number in text(root.get("/admin/patrons/patron/", {"q": member.number}))
    assert member.number in text(root.get("/admin/patrons/patron/", {"withdrawn": "erased"}))
    address = f"/admin/patrons/patron/{member.pk}/change/"
    page = text(root.get(address))
    assert "個人情報の消去日時" in page
    assert 'name="phone"' not in page
    sent = {"phone": "0970000001", "email": "x@example.jp", "contact_method": "none"}
    assert root.post(address, sent).status_code == 403
    assert Patron.objects.get().phone == ""
