"""A resident's way through the site, as the benchmark walks it."""

from bench.browser import Browser, Page, UnexpectedPage

KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワ"
PASSWORD = "correct horse battery staple"
DAYS = 28
MONTHS = 12


class Resident:
    """One invented person with a browser of their own; `number` tells them apart."""

    def __init__(self, site: str, number: int) -> None:
        self.site = site
        # Of an address of their own: one may not begin so many registrations.
        self.browser = Browser(f"198.18.{number // 250 % 250}.{number % 250 + 1}")
        first, second, third = (number // len(KANA) ** power % len(KANA) for power in range(3))
        self.kana = KANA[first] + KANA[second] + KANA[third]
        year, day = 1940 + number // (DAYS * MONTHS) % 70, number % (DAYS * MONTHS)
        self.birth_date = f"{year}{1 + day // DAYS:02d}{1 + day % DAYS:02d}"
        self.typed = {
            "last_name_kana": "オオイタ",
            "first_name_kana": self.kana,
            "postal_code": "8700839",
            "phone": f"097{number % 10_000_000:07d}",
            "email": f"resident{number}@example.jp",
            "contact_method": "email",
        }
        self.card = {
            "card": "typed",
            "name": f"大分　{self.kana}",
            "birthdate": self.birth_date,
            "address": "大分県大分市金池南１丁目５番１号",
        }
        self.page: Page | None = None
        self.patron_number = ""

    def identify(self) -> None:
        """Open the form, go to the identity service and come back to the form."""
        self.page = self.browser.press(self.cards(), "この内容で本人確認を完了する", **self.card)

    def cards(self) -> Page:
        """Open the form and go to the identity service's page of cards."""
        form = self.browser.get(f"{self.site}/registration/")
        login = self.browser.press(form, "マイナンバー読込")
        return self.browser.press(login, "マイナンバーカードで本人確認")

    def enter(self) -> None:
        """Send the form, and arrive at the confirmation."""
        self.page = self.browser.press(self.page, "登録", **self.typed)

    def confirm(self) -> None:
        """Confirm, and arrive at the result."""
        self.page = self.browser.press(self.page, "登録")
        self.read_number()

    def read_number(self) -> None:
        """Find the patron number on the result page."""
        _, found, rest = self.page.text.partition("『")
        if not found:
            raise UnexpectedPage(f"{self.page.status} {self.page.url}: no patron number")
        self.patron_number = "".join(filter(str.isdigit, rest.partition("』")[0]))

    def choose_password(self) -> None:
        """Log in with the birth date and replace it by a password."""
        login = self.browser.get(f"{self.site}/mylibrary/login/")
        page = self.browser.press(
            login, "ログイン", username=self.patron_number, password=self.birth_date
        )
        self.page = self.browser.press(
            page, "変更する", new_password=PASSWORD, new_password_again=PASSWORD
        )
