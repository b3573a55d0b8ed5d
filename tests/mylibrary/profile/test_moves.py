"""Name and address after a move: the card is read again, with the real client and simulator."""

import html
import re
from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.test import Client

from mylibrary.errors import PageStale
from mylibrary.profile.purpose import OUTSIDE
from mylibrary.profile.services import confirm_moved, moved_mark_of
from myna_auth.session import BROWSER_SECRET
from patrons.models import IdentityLink, Patron
from patrons.services import register_patron
from tests.identity import follow
from tests.mylibrary.conftest import BIRTH_DATE, CARD, CHOOSE, LOGIN, PASSWORD, PROFILE
from tests.mylibrary.mynumber.cards import NUMBER
from tests.patrons.people import applicant, imported_patron, residency, set_own_password
from tests.registration.support import hidden_fields

pytestmark = pytest.mark.django_db
MOVED = "/mylibrary/profile/moved/"
SUBJECT = "subject-of-taro"
TAROS_CARD = {
    "name": "大分　太郎",
    "birthdate": BIRTH_DATE,
    "address": "大分県大分市金池南1丁目5番1号",
    "subject": SUBJECT,
}
IN_BEPPU = {"address": "大分県別府市上野口町１番１５号"}
IN_FUKUOKA = {"address": "福岡県福岡市中央区天神１丁目８番１号"}
MARRIED = {"name": "由布　太郎"}
CONFIRM = "を確かめてください"


@pytest.fixture
def linked(member, identity_service) -> Patron:
    """大分 太郎, whose link is to the subject of TAROS_CARD."""
    IdentityLink.objects.update(issuer=identity_service.issuer, subject=SUBJECT)
    return member


@pytest.fixture
def read_card(at_home, linked, identity_service) -> Callable[..., str]:
    """Return `read_card(**card)`: press 更新する, read a card, return the page that follows."""

    def read(**card: str) -> str:
        answer = identity_service.sign_in(at_home, purpose="refresh", typed=TAROS_CARD | card)
        assert answer.status_code == 302
        return at_home.get(answer.url, follow=True).content.decode()

    return read


def row() -> dict[str, object]:
    return Patron.objects.values().get()


def heading(page: str) -> str:
    return html.unescape(re.search("<h1>(.*?)</h1>", page)[1])


def names(page: str) -> set[str]:
    """Return the names of the controls of the page's main form, hidden ones too."""
    form = page.partition(f'action="{MOVED}"')[2].partition("</form>")[0]
    return set(re.findall(r'name="(\w+)"', form)) - {"csrfmiddlewaretoken", "shown"}


def confirm(client: Client, typed: dict[str, str]) -> HttpResponse:
    """Open the page and send it with what was typed."""
    page = client.get(MOVED)
    assert page.status_code == 200
    return client.post(MOVED, hidden_fields(page.content.decode()) | typed)


def test_a_move_updates_the_address_and_asks_for_the_postal_code_only(at_home, read_card, linked):
    page = read_card(**IN_BEPPU)
    assert "住所を更新しました。" in page
    assert str(OUTSIDE) not in page
    assert heading(page) == f"郵便番号{CONFIRM}"
    assert names(page) == {"postal_code"}
    assert f'value="{linked.postal_code}"' in page
    assert IN_BEPPU["address"] in page
    assert row()["address"] == IN_BEPPU["address"]
    answer = confirm(at_home, {"postal_code": "８７４－０９０８", "last_name_kana": "ベツ"})
    assert answer.url == PROFILE
    assert (row()["postal_code"], row()["last_name_kana"]) == ("8740908", "オオイタ")
    page = at_home.get(PROFILE).content.decode()
    assert "利用者情報を変更しました" in page
    assert CONFIRM not in page
    assert at_home.get(MOVED).url == PROFILE


def test_another_name_asks_for_the_kana_only(at_home, read_card):
    page = read_card(**MARRIED)
    assert "名前を更新しました。" in page
    assert heading(page) == f"カタカナ{CONFIRM}"
    assert names(page) == {"last_name_kana", "first_name_kana"}
    for shown in ('value="オオイタ"', 'value="タロウ"', MARRIED["name"]):
        assert shown in page
    confirm(at_home, {"last_name_kana": "ゆふ", "first_name_kana": "ﾀﾛｳ", "postal_code": "1"})
    assert (row()["last_name_kana"], row()["first_name_kana"]) == ("ユフ", "タロウ")
    assert row()["postal_code"] == "8700000"


