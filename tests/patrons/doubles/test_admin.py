"""Staff's list of patrons who may be one person, and the page where they decide."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Record
from patrons.doubles.models import PossibleDouble
from patrons.doubles.services import search
from patrons.models import Patron
from patrons.retention import erase_patron
from tests.patrons.people import imported_patron
from tests.registration.support import hidden_fields, text

pytestmark = pytest.mark.django_db
LIST = "/admin/patrons/possibledouble/"
NOTE = "窓口で2枚のカードを確かめた"
AGREED = {"choice": "other_person", "note": NOTE, "final": "1"}


def client_of(users, name: str, *permissions: str) -> Client:
    user = users.objects.create(username=name, is_staff=True, is_superuser=not permissions)
    for permission in ("view_personal_data", *permissions):
        user.user_permissions.add(Permission.objects.get(codename=permission))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def staff(django_user_model) -> Client:
    return client_of(django_user_model, "librarian")


@pytest.fixture
def double() -> PossibleDouble:
    """A pair that differs in the spelling of the name, in one digit and in the address."""
    imported_patron(name="髙橋 花子", last_name_kana="タカハシ")
    imported_patron(
        name="高橋花子", last_name_kana="タカハシ", phone="0977000001", email="", namesake_no=1
    )
    list(search(now=timezone.now() + timedelta(minutes=1)))
    return PossibleDouble.objects.get()


def page_of(double: PossibleDouble) -> str:
    return reverse("admin:patrons_possibledouble_change", args=[double.pk])


def decide(staff: Client, double: PossibleDouble, verdict: str, note: str = NOTE):
    shown = hidden_fields(text(staff.get(page_of(double))))
    page = staff.post(page_of(double), shown | {"choice": verdict, "note": note})
    if page.status_code != 200:
        return page
    return staff.post(page_of(double), hidden_fields(text(page)))


def shown(staff: Client, **asked: str) -> list[int]:
    return [row.pk for row in staff.get(LIST, asked).context["cl"].result_list]


def test_two_stand_side_by_side_with_every_field_in_words_and_no_score(staff, double):
    html = text(staff.get(page_of(double)))
    for patron in (double.first, double.second):
        assert f'<a href="/admin/patrons/patron/{patron.pk}/change/">{patron.number}</a>' in html
    cell = '<td class="{}"><span class="review__words">{}</span> {}</td>'
    for expected in (
        cell.format("review__differs", "表記だけ違う", "高橋花子"),
        cell.format("", "同じ", "1992/4/2"),
        cell.format("review__differs", "1字違い", "0977000001"),
    ):
        assert expected in html
    assert '<span class="review__words">記録なし</span>' in html
    assert "同じ項目：<strong>名前、名前カタカナ、生年月日、住所</strong>" in html
    assert "二重登録の可能性" in html
    assert "先に登録された方の番号にだけかける" in html


def test_two_people_are_told_apart_and_leave_the_list_for_good(staff, double):
    assert shown(staff) == [double.pk]
    answer = decide(staff, double, "other_person")
    assert answer.url == LIST
    assert shown(staff) == []
    assert shown(staff, situation="join") == []
    assert shown(staff, situation="decided") == [double.pk]
    double.refresh_from_db()
    assert (double.verdict, double.note, double.staff.username) == (
        *("other_person", NOTE),
        "librarian",
    )
    html = text(staff.get(page_of(double)))
    assert NOTE in html
    assert 'name="choice"' not in html


def test_one_person_is_noted_for_the_counter_and_nobody_is_merged(staff, double):
    before = list(Patron.objects.order_by("pk").values())
    page = staff.post(
        page_of(double),
        hidden_fields(text(staff.get(page_of(double))))
        | {"choice": "same_person", "note": "", "final": "1"},
        follow=True,
    )
    assert "番号の統合は、窓口と貸出システムで行ってください" in text(page)
    assert list(Patron.objects.order_by("pk").values()) == before
    assert shown(staff, situation="join") == [double.pk]
    Patron.objects.filter(pk=double.second_id).update(withdrawn_at=timezone.now())
    assert shown(staff, situation="join") == []


def test_a_decision_is_recorded_for_each_of_both(staff, double):
    decide(staff, double, "same_person")
    records = Record.objects.filter(event="double_decided").order_by("patron_id")
    assert [(one.patron_id, one.reason, one.object_id) for one in records] == [
        (double.first_id, "same_person", str(double.pk)),
        (double.second_id, "same_person", str(double.pk)),
    ]
    opened = Record.objects.filter(event="staff_opened", object_type="patrons.possibledouble")
    assert set(opened.values_list("patron_id", flat=True)) == {double.first_id, double.second_id}


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        ("same_person", "番号の統合は、窓口と貸出システムで行います"),
        ("other_person", "この2人は、もう一覧に出ません"),
    ],
)
def test_what_a_decision_brings_about_is_said_before(staff, double, verdict, says):
    shown = hidden_fields(text(staff.get(page_of(double))))
    page = staff.post(page_of(double), shown | {"choice": verdict, "note": NOTE})
    assert says in text(page)
    assert "利用者の登録は変わらず、利用者には何も送りません" in text(page)
    double.refresh_from_db()
    assert double.verdict == ""


@pytest.mark.parametrize(
    ("verdict", "note", "says"),
    [
        ("", NOTE, "決定を選んでください。"),
        ("gossip", NOTE, "この決定はできません。"),
        ("other_person", " ", "「別人」のときは、メモに決定の理由を書いてください。"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_recorded(staff, double, verdict, note, says):
    page = decide(staff, double, verdict, note)
    assert page.status_code == 422
    assert says in text(page)
    assert note.strip() in text(page)
    double.refresh_from_db()
    assert double.verdict == ""


def test_of_two_staff_the_second_is_told(staff, django_user_model, double):
    late = hidden_fields(text(staff.get(page_of(double))))
    decide(client_of(django_user_model, "colleague"), double, "same_person")
    page = staff.post(page_of(double), late | AGREED)
    assert page.status_code == 409
    assert "ほかの職員が先に決定したか" in text(page)
    assert "colleague" in text(page)
    double.refresh_from_db()
    assert double.verdict == "same_person"


def test_a_page_that_shows_something_else_by_now_decides_nothing_and_keeps_the_note(staff, double):
    late = hidden_fields(text(staff.get(page_of(double))))
    Patron.objects.filter(pk=double.first_id).update(phone="0972", updated_at=timezone.now())
    page = staff.post(page_of(double), late | AGREED)
    assert page.status_code == 409
    assert "内容が変わりました" in text(page)
    assert NOTE in text(page)
    double.refresh_from_db()
    assert double.verdict == ""


def test_a_pair_that_went_with_a_patron_s_data_is_answered_calmly(staff, double):
    late = hidden_fields(text(staff.get(page_of(double))))
    erase_patron(patron_id=double.first_id)
    answer = staff.post(page_of(double), late | AGREED)
    assert answer.status_code == 404


def test_a_pair_one_of_whom_withdrew_waits_for_nothing(staff, double):
    Patron.objects.filter(pk=double.first_id).update(withdrawn_at=timezone.now())
    assert shown(staff) == []
    html = text(staff.get(page_of(double)))
    assert f"利用者 {double.first.number} が退会しています" in html
    assert 'name="choice"' not in html


def test_who_may_only_look_decides_nothing_and_others_see_nothing(staff, django_user_model, double):
    shown_fields = hidden_fields(text(staff.get(page_of(double))))
    sent = shown_fields | AGREED
    looking = client_of(django_user_model, "part-time", "view_possibledouble")
    assert 'name="choice"' not in text(looking.get(page_of(double)))
    assert looking.post(page_of(double), sent).status_code == 403
    guest = client_of(django_user_model, "guest", "view_notice")
    assert guest.get(LIST).status_code == 403
    assert guest.get(page_of(double)).status_code == 403
    both = ("view_possibledouble", "decide_possibledouble")
    deciding = client_of(django_user_model, "clerk", *both)
    assert deciding.post(page_of(double), sent).url == LIST


def test_who_has_just_registered_comes_first_with_the_day_and_then_the_surer(staff, double):
    hint = imported_patron(name="佐伯 一", last_name_kana="サエキ", first_name_kana="ハジメ")
    more = imported_patron(name="佐伯 肇", last_name_kana="サエキ", first_name_kana="ハジメ")
    today = timezone.localdate()
    weak = PossibleDouble.objects.create(first=hint, second=more, strength="hint")
    late = PossibleDouble.objects.create(
        first=double.first, second=more, strength="hint", look_by=today - timedelta(days=1)
    )
    assert shown(staff) == [late.pk, double.pk, weak.pk]
    assert shown(staff, situation="hint") == [late.pk, weak.pk]
    assert shown(staff, q=double.second.number) == [double.pk]
    html = text(staff.get(LIST))
    assert html.count("（遅れ）") == 1
    assert "佐伯 一／佐伯 肇" in html


def test_the_menu_counts_the_pairs_for_who_may_see_them(staff, django_user_model, double):
    PossibleDouble.objects.update(look_by=timezone.localdate() - timedelta(days=1))
    html = text(staff.get("/admin/"))
    assert f'<a href="{LIST}">二重登録かもしれない利用者 <strong>1組</strong></a>' in html
    assert "確認の期限を過ぎたものが1組" in html
    guest = client_of(django_user_model, "guest", "view_notice")
    assert LIST not in text(guest.get("/admin/"))
    decide(staff, double, "other_person")
    assert "二重登録かもしれない利用者 <strong>0組</strong>" in text(staff.get("/admin/"))


def test_list_and_page_cost_the_same_however_many_pairs_there_are(
    staff, double, django_assert_max_num_queries
):
    with django_assert_max_num_queries(7):
        staff.get(LIST)
    for number in range(5):
        other = imported_patron(namesake_no=number + 2)
        PossibleDouble.objects.create(first=double.first, second=other, strength="hint")
    with django_assert_max_num_queries(7):
        staff.get(LIST)
    # The last asks whether 管理 is told of it.
    with django_assert_max_num_queries(9):
        staff.get(page_of(double))
