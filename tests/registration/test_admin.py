"""What staff see of applications."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from registration.application import services
from registration.application.models import Application
from tests.patrons.people import imported_patron
from tests.registration.review.reviews import case_for
from tests.registration.support import (
    FORM,
    HANAKO,
    OUTSIDER,
    TARO,
    TYPED,
    entered,
    identify,
    outcome_of,
    registered,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/registration/application/"


@pytest.fixture
def staff(client, django_user_model):
    client.force_login(
        django_user_model.objects.create_superuser("librarian", "only for this test"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def ids(response):
    return {str(row.pk) for row in response.context["cl"].result_list}


def test_the_list_shows_an_application_in_japanese(staff):
    application = registered(Client())
    html = staff.get(LIST).content.decode()
    for shown in ("登録済み", application.patron.number, "オオイタ タロウ", "大分市", "不要"):
        assert shown in html


@pytest.mark.parametrize(
    "query", ["NUMBER", "大分", "おおいた", "タロウ", "097-000-0000", "oita@oita.co.jp"]
)
def test_a_registered_application_is_found(staff, query):
    found = registered(Client())
    registered(
        Client(),
        replace(HANAKO, name="別府　花子"),
        last_name_kana="ベップ",
        first_name_kana="ハナコ",
        phone="0975340001",
        email="hanako@example.jp",
    )
    query = found.patron.number if query == "NUMBER" else query
    assert ids(staff.get(LIST, {"q": query})) == {str(found.pk)}


def test_an_unfinished_application_is_found_by_what_was_typed(staff):
    found = entered(Client())
    for query in ("097-000-0000", "おおいた", "ﾀﾛｳ", "OITA@oita", "大分"):
        assert ids(staff.get(LIST, {"q": query})) == {str(found.pk)}
    assert ids(staff.get(LIST, {"q": "別府"})) == set()


@pytest.mark.parametrize(
    "filters",
    [
        {"state": "registered"},
        {"municipality": "44201"},
        {"contact_method": "none"},
    ],
)
def test_the_list_is_filtered(staff, filters):
    found = registered(Client())
    refused = Client()
    identify(refused, OUTSIDER)
    refused.post(FORM, TYPED)
    Application.objects.exclude(pk=found.pk).update(contact_method="phone")
    assert ids(staff.get(LIST, filters)) == {str(found.pk)}


def test_an_application_can_be_looked_at_and_not_changed(staff):
    application = registered(Client())
    page = reverse("admin:registration_application_change", args=[application.pk])
    html = staff.get(page).content.decode()
    assert "申請の経過" in html
    assert f"/admin/patrons/patron/{application.patron_id}/change/" in html
    assert "<input" not in html.split('id="content-main"')[1].split("<footer")[0].replace(
        '<input type="hidden"', ""
    )
    assert staff.post(page, {"name": "x"}).status_code == 403
    assert staff.get(reverse("admin:registration_application_add")).status_code == 403
    assert (
        staff.post(
            reverse("admin:registration_application_delete", args=[application.pk])
        ).status_code
        == 403
    )


def test_a_review_links_to_its_candidates(staff):
    patron_id = registered(Client()).patron_id
    namesake = Client()
    identify(namesake, replace(TARO, subject="namesake"))
    namesake.post(FORM, TYPED)
    page = reverse("admin:registration_application_change", args=[outcome_of(namesake).pk])
    html = staff.get(page).content.decode()
    assert f"/admin/patrons/patron/{patron_id}/change/" in html
    assert "名前と生年月日が同じ" in html
    assert TARO.address in html


def test_a_patron_of_the_same_kana_and_birth_date_is_shown_to_staff_when_the_applicant_goes_on(
    staff,
):
    like_taro = imported_patron(
        name="多分　太朗",
        last_name_kana="オオイタ",
        first_name_kana="タロウ",
        birth_date=TARO.birth_date,
    )
    hinted = registered(Client())
    registered(Client(), HANAKO, first_name_kana="ハナコ")
    suspected = Client()
    identify(suspected, replace(TARO, subject="namesake"))
    suspected.post(FORM, TYPED)
    hint = "名前と生年月日などが似た利用者あり"
    page = staff.get(LIST, {"hint": "yes"})
    assert ids(page) == {str(hinted.pk)}
    assert f'<td class="field-hint">{hint}</td>' in page.content.decode()
    page = reverse("admin:registration_application_change", args=[hinted.pk])
    html = staff.get(page).content.decode()
    assert hint in html
    assert f"/admin/patrons/patron/{like_taro.pk}/change/" in html


def test_a_hint_is_gone_with_the_kana_it_was_about(client):
    imported_patron(
        name="多分　太朗",
        last_name_kana="オオイタ",
        first_name_kana="タロウ",
        birth_date=TARO.birth_date,
    )
    entered(client)
    assert Application.objects.hinted().count() == 1
    client.post(FORM, TYPED | {"first_name_kana": "ジロウ"})
    assert not Application.objects.hinted().exists()


def test_the_list_of_hints_is_read_by_its_index():
    registered(Client())
    with connection.cursor() as cursor:
        cursor.execute("REINDEX TABLE registration_application")
        cursor.execute("ANALYZE registration_application")
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "application_with_candidates" in Application.objects.hinted()[:50].explain()


def test_the_list_costs_the_same_however_many_applications_there_are(
    staff, django_assert_max_num_queries
):
    registered(Client())
    registered(Client(), HANAKO, first_name_kana="ハナコ")
    with django_assert_max_num_queries(12):
        staff.get(LIST)


def test_an_applicant_cannot_see_the_admin():
    applicant = Client()
    registered(applicant)
    assert applicant.get(LIST).status_code == 302


def test_the_list_neither_counts_everybody_nor_sorts_by_what_no_index_orders(staff):
    registered(Client())
    page = staff.get(LIST)
    assert page.context["cl"].result_count == 1
    statements = []

    def noting(execute, sql, *arguments):
        statements.append(sql)
        return execute(sql, *arguments)

    columns = page.context["cl"].list_display
    with connection.execute_wrapper(noting):
        staff.get(LIST, {"o": columns.index("progress")})
    listing = [sql for sql in statements if 'FROM "registration_application"' in sql]
    counts = [sql for sql in listing if "COUNT(" in sql]
    assert counts
    assert all("LIMIT" in sql for sql in counts)
    assert not [sql for sql in listing if 'ORDER BY "registration_application"."state"' in sql]


def test_what_came_to_nothing_is_no_noise(staff):
    kept = registered(Client())
    begun = services.keep_form_values(application_id=None, typed={"phone": "0970000009"})
    over = identify(Client(), replace(HANAKO, subject="over"))
    services.cancel(application_id=over.pk)
    every = {str(each.pk) for each in (kept, begun, over)}
    assert ids(staff.get(LIST)) == {str(kept.pk)}
    assert ids(staff.get(LIST, {"state": "all"})) == every
    assert ids(staff.get(LIST, {"state": "started"})) == {str(begun.pk)}
    assert ids(staff.get(LIST, {"state": "expired"})) == {str(over.pk)}
    assert ids(staff.get(LIST, {"q": "097-000-0009"})) == {str(begun.pk)}


def test_an_application_has_a_title_that_tells_nobody(staff):
    moment = datetime(2026, 11, 30, 1, 5, tzinfo=UTC)
    application = registered(Client())
    Application.objects.update(created_at=moment)
    title = "2026年11月30日 10:05 の申請（登録済み）"
    application.refresh_from_db()
    assert str(application) == title
    for name in ("change", "history"):
        page = reverse(f"admin:registration_application_{name}", args=[application.pk])
        html = staff.get(page).content.decode()
        shown = re.sub(r'(?:href|action|value)="[^"]*"', "", html)
        assert str(application.pk) not in shown
        assert title in shown
        assert title in html.partition('class="breadcrumbs"')[2].partition("</div>")[0]
    listed = staff.get("/admin/audit/record/").content.decode()
    link = reverse("admin:registration_application_change", args=[application.pk])
    assert f'<a href="{link}">{title}</a>' in listed
    case = case_for()
    assert str(case) == f"受付番号 {case.receipt}"
    assert len(str(Application(receipt_no=999_999_999))) < len(title)


def test_no_search_and_no_list_reads_every_application():
    registered(Client())
    with connection.cursor() as cursor:
        for table in ("registration_application", "patrons_patron"):
            cursor.execute(f"REINDEX TABLE {table}")
            cursor.execute(f"ANALYZE {table}")
        cursor.execute("SET LOCAL enable_seqscan = off")
    for typed in ("大分 太郎", "A-123", "0970000000", "oita@oita.co.jp", "S45.5.5"):
        plan = Application.objects.matching(typed).order_by()[:50].explain()
        assert "Seq Scan" not in plan, typed
    assert "application_worth_showing" in Application.objects.worth_showing()[:50].explain()
