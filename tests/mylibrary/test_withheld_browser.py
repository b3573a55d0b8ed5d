"""情報秘匿 in a real browser: the patron's profile, and the page on which staff open it."""

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page, expect

from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.mylibrary.conftest import LOGIN, PASSWORD, PROFILE
from tests.withheld import NOTE, withheld

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_profile_at_every_width(page_at_width: Page, site, member):
    withheld(member)
    page = page_at_width
    page.goto(f"{site}{LOGIN}?next={PROFILE}")
    page.get_by_label("貸出券の番号").fill(member.number)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()
    page.wait_for_url(site + PROFILE)
    expect(page.get_by_role("heading", name="情報秘匿のお申し出を受けています")).to_be_visible()
    expect(page.locator("dd", has_text="情報秘匿")).to_have_count(4)
    expect(page.get_by_role("button", name="マイナンバーカード")).to_have_count(0)
    assert_accessible(page)
    assert_no_sideways_scroll(page)


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("with_axe", [False, True])
def test_staff_set_it_and_open_it_for_a_reason(site, open_page, member, width, with_axe):
    # The admin's style sheets make axe-core write inline styles, which the policy refuses.
    page = open_page(width, bypass_csp=with_axe)
    staff = get_user_model().objects.create_superuser("librarian", "only for this test")
    login = Client()
    login.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": login.cookies[name].value, "url": site}])
    page.goto(f"{site}/admin/patrons/patron/{member.pk}/change/")
    page.get_by_role("link", name="情報秘匿").click()
    page.get_by_label("メモ（必須）").fill(NOTE)
    page.get_by_role("button", name="設定する").click()
    expect(page.get_by_text("情報秘匿を設定しました。")).to_be_visible()
    page.get_by_role("link", name=member.number).click()
    expect(page.get_by_label("電話番号")).to_have_value("")
    expect(page.locator(".field-phone .help")).to_contain_text("入力しなければ、今の登録のまま")
    page.get_by_role("link", name="情報秘匿").click()
    page.get_by_role("button", name="記録して表示する").click()
    expect(page.get_by_role("alert")).to_contain_text("表示する理由を選んでください。")
    page.get_by_label("本人への連絡").check()
    page.get_by_label("メモ（必須）").first.fill("予約の連絡のため")
    if with_axe:
        assert_accessible(page)
    page.get_by_role("button", name="記録して表示する").click()
    expect(page.get_by_role("cell", name=member.phone)).to_be_visible()
    if with_axe:
        assert_accessible(page)
    page.goto(page.url)
    expect(page.get_by_text(member.phone)).to_have_count(0)
