"""Walking the journey in a real browser, as a person would."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.registration.support import FORM, TYPED


@dataclass
class Walk:
    """One person's way; `look` is called with a short name on each page of ours."""

    page: Page
    site: str
    look: Callable[[str], None]

    def open_form(self) -> None:
        self.page.goto(self.site + FORM)
        self.expect_heading("利用者情報登録", "form")

    def go_to_the_identity_service(self) -> None:
        self.page.get_by_role("button", name="マイナンバー読込").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(
            "マイナンバーカードで本人確認"
        )

    def read_card(self, card: str = "oita-taro") -> None:
        self.go_to_the_identity_service()
        self.page.get_by_role("button", name="マイナンバーカードで本人確認").click()
        self.page.locator(f'input[name="card"][value="{card}"]').check()
        self.page.get_by_role("button", name="この内容で本人確認を完了する").click()
        self.page.wait_for_url(self.site + FORM)
        self.expect_heading("利用者情報登録", "identified")

    def fill(self, **typed: str) -> None:
        for name, value in (TYPED | typed).items():
            control = self.page.locator(f'[name="{name}"]')
            if name == "contact_method":
                control.select_option(value)
            else:
                control.fill(value)

    def press(self, name: str) -> None:
        self.page.locator("main").get_by_role("button", name=name, exact=True).click()

    def expect_heading(self, text: str, name: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)
        self.look(name)