def test_both_are_asked_for_on_one_page_and_until_then_on_the_profile(at_home, read_card):
    page = read_card(**MARRIED, **IN_BEPPU)
    assert "名前と住所を更新しました。" in page
    assert heading(page) == f"郵便番号とカタカナ{CONFIRM}"
    assert names(page) == {"last_name_kana", "first_name_kana", "postal_code"}
    profile = at_home.get(PROFILE).content.decode()
    assert f"郵便番号とカタカナ{CONFIRM}" in profile
    assert f'href="{MOVED}"' in profile


def test_a_name_of_one_word_may_go_without_a_given_name(at_home, read_card):
    read_card(name="ＯＩＴＡ")
    assert confirm(at_home, {"last_name_kana": "オオイタ", "first_name_kana": ""}).url == PROFILE
    assert row()["first_name_kana"] == ""


def test_nothing_new_says_so_and_asks_for_nothing(read_card):
    page = read_card()
    assert "変更はありませんでした。" in page
    assert heading(page) == "利用者情報"
    assert CONFIRM not in page


def test_another_spelling_is_taken_over_and_asks_for_nothing(read_card):
    page = read_card(address="大分県大分市金池南１－５－１")
    assert "住所を更新しました。" in page
    assert heading(page) == "利用者情報"


def test_moving_out_is_told_and_takes_nothing_away(at_home, read_card, linked, log_in):
    page = read_card(**IN_FUKUOKA)
    assert f"住所を更新しました。{OUTSIDE}" in page
    assert row()["moved_out_at"] is not None
    # A postal code of anywhere will do.
    assert confirm(at_home, {"postal_code": "810-0001"}).url == PROFILE
    assert row()["postal_code"] == "8100001"
    assert linked.number in at_home.get(CARD).content.decode()
    assert log_in(Client(), linked.number).status_code == 302
    assert "住所を更新しました。" in read_card(**IN_BEPPU)
    assert row()["moved_out_at"] is None


def test_who_lives_abroad_has_no_postal_code(at_home, read_card):
    assert str(OUTSIDE) in read_card(address="国外転出")
    assert confirm(at_home, {"postal_code": ""}).url == PROFILE
    assert (row()["postal_code"], row()["postal_code_outdated"]) == ("", False)


def test_an_address_nobody_can_read_is_left_to_staff(read_card):
    page = read_card(address="？？？")
    assert "住所を更新しました。" in page
    assert str(OUTSIDE) not in page
    assert row()["moved_out_at"] is not None


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("8700000", "この郵便番号は大分県大分市のものです。マイナンバーカードの住所（別府市）の"),
        ("9999999", "この郵便番号は見つかりません"),
        ("", "郵便番号を入力してください"),
        ("87", "7桁の数字で"),
        ("874\x00908", "7桁の数字で"),
        ("😀" * 3000, "7桁の数字で"),
    ],
)
def test_a_postal_code_that_cannot_be_is_explained_and_kept(at_home, read_card, typed, told):
    read_card(**IN_BEPPU)
    page = confirm(at_home, {"postal_code": typed})
    assert page.status_code == 422
    text = page.content.decode()
    assert told in text
    assert f"<title>エラー：郵便番号{CONFIRM}" in text
    assert 'href="#id_postal_code"' in text
    assert row()["postal_code_outdated"] is True


def test_an_unknown_postal_code_of_the_area_is_asked_about_once(at_home, read_card):
    read_card(**IN_BEPPU)
    page = confirm(at_home, {"postal_code": "8749999"})
    assert page.status_code == 422
    text = page.content.decode()
    assert "この郵便番号でよろしいですか" in text
    again = {"postal_code": "8749999", "postal_code_confirmed": "8749999"}
    assert names(text) == set(again)
    assert confirm(at_home, again).url == PROFILE
    assert row()["postal_code"] == "8749999"


@pytest.mark.parametrize("typed", ["", "由布", "Yufu", "ア" * 101, "\x00"])
def test_kana_that_cannot_be_is_explained_and_kept(at_home, read_card, typed):
    read_card(**MARRIED)
    page = confirm(at_home, {"last_name_kana": typed, "first_name_kana": "タロウ"})
    assert page.status_code == 422
    assert 'id="id_last_name_kana_error"' in page.content.decode()
    assert row()["last_name_kana"] == "オオイタ"


KANA = {"last_name_kana": "ユフ", "first_name_kana": "タロウ"}


