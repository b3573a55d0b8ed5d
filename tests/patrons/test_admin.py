from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.urls import reverse

from patrons.models import IdentityLink, Patron
from tests.patrons.people import imported_patron
from tests.registration.support import hidden_fields
from tests.staff.pages import save

LIST = "/admin/patrons/patron/"
MOVED = {
    "verified_at": datetime(2026, 3, 10, tzinfo=UTC),
    "moved_out_at": datetime(2026, 3, 9, tzinfo=UTC),
}


@pytest.fixture
def staff(db) -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.create_superuser(username="staff", password="not used here"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def page_of(patron: Patron) -> str:
    return reverse("admin:patrons_patron_change", args=[patron.pk])


def numbers(client: Client, **query: str) -> set[str]:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return {patron.number for patron in response.context["cl"].result_list}


@pytest.mark.parametrize(
    "query",
    [
        "大分　太郎",
        "大分太郎",
        "大分",
        "太",
        "オオイタ",
        "おおいた",
        "ｵｵｲﾀ ﾀﾛｳ",
        "オーイタ",
        "0970000000",
        "097-000-0000",
        "０９７－０００",
        "oita@oita.co.jp",
        "OITA@",
        "ｏｉｔａ＠",
    ],
)
def test_a_patron_is_found_however_it_is_typed(staff, patron, query):
    imported_patron()
    if query == "太":
        assert numbers(staff, q=query) == set()
    else:
        assert numbers(staff, q=query) == {patron.number}


def test_a_patron_is_found_by_number_in_either_width(staff, patron):
    imported_patron()
    wide = patron.number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert numbers(staff, q=patron.number) == numbers(staff, q=wide) == {patron.number}


@pytest.mark.parametrize("query", ["A{}A", "a{}d", "*{}*", "\u202d{}\u202c", "\t{}"])
def test_a_patron_is_found_by_a_number_as_a_reader_sends_it(staff, patron, query):
    imported_patron(number=f"1{patron.number}")
    if "\u202d" in query or "\t" in query:
        assert patron.number in numbers(staff, q=query.format(patron.number))
    else:
        assert numbers(staff, q=query.format(patron.number)) == {patron.number}


def test_whose_number_has_such_letters_is_found_alone(staff, patron):
    spelling = f"A{patron.number}B"
    imported_patron(number=spelling)
    assert numbers(staff, q=spelling) == {spelling}


@pytest.mark.parametrize(
    "query", ["+81977211111", "+81 977-21-1111", "+81(0)977211111", "+8197721", "\u202d0977211111"]
)
def test_a_patron_is_found_by_an_international_phone_number(staff, patron, query):
    other = imported_patron(phone="0977211111")
    assert numbers(staff, q=query) == {other.number}


@pytest.mark.parametrize(
    "query",
    [
        "19700505",
        "1970/5/5",
        "１９７０－０５－０５",
        "1970年5月5日",
        "昭和45年5月5日",
        "S45.5.5",
        "s45/5/5",
        "昭和四十五年五月五日",
        "一九七〇年五月五日",
    ],
)
def test_patrons_are_found_by_their_birth_date(staff, patron, query):
    found = {
        imported_patron(name="別府 一", birth_date="19700505").number,
        imported_patron(
            name="別府 二", birth_date="19700505", withdrawn_at=MOVED["verified_at"]
        ).number,
    }
    imported_patron(name="別府 三", birth_date="19700506")
    assert numbers(staff, q=query) == found


def test_the_list_says_how_to_search_by_a_birth_date(staff, patron):
    assert "昭和45年5月5日" in staff.get(LIST).content.decode()


@pytest.mark.parametrize("query", ["%", "_", "'; --", "😀", "　", "\\", "a" * 3000])
def test_no_search_whatever_is_an_error(staff, patron, query):
    assert staff.get(LIST, {"q": query}).status_code == 200


def test_patrons_are_filtered(staff, patron):
    other = imported_patron(
        municipality_code="44202",
        contact_method="phone",
        registered_at=datetime(2020, 1, 1, tzinfo=UTC),
        exported_at=datetime(2999, 1, 1, tzinfo=UTC),
        reflected_at=datetime(2020, 1, 2, tzinfo=UTC),
    )
    changed = imported_patron(
        name="臼杵 次郎",
        exported_at=datetime(2020, 1, 1, tzinfo=UTC),
        reflected_at=datetime(2020, 1, 2, tzinfo=UTC),
        withdrawn_at=datetime(2021, 1, 1, tzinfo=UTC),
    )
    assert numbers(staff, municipality="44202") == {other.number}
    assert numbers(staff, municipality="other") == {changed.number}
    assert numbers(staff, contact_method__exact="phone") == {other.number}
    assert numbers(staff, registered_via__exact="online") == {patron.number}
    assert numbers(staff, registered_at__year="2020") == {other.number}
    assert numbers(staff, exported="no") == {patron.number}
    assert numbers(staff, exported="changed") == {changed.number}
    assert numbers(staff, exported="yes") == {other.number}
    assert numbers(staff, withdrawn="yes") == {changed.number}
    assert numbers(staff, withdrawn="no") == {patron.number, other.number}


def test_who_moved_out_is_one_click_away_and_marked(staff, patron):
    imported_patron()
    moved = imported_patron(name="臼杵 次郎", municipality_code="44203", **MOVED)
    page = staff.get(LIST).content.decode()
    assert '<a href="?moved_out=yes">対象地域外へ転出</a>' in page
    assert page.count("（転出）") == 1
    assert "中津市（転出）" in page
    assert numbers(staff, moved_out="yes") == {moved.number}
    assert len(numbers(staff)) == len(numbers(staff, moved_out="nonsense")) == 3


def test_the_record_shows_reading_move_and_what_the_patron_has_to_confirm(staff, patron):
    Patron.objects.update(**MOVED, postal_code_outdated=True)
    page = staff.get(page_of(patron)).content.decode()
    for label, value in (
        ("カードの読み取り日時", "2026年3月10日 9時00分"),
        ("対象地域外への転出がわかった日時", "2026年3月9日 9時00分"),
        ("郵便番号", "8700000（住所が変わりました。本人の確認待ちです）"),
    ):
        after = page.partition(label)[2][:300]
        assert value in after, label
    assert "名前が変わりました" not in page


def test_whom_no_mail_reaches_is_one_click_away_and_marked(staff, patron):
    imported_patron()
    Patron.objects.filter(pk=patron.pk).update(bounced_email=patron.email)
    moved_on = imported_patron(name="臼杵 次郎", bounced_email="former@example.jp")
    page = staff.get(LIST).content.decode()
    assert '<a href="?mail=bounced">メール不達</a>' in page
    assert numbers(staff, mail="bounced") == {patron.number}
    assert len(numbers(staff)) == len(numbers(staff, mail="nonsense")) == 3
    assert "メール不達（" in staff.get(page_of(patron)).content.decode()
    assert "メール不達" not in staff.get(page_of(moved_on)).content.decode()


def test_the_list_is_labelled_in_japanese_and_shows_what_staff_need(staff, patron):
    page = staff.get(LIST).content.decode()
    for text in ("利用者番号", "貸出システム", "未反映", "2013/7/20", "大分市", "電子申請"):
        assert text in page


def test_the_list_takes_the_same_queries_for_one_patron_and_for_many(staff, patron):
    def queries() -> int:
        with connection.execute_wrapper(count := Counter()):
            staff.get(LIST)
        return count.queries

    one = queries()
    for number in range(20):
        imported_patron(name=f"別府 {number}")
    assert queries() == one


def test_staff_are_told_on_the_first_page_and_above_the_list_that_few_numbers_are_left(staff):
    told = "利用者番号の残りが、1,000件になりました"
    assert "利用者番号の残り <strong>" in staff.get("/admin/").content.decode()
    assert "利用者番号の残り" not in staff.get(LIST).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE patrons_patron_number_seq RESTART WITH 899000")
    first = staff.get("/admin/").content.decode()
    assert "利用者番号の残り <strong>1,000件</strong>" in first
    assert f'<p class="waits__detail">{told}' in first
    shown = staff.get(LIST).content.decode()
    assert f'<li class="warning">{told}' in shown
    assert shown.count("利用者番号の残り") == 1


class Counter:
    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, execute, sql, params, many, context):
        self.queries += 1
        return execute(sql, params, many, context)


