"""The first login on a phone that did not register: by mail, QR code, and the counter's slip."""

import re

import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.journey.demo import Demo
from tests.journey.mails import open_mail
from tests.journey.test_manual import PASSWORD, read_barcode

EMAIL = "gaku@yufu.example.jp"
SUBJECT = "ログインの確認の数字"
BIRTH_DATE = "19881123"
CHOOSE_ONE = "新しいパスワードを決めてください"


def test_a_phone_logs_in_by_each_of_three_ways(demo: Demo, open_page, tmp_path):
    pc = open_page(1280)
    register(pc, demo)
    number = re.search(r"『(\d+)』", pc.locator("main").inner_text())[1]
    expect(pc.locator("main")).to_contain_text("「noreply@localhost」からのメール")

    # The QR code of the result: no digits are asked for.
    link = scan(pc, tmp_path / "result.png")
    assert link.startswith(f"{demo.site}/mylibrary/login/phone/?key=")
    scanned = open_page(375)
    scanned.goto(link)
    assert scanned.url == f"{demo.site}/mylibrary/login/"
    expect(scanned.get_by_label("貸出券の番号")).to_have_value(number)
    log_in(scanned, number)
    expect(scanned.get_by_role("heading", name=CHOOSE_ONE)).to_be_visible()

    # It works once; another phone gets digits by mail.
    mailed = open_page(375)
    mailed.goto(link)
    log_in(mailed, number)
    digits = digits_from_mail(open_page(1280), demo)
    confirm(mailed, digits)
    expect(mailed.get_by_role("heading", name=CHOOSE_ONE)).to_be_visible()

    # At the counter: a slip with ten digits, and on to the card.
    slip = issue_slip(open_page(1280), demo, number)
    phone = open_page(375)
    phone.goto(f"{demo.site}/mylibrary/login/")
    log_in(phone, number)
    confirm(phone, slip)
    for field in phone.locator("input[autocomplete=new-password]").all():
        field.fill(PASSWORD)
    phone.get_by_role("button", name="変更する").last.click()
    phone.goto(f"{demo.site}/mylibrary/card/")
    assert read_barcode(phone, tmp_path / "card.png") == f"A{number}A"

    # The birth date opens nothing any more, where it was enough a moment ago.
    pc.get_by_role("link", name="Myライブラリログイン").click()
    log_in(pc, number)
    expect(pc.get_by_role("heading", name="ログインできないときの3つの方法")).to_be_visible()

    logs = demo.logs()
    assert "/mylibrary/login/phone/" in logs
    for secret in (link.partition("key=")[2], *(code.replace(" ", "") for code in (digits, slip))):
        assert secret not in logs


def register(page: Page, demo: Demo) -> None:
    """Register somebody and stay on the result."""
    page.goto(demo.site + "/registration/")
    page.get_by_role("button", name="マイナンバー読込").click()
    page.get_by_role("button", name="マイナンバーカードで本人確認").click()
    page.get_by_role("radio", name="由布 岳").check()
    page.get_by_role("button", name="この内容で本人確認を完了する").click()
    page.get_by_label("姓", exact=True).fill("ユフ")
    page.get_by_label("名", exact=True).fill("ガク")
    page.get_by_label("郵便番号（半角）").fill("8795413")
    page.get_by_label("電話番号（半角）").fill("0975820001")
    page.get_by_label("E-mail（半角）").fill(EMAIL)
    page.get_by_label("予約連絡方法").select_option(label="不要")
    page.get_by_role("button", name="登録", exact=True).last.click()
    page.get_by_role("button", name="登録", exact=True).click()
    expect(page.get_by_role("heading", name="利用者情報登録結果")).to_be_visible()


def scan(page: Page, path) -> str:
    """Return what a phone reads from the page."""
    page.locator(".phone__qr").screenshot(path=path)
    with Image.open(path) as image:
        (found,) = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return found.text


def log_in(page: Page, number: str) -> None:
    """Type number and birth date."""
    page.get_by_label("貸出券の番号").fill(number)
    page.get_by_label("パスワード", exact=True).fill(BIRTH_DATE)
    page.get_by_role("button", name="ログイン", exact=True).last.click()


def confirm(page: Page, code: str) -> None:
    """Type a code."""
    expect(page.get_by_role("heading", name="ご本人の確認")).to_be_visible()
    page.get_by_label("6ケタの数字").fill(code)
    page.get_by_role("button", name="確かめる", exact=True).click()


def digits_from_mail(page: Page, demo: Demo) -> str:
    """Return the digits of the mail."""
    open_mail(page, demo, to=EMAIL, subject=SUBJECT)
    return re.search(r"\b\d{3} \d{3}\b", page.locator("body").inner_text())[0]


def issue_slip(page: Page, demo: Demo, number: str) -> str:
    """Issue 初回ログイン用紙 as staff do, and return its digits."""
    page.goto(demo.site + "/admin/")
    page.locator("[name=username]").fill(demo.staff)
    page.locator("[name=password]").fill(demo.password)
    page.locator("[type=submit]").click()
    page.goto(f"{demo.site}/admin/patrons/patron/?q={number}")
    page.locator("#result_list tbody th a").click()
    page.get_by_role("link", name="初回ログイン用紙").click()
    page.get_by_role("button", name="発行する").click()
    expect(page.get_by_text(f"{number}", exact=True)).to_be_visible()
    return page.locator(".slip__code dd").inner_text()
