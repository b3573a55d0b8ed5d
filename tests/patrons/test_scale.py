"""What must stay fast with a million patrons: statements counted, plans read, pages bounded."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from psycopg import sql

from mylibrary.profile.admin import to_be_called
from notices.models import Notice
from patrons import residency
from patrons.matching import candidates
from patrons.matching.candidates import MOST_BORN
from patrons.matching.duplicates import MOST_SHARING, Applicant
from patrons.models import Patron
from patrons.services import find_duplicates
from staff.large_list import MOST_LISTED
from tests import many as many_rows
from tests.patrons.people import applicant, imported_patron

LIST = "/admin/patrons/patron/"
PER_PAGE = 50
PLANS = ["force_custom_plan", "force_generic_plan"]


@pytest.fixture
def staff(db) -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.create_superuser(username="staff", password="not used here"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


@pytest.fixture
def only_indexes(fresh_indexes) -> None:
    """Let the planner read the whole table only where nothing else is possible."""
    imported_patron()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE patrons_patron, notices_notice")
        cursor.execute("SET LOCAL enable_seqscan = off")


def many(count: int, **values: object) -> None:
    patrons = (
        Patron(
            number=f"M{n:06}",
            name=f"大分 {n}",
            name_key=f"大分{n}",
            kana_key=f"オオイタ{n}",
            birth_date=f"19{n % 100:02}0101",
            registered_via="import",
            **values,
        )
        for n in range(count)
    )
    many_rows.store(patrons)


@pytest.fixture
def many_patrons(fresh_indexes) -> None:
    """Store so many that an index is worth while, some of whom share phone, mail and address."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO patrons_patron (number, name, name_key, last_name_kana, first_name_kana,"
            " kana_key, birth_date, postal_code, address, address_key, phone, email, email_key,"
            " contact_method, municipality_code, residency_reason, residency_rule_version,"
            " registered_via, registered_at, updated_at, namesake_no)"
            " SELECT 'N' || n, '大分 ' || n, '大分' || n, 'オオイタ', 'タロウ', 'オウイタ' || n,"
            " to_char(date '1935-01-01' + n % 29000, 'YYYYMMDD'), '8700000', '大分市' || n / 3,"
            " '大分市' || n / 3, '097' || n / 2, '', 'a' || n / 2 || '@example.jp', 'none', '', '',"
            " '', 'import', now(), now(), 0 FROM generate_series(1, 20000) n"
        )
        cursor.execute(
            "INSERT INTO patrons_identitylink (issuer, subject, patron_id, linked_at)"
            " SELECT 'https://issuer.test', 'subject of ' || id, id, now() FROM patrons_patron"
        )
        cursor.execute("ANALYZE patrons_patron, patrons_identitylink")


@pytest.mark.parametrize("stored", [False, True])
def test_the_decision_takes_at_most_three_statements(db, django_assert_max_num_queries, stored):
    many(300)
    person = applicant()
    if stored:
        imported_patron(name=person.name, birth_date=person.birth_date)
    with django_assert_max_num_queries(1):
        decision = residency.decide(person.address)
        residency.check_postal_code(person.postal_code, decision.municipality_code)
        assert bool(find_duplicates(applicant=person).patron_ids) is stored


def plan_of(person: Applicant, plan_cache_mode: str) -> str:
    """Return the plan of a prepared statement, which is soon planned for any values."""
    statement, parameters = candidates.statement(person)
    names = sorted(parameters)
    numbered = statement % {name: f"${place}" for place, name in enumerate(names, 1)}
    with connection.cursor() as cursor:
        # Nothing is forbidden here.
        cursor.execute(f"SET LOCAL plan_cache_mode = {plan_cache_mode}")
        cursor.execute(f"PREPARE looked_for AS {numbered}")
        values = sql.SQL(", ").join(sql.Literal(parameters[name]) for name in names)
        cursor.execute(sql.SQL("EXPLAIN EXECUTE looked_for ({})").format(values))
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("DEALLOCATE looked_for")
    return plan


