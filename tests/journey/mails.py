"""The mails of a demo that several people share."""

from playwright.sync_api import Page

from tests.journey.demo import Demo
from tests.waiting import eventually


def open_mail(page: Page, demo: Demo, *, to: str, subject: str) -> None:
    """Open the newest mail of a subject to one address, as soon as the worker has sent it."""
    mails = page.get_by_role("listitem").filter(has_text=f"宛先 {to}")
    mail = mails.get_by_role("link", name=subject).first

    def has_come() -> bool:
        page.goto(demo.mail)
        return mail.count() > 0

    eventually(has_come, told=lambda: f"no mail to {to}:\n{page.locator('body').inner_text()}")
    mail.click()
