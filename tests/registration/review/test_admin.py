"""The staff's list of cases and the page where they decide."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from audit.models import Record
from patrons.models import IdentityLink, Patron
from registration.application.enums import ApplicationState as State
from registration.application.models import Application
from registration.review.models import ReviewDecision
from tests.patrons.people import imported_patron
from tests.registration.review.reviews import (
    CASES,
    NAMESAKE,
    NOTE,
    UNCLEAR,
    case_for,
    case_page,
    choose,
    decided,
    namesake_case,
    settle,
)
from tests.registration.support import TARO, hidden_fields, text

pytestmark = pytest.mark.django_db


def staff_client(users, name, *permissions):
    user = users.objects.create(username=name, is_staff=True, is_superuser=not permissions)
    for permission in ("view_personal_data", *permissions):
        user.user_permissions.add(Permission.objects.get(codename=permission))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.user = user
    return client


@pytest.fixture
def staff(django_user_model):
    return staff_client(django_user_model, "librarian")


def waited(case, *, days, left=30):
    """Let a case have waited so long and have so many days left."""
    now = timezone.now()
    Application.objects.filter(pk=case.pk).update(
        review_since=now - timedelta(days=days),
        expires_at=now + timedelta(days=left, minutes=5),
    )


def shown(response):
    return [str(row.pk) for row in response.context["cl"].result_list]


def test_a_birth_date_known_in_part_is_compared_in_the_parts_both_know(staff):
    imported_patron(name=TARO.name, birth_date="19500101")
    html = text(staff.get(case_page(case_for(UNCLEAR))))
    assert '<span class="review__words">わかる部分は同じ</span> 1950/1/1' in html
    assert "同じ方かもしれない利用者はいません" not in html


def test_the_list_says_how_long_a_case_has_waited_and_when_it_is_erased(staff):
    young = namesake_case()
    old = case_for(UNCLEAR)
    waited(young, days=1)
    waited(old, days=24, left=6)
    html = text(staff.get(CASES))
    assert "24日</td>" in html
    assert "⚠ あと6日" in html
    assert "1日</td>" in html
    assert "あと30日" in html
    assert html.count("⚠") == 1


def test_held_cases_are_told_apart_and_decided_ones_kept_behind(staff):
    held, open_case = namesake_case(), case_for(UNCLEAR)
    gone = case_for(replace(UNCLEAR, subject="gone", name="別府　花子"))
    decided(held, "deferred", staff.user)
    decided(gone, "counter", staff.user)
    html = text(staff.get(CASES))
    assert "保留中" in html
    assert shown(staff.get(CASES)) == [str(held.pk), str(open_case.pk)]
    assert shown(staff.get(CASES, {"situation": "deferred"})) == [str(held.pk)]
    assert shown(staff.get(CASES, {"situation": "closed"})) == [str(gone.pk)]
    assert shown(staff.get(CASES, {"situation": "all"}))[-1] == str(gone.pk)
    decided(open_case, "other_person", staff.user)
    assert shown(staff.get(CASES, {"situation": "approved"})) == [str(open_case.pk)]


def test_the_list_costs_the_same_however_many_cases_there_are(staff, django_assert_max_num_queries):
    namesake_case()
    with django_assert_max_num_queries(8):
        staff.get(CASES)
    for number in range(6):
        case = case_for(replace(UNCLEAR, subject=f"s{number}"))
        decided(case, "deferred", staff.user)
    with django_assert_max_num_queries(8):
        staff.get(CASES)


def test_a_case_stands_beside_its_candidates_with_every_difference_in_words(staff):
    case = namesake_case()
    patron = Patron.objects.get()
    html = text(staff.get(case_page(case)))
    assert "名前と生年月日が同じ（字体と空白の違いは見ない）" in html
    assert f"/admin/patrons/patron/{patron.pk}/change/" in html
    for own in (NAMESAKE.address, "namesake@example.jp", "0977000001"):
        assert own in html
    cell = '<td class="{}"><span class="review__words">{}</span> {}</td>'
    for expected in (
        cell.format("", "同じ", TARO.name),
        cell.format("", "同じ", "2013/7/20"),
        cell.format("review__differs", "違う", TARO.address),
        cell.format("review__differs", "違う", "0970000000"),
    ):
        assert expected in html
    assert "別のカードと連携済み" in html
    assert "電話は、すでにある記録の番号にだけかける。" in html
    assert "電子申請" in html


def test_a_withdrawn_candidate_is_shown_and_cannot_be_chosen(staff):
    case = namesake_case()
    Patron.objects.update(withdrawn_at=timezone.now())
    html = text(staff.get(case_page(case)))
    assert "に退会" in html
    assert "同一人物（" not in html
    assert choose(staff, case, f"same_person:{Patron.objects.get().pk}").status_code == 422


def test_a_case_costs_the_same_however_many_candidates_there_are(
    staff, django_assert_max_num_queries
):
    case = namesake_case()
    for number in range(1, 6):
        imported_patron(name=TARO.name, birth_date=TARO.birth_date, namesake_no=number)
    with django_assert_max_num_queries(11):
        assert text(staff.get(case_page(case))).count(">同一人物（利用者") == 6


def test_nothing_is_decided_before_staff_agreed_to_what_will_happen(staff):
    case = namesake_case()
    page = choose(staff, case, "other_person")
    assert "まだ決定していません" in text(page)
    assert "14日間、1回だけ" in text(page)
    assert not ReviewDecision.objects.exists()
    back = staff.post(case_page(case), hidden_fields(text(page)) | {"back": "1"})
    assert NOTE in text(back)
    assert not ReviewDecision.objects.exists()
    answer = staff.post(case_page(case), hidden_fields(text(page)))
    assert answer.url == CASES
    assert ReviewDecision.objects.get().staff == staff.user


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ("same_person", "別のマイナンバーカードは、使えなくなります"),
        ("same_person", "カードを連携したことを通知メッセージとメールで知らせます"),
        ("other_person", "とは別の方として扱います"),
        ("counter", "申請者に「窓口へお越しください」とメールします"),
        ("deferred", "申請者には、何も送りません"),
    ],
)
def test_what_each_choice_brings_about_is_said_before(staff, choice, says):
    case = namesake_case()
    patron = Patron.objects.get()
    chosen = f"same_person:{patron.pk}" if choice == "same_person" else choice
    assert says in text(choose(staff, case, chosen))


def test_a_note_is_demanded_where_something_is_refused_put_off_or_taken_away(staff):
    unclear = case_for(UNCLEAR)
    for choice in ("counter", "deferred"):
        assert choose(staff, unclear, choice, note=" ").status_code == 422
    # Nobody was found who it might be.
    assert choose(staff, unclear, "other_person", note=" ").status_code == 200
    case = namesake_case()
    patron = Patron.objects.get()
    same = f"same_person:{patron.pk}"
    for choice in (same, "other_person", "counter", "deferred"):
        page = choose(staff, case, choice, note=" ")
        assert page.status_code == 422, choice
        assert "のときは、メモに決定の理由を書いてください。" in text(page)
    IdentityLink.objects.update(revoked_at=timezone.now())
    assert choose(staff, case, same, note=" ").status_code == 200


@pytest.mark.parametrize("choice", ["", "gossip", "same_person", "same_person:0", "same_person:x"])
def test_an_impossible_choice_is_answered_calmly(staff, choice):
    page = choose(staff, namesake_case(), choice)
    assert page.status_code == 422
    assert not ReviewDecision.objects.exists()


def test_the_other_card_goes_only_when_staff_tick_the_box(staff):
    case = namesake_case()
    patron = Patron.objects.get()
    choice = f"same_person:{patron.pk}"
    refused = settle(staff, case, choice)
    assert refused.status_code == 422
    assert "解除してよいか確かめてください" in text(refused)
    assert "まだ決定していません" in text(refused)
    back = staff.post(case_page(case), hidden_fields(text(refused)) | {"back": "1"})
    assert "決定する</h2>" in text(back)
    assert settle(staff, case, choice, agreed="on").url == CASES
    assert IdentityLink.objects.active().get().subject == NAMESAKE.subject


def test_of_two_staff_the_second_is_told(staff, django_user_model):
    case = namesake_case()
    other = staff_client(django_user_model, "colleague")
    page = choose(staff, case, "other_person")
    settle(other, case, "counter")
    late = staff.post(case_page(case), hidden_fields(text(page)))
    assert late.status_code == 409
    assert "ほかの職員が先に決定したか" in text(late)
    assert "colleague" in text(late)
    assert ReviewDecision.objects.get().verdict == "counter"


@pytest.mark.parametrize("step", ["choose", "agree"])
def test_a_page_that_shows_something_else_by_now_decides_nothing_and_keeps_the_note(staff, step):
    case = namesake_case()
    page = staff.get(case_page(case)) if step == "choose" else choose(staff, case, "other_person")
    Application.objects.filter(pk=case.pk).update(phone="0977222222")
    sent = hidden_fields(text(page)) | {"choice": "other_person", "note": NOTE}
    late = staff.post(case_page(case), sent)
    assert late.status_code == 409
    assert "内容が変わりました" in text(late)
    assert NOTE in text(late)
    assert "0977222222" in text(late)
    assert not ReviewDecision.objects.exists()


def test_whoever_is_shown_beside_a_case_that_changed_is_recorded(staff):
    case = namesake_case()
    page = choose(staff, case, "other_person")
    newcomer = imported_patron(name=TARO.name, birth_date=TARO.birth_date, namesake_no=1)
    start = Record.objects.latest("pk").pk
    late = staff.post(case_page(case), hidden_fields(text(page)))
    assert late.status_code == 409
    assert newcomer.number in text(late)
    assert Record.objects.filter(pk__gt=start, event="staff_opened", patron_id=newcomer.pk).exists()


def test_a_card_that_became_another_patrons_is_not_linked(staff):
    case = namesake_case()
    patron = Patron.objects.get()
    IdentityLink.objects.update(revoked_at=timezone.now())
    stranger = imported_patron()
    IdentityLink.objects.create(issuer=TARO.issuer, subject=NAMESAKE.subject, patron=stranger)
    late = settle(staff, case, f"same_person:{patron.pk}")
    assert late.status_code == 409
    assert "カードを連携できませんでした" in text(late)
    assert Application.objects.get(pk=case.pk).state == State.REVIEW


def test_who_may_only_look_sees_no_buttons_and_decides_nothing(staff, django_user_model):
    case = namesake_case()
    page = choose(staff, case, "other_person")
    looking = staff_client(django_user_model, "part-time", "view_reviewcase")
    html = text(looking.get(case_page(case)))
    assert 'name="choice"' not in html
    assert looking.post(case_page(case), hidden_fields(text(page))).status_code == 403
    deciding = staff_client(django_user_model, "clerk", "view_reviewcase", "decide_reviewcase")
    assert settle(deciding, case, "deferred").url == CASES
    nobody = staff_client(django_user_model, "guest", "view_notice")
    assert nobody.get(CASES).status_code == 403
    assert nobody.get(case_page(case)).status_code == 403


def test_a_case_is_neither_made_nor_deleted_by_hand(staff):
    case = namesake_case()
    assert staff.get(f"{CASES}add/").status_code == 403
    assert staff.post(f"{CASES}{case.pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff.get(f"{CASES}{case.pk}x/change/").status_code == 404
    assert staff.get("/admin/registration/reviewdecision/").status_code == 404


def test_a_closed_case_shows_who_decided_and_why_and_nothing_personal(staff):
    case = namesake_case()
    decided(case, "counter", staff.user)
    html = text(staff.get(case_page(case)))
    assert NOTE in html
    assert "librarian" in html
    assert TARO.name not in html
    assert 'name="choice"' not in html


def test_the_menu_counts_the_cases_for_who_may_see_them(staff, django_user_model):
    assert "登録申請の確認待ち <strong>0件</strong>" in text(staff.get("/admin/"))
    waited(namesake_case(), days=25, left=5)
    html = text(staff.get("/admin/"))
    assert f'<a href="{CASES}">登録申請の確認待ち <strong>1件</strong></a>' in html
    assert "あと7日以内に消去されるものが1件" in html
    guest = staff_client(django_user_model, "guest", "view_notice")
    assert "登録申請の確認待ち" not in text(guest.get("/admin/"))
