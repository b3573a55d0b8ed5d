"""The staff's list of requests for another kana, and the page where they decide."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mylibrary.kana.models import KanaRequest, KanaState
from mylibrary.kana.services import ask_for_kana, cancel_kana_request, decide_kana_request
from notices.enums import NoticeKind
from notices.services import choose_mails
from patrons.models import Patron
from tests.mylibrary.kana.test_kana import NOTE, WANTED
from tests.patrons.people import imported_patron
from tests.registration.support import hidden_fields, text

LIST = "/admin/mylibrary/kanarequest/"

pytestmark = pytest.mark.django_db


def staff_client(users, name, *permissions) -> Client:
    user = users.objects.create(username=name, is_staff=True, is_superuser=not permissions)
    for permission in ("view_personal_data", *permissions):
        user.user_permissions.add(Permission.objects.get(codename=permission))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.user = user
    return client


@pytest.fixture
def staff(django_user_model) -> Client:
    return staff_client(django_user_model, "librarian")


@pytest.fixture
def asked(member) -> KanaRequest:
    return ask_for_kana(patron=member, kana=WANTED)


def page_of(change) -> str:
    return f"{LIST}{change.pk}/change/"


def choose(client, change, choice, note=NOTE):
    """Press a button of the request's page; return the page that says what will happen."""
    shown = hidden_fields(text(client.get(page_of(change))))
    return client.post(page_of(change), shown | {"choice": choice, "note": note})


def decide(client, change, choice, note=NOTE):
    """Press a button, then この内容で決定する, whatever the page said in between."""
    shown = hidden_fields(text(client.get(page_of(change))))
    return client.post(page_of(change), shown | {"choice": choice, "note": note, "final": "1"})


def shown(response) -> list[int]:
    return [row.pk for row in response.context["cl"].result_list]


def test_the_oldest_waiting_wish_comes_first_with_its_age(staff, asked):
    old = ask_for_kana(patron=imported_patron(), kana=("ベップ", "ハルコ"))
    KanaRequest.objects.filter(pk=old.pk).update(requested_at=timezone.now() - timedelta(days=4))
    page = staff.get(LIST)
    assert shown(page) == [old.pk, asked.pk]
    html = text(page)
    assert ">4日<" in html
    assert "オオイタ\u3000タロウ" in html
    assert "オオイタ\u3000タロー" in html


def test_the_list_shows_what_has_ended_when_asked(staff, member, asked):
    cancel_kana_request(patron=member)
    second = ask_for_kana(patron=member, kana=WANTED)
    assert shown(staff.get(LIST)) == [second.pk]
    assert shown(staff.get(LIST, {"situation": "closed"})) == [asked.pk]
    assert shown(staff.get(LIST, {"situation": "all"})) == [second.pk, asked.pk]
    assert shown(staff.get(LIST, {"situation": "all", "q": member.number})) == [second.pk, asked.pk]
    assert shown(staff.get(LIST, {"q": "0"})) == []
    for scanned in (f"A{member.number}B", f"\u202d{member.number}\u202c"):
        assert shown(staff.get(LIST, {"q": scanned})) == [second.pk]


def test_the_page_shows_old_and_new_side_by_side(staff, asked):
    html = re.sub(r"\s*\n\s*", "", text(staff.get(page_of(asked))))
    words = '<span class="review__words">{}</span> {}</td>'
    assert f"<td>オオイタ</td><td>{words.format('同じ', 'オオイタ')}" in html
    differs = words.format("変わる", "タロー")
    assert f'<td>タロウ</td><td class="review__differs">{differs}' in html
    assert '<th scope="col">マイナンバーカードの名前</th>' in html
    assert f'<td rowspan="2">{asked.patron.name}</td>' in html
    assert asked.patron.number in html


@pytest.mark.parametrize(("decision", "state"), [("approve", "approved"), ("decline", "declined")])
def test_staff_decide_with_a_note(staff, member, asked, decision, state):
    page = choose(staff, asked, decision)
    assert "まだ決定していません" in text(page)
    asked.refresh_from_db()
    assert asked.state == "requested"
    assert staff.post(page_of(asked), hidden_fields(text(page))).url == LIST
    asked.refresh_from_db()
    assert (asked.state, asked.note, asked.decided_by) == (state, NOTE, staff.user)
    member.refresh_from_db()
    assert (member.first_name_kana == WANTED[1]) is (decision == "approve")
    html = text(staff.get(page_of(asked)))
    assert NOTE in html
    assert "librarian" in html
    assert 'name="choice"' not in html


def test_what_a_decision_brings_about_is_said_before(staff, member, asked):
    html = text(choose(staff, asked, "approve"))
    assert "「オオイタ\u3000タロウ」から「オオイタ\u3000タロー」に変更します" in html
    assert "貸出システムには、次の書き出しで伝わります" in html
    assert "変更したことを通知メッセージとメールで知らせます" in html
    choose_mails(patron=member, wanted={NoticeKind.KANA_DECIDED: False})
    assert "変更したことを通知メッセージだけで知らせます" in text(choose(staff, asked, "approve"))
    Patron.objects.update(withheld_at=timezone.now())
    html = text(choose(staff, asked, "decline"))
    assert "「オオイタ\u3000タロウ」のままです" in html
    assert "通知メッセージ（E-mailがあるときは、メールも）で知らせ、窓口で尋ねるよう" in html


