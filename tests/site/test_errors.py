"""What a person reads when something is wrong, whoever's fault it is."""

import pytest
from django.test import Client

pytestmark = pytest.mark.urls("tests.site.urls")


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


def assert_calm_page(response, status: int, sentence: str) -> None:
    page = response.content.decode()
    assert response.status_code == status
    assert "<title>エラー：" in page
    assert sentence in page
    assert '<a class="btn" href="/">ホームページへ</a>' in page
    assert response["Cache-Control"] == "no-store"


def test_unknown_address(visitor):
    assert_calm_page(visitor.get("/nowhere/"), 404, "お探しのページがありません")


def test_refused(visitor):
    assert_calm_page(visitor.get("/refused/"), 403, "もう一度ログインしてください")


def test_our_own_fault(visitor):
    response = visitor.get("/broken/")
    assert_calm_page(response, 500, "お客様の操作のせいではありません")
    assert "Retry-After" not in response


def test_form_without_its_token_says_that_nothing_was_registered():
    response = Client(enforce_csrf_checks=True).post("/read-post/", {"phone": "0970000000"})
    assert_calm_page(response, 403, "今の操作では、何も登録、変更されていません。")


@pytest.mark.parametrize(
    "body",
    [{"name": "あ" * 300_000}, {f"field{number}": "" for number in range(201)}],
    ids=["too large", "too many fields"],
)
def test_oversized_form(visitor, body):
    assert_calm_page(visitor.post("/read-post/", body), 400, "受け付けられませんでした")


def test_address_of_a_button_opened_directly(visitor):
    response = visitor.get("/button-only/")
    assert_calm_page(response, 405, "この画面は直接開けません")
    assert response["Allow"] == "POST"


def test_unknown_host_name(visitor):
    response = visitor.get("/", headers={"host": "elsewhere.example"})
    assert_calm_page(response, 400, "受け付けられませんでした")


@pytest.mark.django_db
@pytest.mark.parametrize("pooled", ["pooled", "direct"])
def test_unreachable_database_is_an_outage_not_a_fault(visitor, pooled):
    response = visitor.get(f"/database-down/{pooled}/")
    assert_calm_page(response, 503, "1分ほど待ってから")
    assert response["Retry-After"] == "60"