def test_kana_typed_for_an_earlier_name_are_not_stored_for_a_later_one(at_home, read_card):
    tab = hidden_fields(read_card(**MARRIED)) | KANA
    read_card(name="別府　太郎", **IN_BEPPU)
    answer = at_home.post(MOVED, tab)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "ほかの画面で内容が変わりました" in page
    assert "<title>エラー：郵便番号とカタカナ" in page
    for shown in ('value="ユフ"', 'value="8700000"', "別府　太郎", IN_BEPPU["address"]):
        assert shown in page
    assert (row()["last_name_kana"], row()["kana_outdated"]) == ("オオイタ", True)
    again = hidden_fields(page) | KANA | {"last_name_kana": "ベップ", "postal_code": "8740908"}
    assert at_home.post(MOVED, again).url == PROFILE
    assert (row()["last_name_kana"], row()["kana_outdated"]) == ("ベップ", False)


def test_an_error_does_not_hide_the_later_name(at_home, read_card):
    tab = hidden_fields(read_card(**MARRIED))
    read_card(name="別府　太郎")
    answer = at_home.post(MOVED, tab | KANA | {"last_name_kana": "x"})
    assert answer.status_code == 409
    assert "ほかの画面で内容が変わりました" in answer.content.decode()
    assert 'value="x"' in answer.content.decode()
    assert row()["kana_outdated"] is True


@pytest.mark.parametrize("sent", [{}, {"shown": "x"}, {"shown": "あ" * 20}, {"shown": "\x00"}])
def test_what_comes_from_no_page_is_not_stored_and_kept(at_home, read_card, sent):
    read_card(**MARRIED)
    answer = at_home.post(MOVED, KANA | sent)
    assert answer.status_code == 409
    assert 'value="ユフ"' in answer.content.decode()
    assert row()["last_name_kana"] == "オオイタ"