def test_the_duplicates_are_found_by_indexes(many_patrons):
    for plan_cache_mode, birth_date in product(PLANS, ["20130720", "20130700", "00000000"]):
        plan = plan_of(applicant(birth_date=birth_date), plan_cache_mode)
        assert "Seq Scan" not in plan, plan
        indexes = {"patron_phone", "patron_email_key", "patron_address_key"}
        indexes |= {"identity_link_one_per_subject", "patrons_patron_pkey"}
        if birth_date == "20130720":
            indexes.add("patron_birth_date")
        if birth_date != "20130720" or plan_cache_mode == "force_generic_plan":
            # For so few births near one day the planner may as well read those born then.
            indexes |= {"patron_one_per_name_and_birth_date", "patron_kana_birth_date"}
        assert {index for index in indexes if f" {index} " not in plan} == set(), plan


def test_nobody_is_looked_for_by_a_contact_that_is_empty(many_patrons):
    Patron.objects.filter(number__endswith="7").update(email_key="", phone="")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE patrons_patron")
    for plan_cache_mode in PLANS:
        assert "Seq Scan" not in plan_of(applicant(phone="", email=""), plan_cache_mode)


def test_what_hundreds_share_does_not_make_the_candidates_many(db):
    many(400, phone="0970000000", email_key="oita@oita.co.jp", address_key="大分市金池南1-5-1")
    Patron.objects.update(birth_date="20130720")
    found = candidates.possible_duplicates(applicant())
    assert MOST_BORN <= len(found) <= MOST_BORN + 3 * MOST_SHARING


SEARCHED = {
    "8000028": {"number", "phone"},
    "0028": {"number", "phone"},
    "097-000-0000": {"number", "phone"},
    "oita@oita.co.jp": {"name_key", "email_key", "number"},
    "Smith John": {"name_key", "email_key", "number"},
    "大分　太郎": {"name_key", "kana_key"},
    "大分": {"name_key", "kana_key"},
    "おおいたたろう": {"name_key", "kana_key"},
    "佐": {"name_key", "kana_key"},
}
FOUND_BY = {
    "19700505": "patron_birth_date",
    "昭和45年5月5日": "patron_birth_date",
    "A8000028A": "patrons_patron_number",
}


def test_what_is_searched_is_read_by_its_index(only_indexes):
    for query, columns in SEARCHED.items():
        plan = Patron.objects.matching(query).explain()
        assert "Seq Scan" not in plan
        assert "Bitmap Index Scan on patron_search" in plan
        conditions = [line for line in plan.splitlines() if "Index Cond" in line]
        searched = {"number", "name_key", "kana_key", "phone", "email_key"}
        assert columns == {name for name in searched if f"({name})" in "".join(conditions)}, plan
    for query, index in FOUND_BY.items():
        plan = Patron.objects.matching(query).explain()
        assert "Seq Scan" not in plan
        assert f"Bitmap Index Scan on {index}" in plan


FILTERED = [
    (Patron.objects.filter(municipality_code="44207"), "patron_municipality"),
    (Patron.objects.outside_the_area(), "patron_municipality"),
    (Patron.objects.filter(registered_via="counter"), "patron_registered_via"),
    (Patron.objects.moved_out(), "patron_moved_out_at"),
    (Patron.objects.withdrawn(), "patron_withdrawn_at"),
    (Patron.objects.email_bounced(), "patron_bounced_email"),
    (Patron.objects.email_unconfirmed(), "patron_email_unconfirmed"),
    (Patron.objects.never_logged_in(), "patron_never_logged_in"),
    (Patron.objects.registered_online_on(date(2026, 5, 1)), "patron_registered_via"),
    (Patron.objects.withheld(), "patron_withheld_at"),
    (Patron.objects.not_exported(), "patron_to_be_exported"),
    (Patron.objects.changed_since_reflected(), "patron_to_be_exported"),
    (Patron.objects.not_reflected(), "patron_not_reflected"),
]


