"""From the registration to the card by somebody who reads no Japanese."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.browser import WIDTHS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CARD = "foreign"  # NGUYEN VAN AN MICHAEL, born on 15 June 1999
PASSWORD = "rain-on-Beppu-77"
# Text in Japanese that is not marked as such, attributes that are read out, and marks for nothing.
UNMARKED = """() => {
  const japanese = /[\\u3000-\\u30ff\\u3400-\\u9fff\\uff01-\\uff9f]/;
  const main = document.querySelector("main");
  const found = [];
  const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { textContent, parentElement } = texts.currentNode;
    if (japanese.test(textContent) && !parentElement.closest("[lang=ja]")) found.push(textContent);
  }
  for (const one of main.querySelectorAll("[aria-label], [title], [alt], [placeholder]"))
    for (const name of ["aria-label", "title", "alt", "placeholder"])
      if (japanese.test(one.getAttribute(name) ?? "")) found.push(one.getAttribute(name));
  for (const one of main.querySelectorAll("[lang=ja]"))
    if (!japanese.test(one.textContent)) found.push(one.outerHTML);
  return found;
}"""


def test_from_the_registration_to_the_card_in_english(site, open_page):
    page: Page = open_page(min(WIDTHS), locale="en-GB")

    def look(heading: str) -> None:
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        assert page.evaluate(UNMARKED) == [], page.url
        assert not re.search("[、。：（）「」『』【】]", page.locator("main").inner_text())
        assert_no_sideways_scroll(page)

    def press(name: str) -> None:
        page.locator("main").get_by_role("button", name=name, exact=True).click()

    page.goto(site + "/")
    look("Find a book")
    assert_accessible(page)
    page.get_by_role("link", name="How to register online, step by step").click()
    look("How to register online")
    page.locator("main").get_by_role("link", name="Register online for a library card").click()
    look("Register for a library card")
    press("Read My Number Card")

    # The Digital Agency's pages are in Japanese; the guide shows the words on these buttons.
    page.get_by_role("button", name="マイナンバーカードで本人確認").click()
    page.locator(f'input[name="card"][value="{CARD}"]').check()
    page.get_by_role("button", name="この内容で本人確認を完了する").click()

    look("Register for a library card")
    expect(page.get_by_role("group", name="Birth date")).to_contain_text("15 June 1999")
    page.get_by_label("Family name").fill("Nguyen")
    page.get_by_label("Postal code").fill("1000001")
    press("Register")
    look("Register for a library card")
    expect(page.locator("#error-summary")).to_contain_text("There are 5 mistakes")
    expect(page.locator("#error-summary")).to_contain_text("Nguyen → グエン")
    assert_accessible(page)
    page.get_by_label("Family name").fill("グエン")
    page.get_by_label("Given name").fill("ヴァン アン マイケル")
    page.get_by_label("Postal code").fill("8700021")
    page.get_by_label("Telephone number").fill("09012345678")
    page.get_by_label("Email").fill("an@example.com")
    press("Register")

    look("Check your registration")
    rows = page.locator("main dl").inner_text()
    assert "Family name グエン, given name ヴァン アン マイケル" in rows
    assert "15 June 1999" in rows
    assert_accessible(page)
    page.get_by_role("button", name="日本語").click()
    expect(page.locator("main dl")).to_contain_text("グエン ヴァン アン マイケル")
    page.get_by_role("button", name="English").click()
    press("Register")

    look("Registration result")
    number = re.search(r"\d{7,}", page.locator(".number").inner_text())[0]
    assert_accessible(page)
    page.get_by_role("link", name="Log in to My Library").click()
    look("Log in")
    page.get_by_label("Password", exact=True).fill("19990615")
    press("Log in")
    look("Choose a new password")
    for field in page.locator("input[autocomplete=new-password]").all():
        field.fill(PASSWORD)
    press("Change")
    look("My Library")
    page.locator("main").get_by_role("link", name="Your details", exact=True).click()
    look("Your details")
    page.goto(site + "/mylibrary/privacy/")
    look("Your data")
    page.goto(site + "/mylibrary/profile/")
    page.locator("main").get_by_role("link", name="Library card").click()
    look("Library card")
    expect(page.locator(".pcard")).to_contain_text(number)
    assert re.search(r"\d{2} [A-Z][a-z]+ \d{4}, \d{1,2}:\d{2}", page.locator(".pcard").inner_text())
    assert_accessible(page)


def test_one_name_needs_no_given_name_and_the_page_says_so(site, open_page):
    page: Page = open_page(375, locale="en-GB")
    page.goto(site + "/registration/")
    page.get_by_role("button", name="Read My Number Card").click()
    page.get_by_role("button", name="マイナンバーカードで本人確認").click()
    page.locator("details summary").click()
    for name, value in {
        "name": "MARIA",
        "birthdate": "19900505",
        "address": "大分県別府市上野口町１番１５号",
    }.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="この内容で本人確認を完了する").click()
    hint = page.locator("#id_last_name_kana_helptext")
    expect(hint).to_contain_text("type it under “Family name” and leave “Given name” empty")
    page.get_by_label("Family name").fill("まりあ")
    page.get_by_label("Postal code").fill("8740908")
    page.get_by_label("Telephone number").fill("0977000000")
    page.get_by_label("Email").fill("maria@example.com")
    page.locator("main").get_by_role("button", name="Register", exact=True).click()
    expect(page.locator("main dl")).to_contain_text("マリア (one name only)")
