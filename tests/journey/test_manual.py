"""The service's manual, step by step, in a browser, on the service as `make run` starts it."""

import re
from datetime import date

import zxingcpp
from PIL import Image
from playwright.sync_api import Page, Response, expect

from tests.journey.demo import Demo
from tests.journey.mails import open_mail

EXAMPLE = {
    "name": "大分 太郎",
    "kana": "オオイタ タロウ",
    "birth_date": "20130720",
    "address": "大分県大分市金池南1丁目5番1号",
    "postal_code": "8700000",
    "phone": "0970000000",
    "email": "oita@oita.co.jp",
}
HANAKO = {
    "name": "大分　花子",
    "kana": "オオイタ ハナコ",
    "birth_date": "19850402",
    "address": "大分県大分市金池南1丁目5番1号",
    "postal_code": "8700026",
    "phone": "0970000001",
    "email": "hanako@oita.co.jp",
}
REGISTERED = "利用者登録の申請を受け付けました"
PASSWORD = "みずうみ-いちょう-42"


def test_the_manual_runs_through_unchanged(fresh_demo: Demo, open_page, tmp_path):
    number, shown = walk(fresh_demo, open_page, tmp_path, 1280, EXAMPLE)
    assert number == "8000028"
    for value in ("大分 太郎", "オオイタ タロウ", "2013/7/20", EXAMPLE["address"], "8700000"):
        assert value in shown


def test_the_manual_runs_through_on_a_phone(demo: Demo, open_page, tmp_path):
    walk(demo, open_page, tmp_path, 375, HANAKO)