def test_verified_data_cannot_be_changed(staff, patron):
    page = staff.get(page_of(patron)).content.decode()
    for name in ("name", "birth_date", "address", "number", "postal_code", "last_name_kana"):
        assert f'name="{name}"' not in page
    staff.post(
        page_of(patron),
        {
            "name": "別人",
            "birth_date": "19000101",
            "address": "東京都",
            "phone": patron.phone,
            "email": patron.email,
            "contact_method": "none",
        }
        | management_form(),
    )
    patron.refresh_from_db()
    assert (patron.name, patron.birth_date) == ("大分　太郎", "20130720")


def management_form() -> dict[str, str]:
    return {"identity_links-TOTAL_FORMS": "0", "identity_links-INITIAL_FORMS": "0"}


def test_contact_data_is_corrected_as_an_applicant_s_is(staff, patron):
    before = patron.updated_at
    typed = {"phone": "０９０－1234－5678", "email": "new@example.jp", "contact_method": "phone"}
    shown = {"shown": hidden_fields(staff.get(page_of(patron)).content.decode())["shown"]}
    response = staff.post(page_of(patron), typed | shown | management_form())
    assert response.status_code == 302
    patron.refresh_from_db()
    assert (patron.phone, patron.email) == ("09012345678", "new@example.jp")
    assert patron.contact_method == "phone"
    assert patron.updated_at > before
    entry = LogEntry.objects.get()
    assert entry.user.username == "staff"
    assert "大分" not in entry.object_repr


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("phone", "12", "0から始まる"),
        ("phone", "090-1234-567", "数字が足りません。市外局番から"),
        ("phone", "097-534-000O", "「O」は使えません"),
        ("email", "a@b,jp", "「.」（ピリオド）"),
        ("phone", "", "入力してください"),
        ("email", "a@b.jp,c@d.jp", "1つだけ"),
        ("email", "a@b", "@の後ろ"),
    ],
)
def test_contact_data_that_cannot_be_is_told(staff, patron, field, typed, message):
    data = {"phone": patron.phone, "email": patron.email, "contact_method": "none", field: typed}
    response = save(staff, page_of(patron), data | management_form())
    assert response.status_code == 200
    assert message in response.content.decode()
    patron.refresh_from_db()
    assert (patron.phone, patron.email) == ("0970000000", "oita@oita.co.jp")


def test_an_identity_is_not_shown_in_full(staff, patron):
    IdentityLink.objects.update(subject="abcd-secret-subject")
    page = staff.get(page_of(patron)).content.decode()
    assert "abcd…" in page
    assert "secret-subject" not in page


def test_patrons_are_neither_added_nor_deleted_here(staff, patron):
    assert staff.get(f"{LIST}add/").status_code == 403
    delete = reverse("admin:patrons_patron_delete", args=[patron.pk])
    assert staff.post(delete, {"post": "yes"}).status_code == 403
    assert "delete_selected" not in staff.get(LIST).content.decode()
    assert Patron.objects.filter(pk=patron.pk).exists()


def test_the_change_page_takes_few_queries(staff, patron, django_assert_max_num_queries):
    patron.registered_at -= timedelta(days=1)
    # The first page of a process reads its content type.
    staff.get(page_of(patron))
    with django_assert_max_num_queries(8):
        staff.get(page_of(patron))
