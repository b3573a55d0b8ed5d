"""The staff's menu: the library's name, and only what staff work with."""

import pytest
from django.contrib.auth import get_user_model


@pytest.fixture
def staff_client(client, db):
    client.force_login(
        get_user_model().objects.create_superuser("librarian", "mizuumi-icho-42"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def test_the_menu_is_japanese_and_shows_what_staff_work_with(staff_client):
    page = staff_client.get("/admin/").content.decode()
    assert "大分市民図書館 管理画面" in page
    for entry in ("利用者</a>", "申請</a>"):
        assert entry in page
    assert "Procrastinate" not in page
    assert "icons/favicon.svg" in page


@pytest.mark.parametrize(
    "path", ["patrons/patron/", "registration/application/", "notices/notice/", "accounts/user/"]
)
def test_every_list_opens(staff_client, path):
    assert staff_client.get(f"/admin/{path}").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "registration/application/?created_at__gte=%00",
        "patrons/patron/?contact_method__exact=%00",
        "patrons/patron/?registered_at__year=99999999999999999999",
        "notices/notice/?created_at__gte=%00",
        "r/1/1/",
    ],
)
def test_an_address_with_an_impossible_value_is_answered_calmly(staff_client, address):
    response = staff_client.get(f"/admin/{address}")
    assert response.status_code in (302, 400, 404)