def test_a_tab_that_comes_second_is_told_what_is_stored(at_home, read_card):
    tab = hidden_fields(read_card(**MARRIED, **IN_BEPPU))
    mine = tab | KANA | {"postal_code": "874-0908"}
    assert at_home.post(MOVED, mine).url == PROFILE
    # The same once more, as by a second press, is no conflict.
    assert at_home.post(MOVED, mine).url == PROFILE
    answer = at_home.post(MOVED, mine | {"last_name_kana": "ゆふう", "postal_code": "87"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert heading(page) == "ほかの画面で登録が済んでいます"
    assert "今の登録：ユフ<br>入力した内容：ユフウ" in page
    assert "今の登録：8740908<br>入力した内容：87<" in page
    assert "タロウ" not in page
    assert (row()["last_name_kana"], row()["postal_code"]) == ("ユフ", "8740908")


def test_a_reading_at_that_moment_is_noticed_under_the_lock(at_home, read_card, linked):
    read_card(**MARRIED)
    patron = Patron.objects.get()
    mark = moved_mark_of(patron)
    Patron.objects.update(name="別府　太郎")
    with pytest.raises(PageStale):
        confirm_moved(patron=patron, mark=mark, kana=("ユフ", "タロウ"))
    assert row()["kana_outdated"] is True


def test_a_form_without_fields_is_no_fault(at_home, member):
    assert at_home.post(MOVED, {}).url == PROFILE


@pytest.mark.parametrize(
    ("card", "title"),
    [
        ({"subject": "somebody-else"}, "別の方のマイナンバーカードです"),
        ({"birthdate": "20130721"}, "窓口で確認が必要です"),
        ({"name": "大分\u2028太郎"}, "窓口で確認が必要です"),
    ],
)
def test_a_card_that_does_not_fit_changes_nothing(read_card, card, title):
    before = row()
    page = read_card(**IN_BEPPU, **card)
    assert title in page
    assert "名前と住所は、変わっていません" in page
    assert row() == before


def test_a_name_somebody_else_has_goes_to_the_counter_without_saying_why(read_card, linked):
    imported_patron(name="由布太郎", birth_date=BIRTH_DATE, number="C777")
    before = Patron.objects.values().get(pk=linked.pk)
    page = read_card(**MARRIED, **IN_BEPPU)
    assert "窓口で確認が必要です" in page
    assert "C777" not in page
    assert Patron.objects.values().get(pk=linked.pk) == before


def test_who_is_not_linked_is_told_how_to(read_card):
    IdentityLink.objects.all().delete()
    page = read_card(**IN_BEPPU)
    assert "マイナンバーカードと連携していません" in page
    assert "マイナンバーカードで更新する</button>" not in page
    assert "マイナンバーカードと連携する</button>" in page
    assert row()["address"] != IN_BEPPU["address"]


def test_only_who_is_logged_in_can_start(client, linked):
    answer = client.post("/myna/start/", {"purpose": "refresh"})
    assert answer.url == PROFILE
    assert client.get(answer.url).url == f"{LOGIN}?next={PROFILE}"


def test_a_first_login_chooses_a_password_before_the_card_is_read(client, patron, log_in):
    assert log_in(client, patron.number, BIRTH_DATE).url == CHOOSE
    answer = client.post("/myna/start/", {"purpose": "refresh"})
    assert answer.url.startswith(CHOOSE)


@pytest.mark.parametrize(
    ("how", "title"),
    [("cancel", "本人確認を中止しました"), ("unavailable", "本人確認サービスに接続できません")],
)
def test_an_interruption_comes_back_to_the_profile(at_home, linked, identity_service, how, title):
    address = identity_service.start(at_home, {"purpose": "refresh"})
    if how == "cancel":
        back = identity_service.cancel(address)
    else:
        back = identity_service.approve(address, typed=TAROS_CARD, fault="token_500")
    answer = follow(at_home, back)
    assert answer.url.startswith(PROFILE)
    assert title in at_home.get(answer.url).content.decode()


def test_an_answer_that_arrives_twice_updates_once(at_home, linked, identity_service):
    address = identity_service.start(at_home, {"purpose": "refresh"})
    back = identity_service.approve(address, typed=TAROS_CARD | IN_BEPPU)
    assert follow(at_home, back).url == MOVED
    stored = row()
    assert follow(at_home, back).url == MOVED
    assert row() == stored


@pytest.mark.parametrize("session", ["emptied", "kept"])
def test_somebody_else_who_logged_in_meanwhile_is_not_touched(
    at_home, linked, identity_service, log_in, session
):
    sister = register_patron(
        applicant=applicant(subject="sister", name="大分　花子", first_name_kana="ハナコ"),
        residency=residency(),
    )
    set_own_password(patron=sister, password=PASSWORD)
    before = list(Patron.objects.order_by("pk").values())
    address = identity_service.start(at_home, {"purpose": "refresh"})
    secret = at_home.session[BROWSER_SECRET]
    back = identity_service.approve(address, typed=TAROS_CARD | IN_BEPPU)
    # The login empties the session of another user; a browser that brings the secret back all the
    # same is stopped by the user's own mark in the request.
    log_in(at_home, sister.number)
    if session == "kept":
        stored = at_home.session
        stored[BROWSER_SECRET] = secret
        stored.save()
    answer = follow(at_home, back)
    if session == "kept":
        assert "本人確認ができませんでした" in at_home.get(answer.url).content.decode()
    else:
        assert answer.status_code == 400
    assert list(Patron.objects.order_by("pk").values()) == before


def test_the_answer_cannot_be_spent_on_another_purpose(at_home, linked, identity_service):
    address = identity_service.start(at_home, {"purpose": "refresh"})
    back = identity_service.approve(address, typed=TAROS_CARD | IN_BEPPU)
    answer = follow(at_home, f"{back}&purpose=registration")
    assert answer.url == MOVED
    other = identity_service.start(at_home, {"purpose": "registration"})
    back = identity_service.approve(other, typed=TAROS_CARD | IN_FUKUOKA)
    assert follow(at_home, f"{back}&purpose=refresh").url == NUMBER
    assert row()["address"] == IN_BEPPU["address"]


def test_nothing_of_the_card_is_kept_in_the_session(at_home, read_card):
    read_card(**MARRIED, **IN_BEPPU)
    stored = str(dict(at_home.session))
    for personal in (*MARRIED.values(), *IN_BEPPU.values(), SUBJECT):
        assert personal not in stored


def test_the_page_is_the_patrons_own(at_home, read_card, django_assert_max_num_queries):
    read_card(**MARRIED, **IN_BEPPU)
    with django_assert_max_num_queries(3):
        page = at_home.get(MOVED)
    assert "no-store" in page.headers["Cache-Control"]
    stranger = Client()
    assert stranger.get(MOVED).url == f"{LOGIN}?next={MOVED}"
    assert stranger.post(MOVED, {"postal_code": "8740908"}).url.startswith(LOGIN)
    staff = get_user_model().objects.create_superuser("librarian", PASSWORD)
    stranger.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    assert stranger.get(MOVED).status_code == 403
    assert stranger.post("/myna/start/", {"purpose": "refresh"}).url == PROFILE
    assert row()["postal_code"] == "8700000"


@pytest.mark.parametrize("query", ["refused=", "refused=nonsense", "refused=%00", "interrupted=x"])
def test_no_query_of_the_profile_is_an_error(at_home, query):
    assert at_home.get(f"{PROFILE}?{query}").status_code == 200