def test_what_a_filter_leaves_is_counted_by_an_index(only_indexes):
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'patrons_patron'")
        names = {name for (name,) in cursor.fetchall() if name.startswith("patron_")}
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for filtered, index in FILTERED:
        # Few rows cost little in whatever index: let the others be none.
        with transaction.atomic(), connection.cursor() as cursor:
            for name in names - {index}:
                cursor.execute(f'DROP INDEX "{name}"')
            plan = filtered.explain()
            transaction.set_rollback(True)
        assert "Seq Scan" not in plan
        assert index in plan


def test_pairs_lead_to_their_patrons(only_indexes):
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE patrons_possibledouble")
    found = Patron.objects.possible_doubles()
    for rows in (found, found.order_by("-registered_at", "-pk")[:PER_PAGE]):
        assert "Seq Scan" not in rows.explain()


def test_who_is_to_be_called_is_found_by_messages_that_did_not_reach_them(only_indexes):
    plan = Notice.objects.not_reached(timezone.now()).explain()
    assert "Index Scan using notice_not_reached" in plan
    assert "Seq Scan" not in to_be_called(Patron.objects.all()).explain()


def test_whose_first_login_ends_soon_is_found_by_its_index(fresh_indexes):
    now = timezone.now()
    many(2000, email="m@example.jp")
    window = Patron.objects.filter(number__gte="M001000")
    window.update(first_login_until=now + timedelta(days=60))
    window.filter(number__gte="M001990").update(first_login_until=now + timedelta(days=9))
    window.filter(number__gte="M001995").update(first_login_reminded_at=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE patrons_patron")
    ending = Patron.objects.first_login_ending(now, now + timedelta(days=14))[:PER_PAGE]
    assert len(ending) == 5
    plan = ending.explain()
    assert "Index Scan using patron_first_login_ending" in plan
    assert "Seq Scan on patrons_patron" not in plan


def test_the_few_whom_no_mail_reaches_are_found_among_many(fresh_indexes):
    many(2000, email="same@example.jp")
    bounced = Patron.objects.filter(number__in=["M000007", "M000008"])
    bounced.update(bounced_email="same@example.jp")
    Patron.objects.filter(number="M000009").update(bounced_email="former@example.jp")
    with connection.cursor() as cursor:
        # Nothing is forbidden here: the planner knows how few they are.
        cursor.execute("ANALYZE patrons_patron")
    listed = Patron.objects.email_bounced().order_by("-registered_at", "-pk")
    assert set(listed.values_list("number", flat=True)) == {"M000007", "M000008"}
    for plan in (listed.explain(), listed[:PER_PAGE].explain()):
        assert "patron_bounced_email" in plan
        assert "Sort" not in plan


def test_the_list_s_orders_need_no_sorting_of_everybody(fresh_indexes):
    many(2000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE patrons_patron")
    for order in ("-registered_at", "number", "kana_key"):
        ordered = Patron.objects.order_by(order, "-registered_at", "-pk")[:PER_PAGE]
        assert " Sort  (" not in ordered.explain().replace("Incremental Sort", "")


def test_no_address_sorts_everybody_by_a_column_without_an_index(staff):
    imported_patron(name="あ")
    imported_patron(name="ん", registered_at=datetime(2020, 1, 1, tzinfo=UTC))
    columns = staff.get(LIST).context["cl"].list_display

    def listed(column: str) -> list[str]:
        page = staff.get(LIST, {"o": f"-{columns.index(column)}"})
        return [patron.name for patron in page.context["cl"].result_list]

    assert listed("reached") == ["あ", "ん"]
    assert listed("number") == ["ん", "あ"]


def test_a_search_is_planned_for_what_is_searched(staff):
    # A prepared statement is planned for any values from its sixth time on.
    modes = []

    def looking(execute, sql, params, several, context):
        result = execute(sql, params, several, context)
        if "LIKE" in sql:
            with connection.connection.cursor() as cursor:
                modes.append(cursor.execute("SHOW plan_cache_mode").fetchone()[0])
        return result

    with connection.execute_wrapper(looking):
        staff.get(LIST, {"q": "大分"})
    assert set(modes) == {"force_custom_plan"}
    assert len(modes) == 2


LISTED: list[dict[str, str]] = [
    {},
    {"q": "大分"},
    {"municipality": "other"},
    {"exported": "no"},
    {"moved_out": "yes"},
    {"mail": "bounced"},
    {"withheld": "yes"},
    {"mail": "unconfirmed"},
    {"login": "never"},
    {"registered": "today_online"},
    {"double": "possible"},
    {"call": "today"},
    {"q": "A-1"},
    {"registered_at__year": "2026"},
    {"p": "2"},
]


def test_the_list_takes_as_many_statements_for_many(staff):
    def statements() -> list[int]:
        counts = []

        def counting(execute, sql, params, several, context):
            counts[-1] += 1
            return execute(sql, params, several, context)

        for query in LISTED:
            counts.append(0)
            with connection.execute_wrapper(counting):
                assert staff.get(LIST, query, follow=True).status_code == 200
        return counts

    registered = datetime(2026, 5, 1, tzinfo=UTC)
    many(2 * PER_PAGE, registered_at=registered, moved_out_at=registered)
    few = statements()
    Patron.objects.all().delete()
    many(6 * PER_PAGE, registered_at=registered, moved_out_at=registered)
    with connection.cursor() as cursor:
        # As the server does by itself outside a transaction: planned for few, a list takes seconds.
        cursor.execute("ANALYZE patrons_patron")
    assert statements() == few


def test_more_matches_than_the_list_holds_are_not_counted(staff):
    many(MOST_LISTED)
    page = staff.get(LIST)
    assert page.context["cl"].result_count == MOST_LISTED
    assert "該当する行が多い" not in page.content.decode()
    imported_patron()
    page = staff.get(LIST)
    assert page.context["cl"].result_count == MOST_LISTED
    assert "並び順の先頭から1000件までを表示しています" in page.content.decode()
    last = MOST_LISTED // PER_PAGE
    assert len(staff.get(LIST, {"p": last}).context["cl"].result_list) == PER_PAGE
    assert staff.get(LIST, {"p": last + 1}).status_code == 302


def links(page) -> list[str]:
    nav = page.content.decode().partition('<nav class="toplinks">')[2].partition("</nav>")[0]
    return re.findall(">([^<]+)</a>", nav)


def test_years_months_and_days_lead_to_the_patrons_of_then(staff):
    assert links(staff.get(LIST)) == []
    for name, moment in (
        ("大分 一", datetime(2024, 11, 29, 3, tzinfo=UTC)),
        ("大分 二", datetime(2026, 1, 31, 16, tzinfo=UTC)),  # 1 February in Japan
        ("大分 三", datetime(2026, 2, 3, 3, tzinfo=UTC)),
    ):
        imported_patron(name=name, registered_at=moment)
    assert links(staff.get(LIST)) == ["2024", "2025", "2026"]
    year = {"registered_at__year": "2026"}
    page = staff.get(LIST, year)
    assert links(page) == ["&lsaquo; いつでも", "2026年1月", "2026年2月"]
    month = year | {"registered_at__month": "2"}
    page = staff.get(LIST, month)
    assert links(page)[1:] == ["2月1日", "2月2日", "2月3日"]
    assert len(page.context["cl"].result_list) == 2
    page = staff.get(LIST, month | {"registered_at__day": "1"})
    assert [patron.name for patron in page.context["cl"].result_list] == ["大分 二"]
    assert "q=%E4%BA%8C" in staff.get(LIST, year | {"q": "二"}).content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"registered_at__year": "x"},
        {"registered_at__year": "2026", "registered_at__month": "13"},
        {"registered_at__year": "2026", "registered_at__month": "2", "registered_at__day": "30"},
        {"registered_at__month": "2"},
        {"registered_at__year": "99999"},
        {"registered_at__year": "0"},
    ],
)
def test_an_impossible_date_is_answered_calmly(staff, query):
    imported_patron()
    assert staff.get(LIST, query).status_code in (200, 302, 400)