def test_back_keeps_what_was_typed_and_decides_nothing(staff, asked):
    page = choose(staff, asked, "decline")
    back = staff.post(page_of(asked), hidden_fields(text(page)) | {"back": "1"})
    assert f">{NOTE}</textarea>" in re.sub(r">\s+", ">", text(back))
    assert "決定する</h2>" in text(back)
    asked.refresh_from_db()
    assert asked.state == "requested"


def test_what_is_granted_needs_no_note(staff, asked):
    assert "「変更しない」のときは、かならず書いてください" in text(staff.get(page_of(asked)))
    assert decide(staff, asked, "approve", " ").url == LIST
    asked.refresh_from_db()
    assert (asked.state, asked.note) == ("approved", "")


@pytest.mark.parametrize(
    ("decision", "note", "message"),
    [
        ("decline", " ", "「変更しない」のときは、メモに決定の理由を書いてください。"),
        ("approve", "x" * 1001, "メモは1000文字までです。"),
        ("", NOTE, "決定を選んでください。"),
        ("gossip", NOTE, "この決定はできません。"),
    ],
)
def test_an_impossible_decision_is_answered_calmly(staff, asked, decision, note, message):
    page = decide(staff, asked, decision, note)
    assert page.status_code == 422
    assert message in text(page)
    assert 'id="id_note_error"' in text(page)
    assert ('aria-describedby="id_note_helptext id_note_error"' in text(page)) is (
        "メモ" in message
    )
    asked.refresh_from_db()
    assert asked.state == KanaState.REQUESTED


def test_of_two_staff_the_second_is_told_and_keeps_the_note(staff, django_user_model, asked):
    colleague = staff_client(django_user_model, "colleague")
    agreeing = hidden_fields(text(choose(staff, asked, "approve", "another note")))
    decide(colleague, asked, "decline")
    late = staff.post(page_of(asked), agreeing)
    assert late.status_code == 409
    assert "ほかの職員が先に決定したか" in text(late)
    assert "colleague" in text(late)
    asked.refresh_from_db()
    assert (asked.state, asked.note) == (KanaState.DECLINED, NOTE)


def test_a_wish_that_was_taken_back_is_not_decided(staff, member, asked):
    page = hidden_fields(text(choose(staff, asked, "approve")))
    cancel_kana_request(patron=member)
    late = staff.post(page_of(asked), page)
    assert late.status_code == 409
    assert "利用者本人" in text(late)


def test_an_overtaken_wish_says_so_and_cannot_be_approved(staff, asked):
    page = choose(staff, asked, "approve", "looked at it")
    Patron.objects.update(first_name_kana="ジロウ")
    late = staff.post(page_of(asked), hidden_fields(text(page)))
    assert late.status_code == 409
    html = text(late)
    assert "このままでは変更できません" in html
    assert "今のカタカナ：オオイタ\u3000ジロウ" in html
    assert "looked at it" in html
    assert 'value="approve"' not in html
    assert decide(staff, asked, "decline").url == LIST


def test_who_may_only_look_decides_nothing(django_user_model, asked):
    looking = staff_client(django_user_model, "part-time", "view_kanarequest")
    html = text(looking.get(page_of(asked)))
    assert 'name="choice"' not in html
    assert "その権限のある職員です" in html
    assert looking.post(page_of(asked), {"choice": "approve"}).status_code == 403
    deciding = staff_client(django_user_model, "clerk", "view_kanarequest", "decide_kanarequest")
    assert decide(deciding, asked, "decline").url == LIST
    nobody = staff_client(django_user_model, "guest", "view_notice")
    assert nobody.get(LIST).status_code == 403
    assert nobody.get(page_of(asked)).status_code == 403
    assert nobody.post(page_of(asked), {"choice": "approve"}).status_code == 403


def test_deciding_needs_the_token(staff, asked):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = staff.cookies
    sent = {"choice": "approve", "final": "1"}
    assert strict.post(page_of(asked), sent).status_code == 403


def test_a_wish_is_neither_made_nor_deleted_by_hand(staff, asked):
    assert staff.get(f"{LIST}add/").status_code == 403
    assert staff.post(f"{LIST}{asked.pk}/delete/", {"post": "yes"}).status_code == 403
    for strange in ("0", "x", "9" * 30, "%00"):
        assert staff.get(f"{LIST}{strange}/change/").status_code in (302, 400, 404)


def test_the_menu_counts_the_wishes_for_who_may_see_them(staff, django_user_model, member, asked):
    link = f'<a href="{LIST}">名前カタカナの変更の確認待ち <strong>1件</strong></a>'
    assert link in text(staff.get("/admin/"))
    guest = staff_client(django_user_model, "guest", "view_notice")
    assert "名前カタカナの変更の確認待ち" not in text(guest.get("/admin/"))
    cancel_kana_request(patron=member)
    assert link.replace("1件", "0件") in text(staff.get("/admin/"))


def test_the_list_takes_as_many_statements_for_many(staff, asked):
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(LIST).status_code == 200
        return len(queries)

    few = statements()
    for number in range(5):
        ask_for_kana(patron=imported_patron(namesake_no=number), kana=WANTED)
    assert statements() == few


def test_the_staffs_note_is_not_for_the_patron(at_home, member, asked, staff):
    decide_kana_request(change=asked, staff=staff.user, approve=False, note=NOTE)
    assert NOTE not in text(at_home.get("/mylibrary/profile/"))