def walk(demo: Demo, open_page, tmp_path, width: int, person: dict[str, str]) -> tuple[str, str]:
    """Go the manual's steps; return the number that was given, and what the confirmation showed."""
    born = date.fromisoformat(person["birth_date"])
    page: Page = open_page(width)
    answers: list[Response] = []
    page.on("response", lambda response: answers.append(response))

    # ① the library's home page
    page.goto(demo.site + "/")
    page.get_by_role("link", name="利用者（図書等貸出券）登録の電子申請").click()

    # ② before the card is read
    expect(page).to_have_title("利用者情報登録｜大分市民図書館")
    expect(page.get_by_role("link", name="マニュアルはこちらからご覧になれます")).to_be_visible()
    page.get_by_role("button", name="マイナンバー読込").click()

    # ③ ④ ⑤ the identity service, another origin
    assert page.url.startswith(demo.simulator)
    expect(page.get_by_role("heading", name="マイナンバーカードで本人確認")).to_be_visible()
    expect(page.get_by_role("button", name="本人確認をキャンセルする")).to_be_visible()
    expect(page.get_by_role("heading", name="をダウンロード")).to_be_visible()
    page.get_by_role("button", name="マイナンバーカードで本人確認").click()
    page.get_by_role("radio", name=" ".join(person["name"].split())).check()
    page.get_by_role("button", name="この内容で本人確認を完了する").click()

    # ⑥ back, with name, date of birth and address filled in and locked
    assert page.url == demo.site + "/registration/"
    for label, value in [
        ("名前", person["name"]),
        ("生年月日", f"{born.year} 年 {born.month}月 {born.day}日"),
        ("住所", person["address"]),
    ]:
        row = page.get_by_role("group", name=label, exact=True)
        expect(row).to_contain_text(value)
        expect(row.locator("input, select, textarea")).to_have_count(0)

    # ⑦ the rest
    for label, kana in zip(("姓", "名"), person["kana"].split(), strict=True):
        page.get_by_label(label, exact=True).fill(kana)
    page.get_by_label("郵便番号（半角）").fill(person["postal_code"])
    page.get_by_label("電話番号（半角）").fill(person["phone"])
    page.get_by_label("E-mail（半角）").fill(person["email"])
    page.get_by_label("予約連絡方法").select_option(label="不要")
    assert page.locator(".btns button:visible").all_inner_texts()[-3:] == [
        "リセット",
        "キャンセル",
        "登録",
    ]
    page.get_by_role("button", name="登録", exact=True).last.click()

    # ⑧ confirmation
    expect(page.get_by_role("heading", name="利用者情報登録確認")).to_be_visible()
    shown = page.locator("main dl").inner_text()
    for value in (person | {"birth_date": f"{born.year}/{born.month}/{born.day}"}).values():
        assert value in shown
    assert "不要" in shown
    page.get_by_role("button", name="登録", exact=True).click()

    # ⑨ result
    expect(page.get_by_role("heading", name="利用者情報登録結果")).to_be_visible()
    main = page.locator("main")
    number = re.search(r"『(\d{7})』", main.inner_text())[1]
    for sentence in (
        "利用者情報登録申し込みを受付ました。",
        f"利用者番号は『{number}』です。",
        "Myライブラリのログインパスワードは西暦から始まる生年月日8ケタです。"
        "（例）1992年4月2日生まれの方→19920402",
        "※利用者番号、ログインパスワードはMyライブラリログイン時に必要となりますので、"
        "お忘れにならないよう必ずお控えください。",
        "メールが届かない場合は、下のMyライブラリからメールアドレスの確認、修正をお願いします。",
    ):
        expect(main).to_contain_text(sentence)
    page.reload()
    expect(main).to_contain_text(f"『{number}』")

    # the mail
    mail = open_page(width)
    open_mail(mail, demo, to=person["email"], subject=REGISTERED)
    expect(mail.locator("body")).to_contain_text(f"利用者番号（貸出券の番号）：{number}")

    # ⑩ My Library: first login, a password of one's own
    page.get_by_role("link", name="Myライブラリログイン").click()
    expect(page.get_by_role("heading", name="認証")).to_be_visible()
    expect(page.get_by_label("貸出券の番号")).to_have_value(number)
    page.get_by_label("パスワード", exact=True).fill(person["birth_date"])
    page.get_by_role("button", name="ログイン", exact=True).last.click()
    expect(page.get_by_role("heading", name="新しいパスワードを決めてください")).to_be_visible()
    for field in page.locator("input[autocomplete=new-password]").all():
        field.fill(PASSWORD)
    page.get_by_role("button", name="変更する").last.click()

    # the mail did not come: correct the address
    corrected = f"new-{person['email']}"
    page.goto(demo.site + "/mylibrary/")
    page.get_by_role("link", name="利用者情報変更").click()
    page.get_by_label("E-mail（半角）").fill(corrected)
    page.get_by_role("button", name="変更", exact=False).last.click()
    open_mail(mail, demo, to=corrected, subject=REGISTERED)

    # the card
    page.goto(demo.site + "/mylibrary/")
    page.get_by_role("link", name="利用者カード").click()
    expect(page.locator("main")).to_contain_text("貸出券の番号")
    expect(page.locator("main")).to_contain_text(number)
    expect(page.locator("main")).to_contain_text("延滞資料 (0冊)")
    expect(page.locator("main")).to_contain_text("利用可能な資料 (0冊)")
    assert re.search(r"\d{4}年\d\d月\d\d日 \d{1,2}時\d\d分", page.locator("main").inner_text())
    assert read_barcode(page, tmp_path / "card.png") == f"A{number}A"

    # the birth date opens nothing any more
    page.get_by_role("button", name="ログアウト").first.click()
    page.goto(demo.site + "/mylibrary/login/")
    page.get_by_label("貸出券の番号").fill(number)
    page.get_by_label("パスワード", exact=True).fill(person["birth_date"])
    page.get_by_role("button", name="ログイン", exact=True).last.click()
    expect(page.get_by_role("heading", name="認証")).to_be_visible()

    # staff see the registration
    staff = open_page(1280)
    staff.goto(demo.site + "/admin/")
    staff.locator("[name=username]").fill(demo.staff)
    staff.locator("[name=password]").fill(demo.password)
    staff.locator("[type=submit]").click()
    staff.goto(f"{demo.site}/admin/patrons/patron/?q={number}")
    expect(staff.locator("#result_list")).to_contain_text(person["name"])

    assert [f"{r.status} {r.url}" for r in answers if r.status >= 400 and r.status != 422] == []
    assert_nothing_personal(demo.logs(), person)
    return number, shown


def read_barcode(page: Page, path) -> str:
    page.screenshot(path=path)
    with Image.open(path) as image:
        found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.Codabar)
    assert len(found) == 1
    return found[0].text


def assert_nothing_personal(logs: str, person: dict[str, str]) -> None:
    assert "/registration/confirm/" in logs, "the access log was not looked at"
    names = [person[key].split()[1] for key in ("name", "kana")]
    secrets = [*person.values(), *names, PASSWORD, "金池南"]
    # JSON may escape what is not ASCII.
    escaped = [value.encode("unicode_escape").decode() for value in secrets]
    assert [value for value in (*secrets, *escaped) if value in logs] == []
