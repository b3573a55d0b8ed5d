"""The pages around a review in Chromium: the applicant's at every width, the staff's at a desk."""

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import expect

from patrons.models import Patron
from registration.application.models import Application
from registration.review.models import Verdict
from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.registration.review.reviews import (
    CASES,
    NAMESAKE,
    NAMESAKES_ENTRY,
    NOTE,
    case_page,
    decided,
    first_taro,
    mailed_key,
    namesake_case,
)
from tests.registration.support import FORM, RESULT, TYPED, identify

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = "/registration/review/?key="


@pytest.fixture
def staff(transactional_db):
    return get_user_model().objects.create_superuser("librarian", "only for this test")


def look(page):
    assert_accessible(page)
    assert_no_sideways_scroll(page)


@pytest.mark.parametrize("verdict", [Verdict.OTHER_PERSON, Verdict.SAME_PERSON])
def test_the_links_page_leads_to_the_card(site, page_at_width, staff, verdict):
    page, case = page_at_width, namesake_case()
    same = {"patron_id": Patron.objects.get().pk, "replace_card": True}
    decided(case, verdict, staff, **(same if verdict == Verdict.SAME_PERSON else {}))
    address = site + PAGE + mailed_key()
    page.goto(address)
    look(page)
    page.locator("main .btn--primary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("マイナンバーカードで本人確認")
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("このリンクは使えません")
    look(page)


def test_the_receipt_is_read_at_every_width(site, page_at_width, transactional_db):
    page, browser = page_at_width, Client()
    first_taro()
    identify(browser, NAMESAKE)
    browser.post(FORM, TYPED | NAMESAKES_ENTRY)
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": browser.cookies[name].value, "url": site}])
    page.goto(site + RESULT)
    receipt = Application.objects.in_review().get().receipt
    expect(page.get_by_text(f"受付番号{receipt}。")).to_be_visible()
    look(page)
    page.reload()
    expect(page.get_by_text(f"受付番号{receipt}。")).to_be_visible()


@pytest.mark.parametrize("with_axe", [False, True])
def test_staff_decide_with_the_keyboard_at_a_desk(site, open_page, staff, with_axe):
    # The admin's style sheets make axe-core write inline styles, which the policy refuses.
    page = open_page(1280, bypass_csp=with_axe)
    case = namesake_case()
    login = Client()
    login.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": login.cookies[name].value, "url": site}])
    page.goto(site + "/admin/")
    page.get_by_role("link", name="登録申請の確認待ち 1件").click()
    page.wait_for_url(site + CASES)
    page.locator("#result_list tbody a").click()
    page.wait_for_url(site + case_page(case))
    assert_no_sideways_scroll(page)
    expect(page.locator(".review__differs").first).to_contain_text("違う")
    edge = page.locator(".review__differs").first.evaluate(
        "e => getComputedStyle(e).borderTopWidth"
    )
    assert edge == "3px"
    if with_axe:
        assert_accessible(page)
    page.get_by_label("メモ").fill(NOTE)
    page.get_by_role("button", name="別人（登録してよい）").press("Enter")
    expect(page.get_by_text("まだ決定していません")).to_be_visible()
    if with_axe:
        assert_accessible(page)
    page.get_by_role("button", name="この内容で決定する").press("Enter")
    expect(page.get_by_text("登録してよいと決定しました")).to_be_visible()
    assert case.decisions.get().note == NOTE
