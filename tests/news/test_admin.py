"""News and recommendations as staff write them."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from news import latest
from news.models import News, Recommendation
from outages import known
from staff.uploads import MOST_BYTES
from tests.catalog.shelves import a_record
from tests.news.photographs import of_a_telephone, photograph
from tests.news.test_pictures import bomb
from tests.staff.pages import save
from tests.waiting import eventually

pytestmark = pytest.mark.django_db
NEWS = "/admin/news/news/"
RECOMMENDATIONS = "/admin/news/recommendation/"
SENT_AGAIN = "もう一度選んでください"


def fields(begins: float | None = None, ends: float | None = None, **typed) -> dict:
    sent = {"title": " 秋の\n展示 ", "text": "2階です。", "alternative": ""}
    sent |= {"title_en": "", "text_en": ""}
    for name, hours in (("begins_at", begins), ("ends_at", ends)):
        moment = timezone.localtime(timezone.now() + timedelta(hours=hours or 0))
        sent[f"{name}_0"] = "" if hours is None else f"{moment:%Y-%m-%d}"
        sent[f"{name}_1"] = "" if hours is None else f"{moment:%H:%M:%S}"
    return sent | typed


def file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("../写真.jpg", content, "image/jpeg")


def works(*typed: tuple[str, str], first: int = 0) -> dict:
    sent = {"works-TOTAL_FORMS": len(typed), "works-INITIAL_FORMS": first}
    for row, (record, sentence) in enumerate(typed):
        sent |= {
            f"works-{row}-record": record,
            f"works-{row}-sentence": sentence,
            f"works-{row}-order": row,
        }
    return sent


def recorded() -> list[tuple[str, list[str]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT event, fields FROM audit_record WHERE event IN"
            " ('staff_added', 'staff_changed') ORDER BY id"
        )
        return cursor.fetchall()


def test_news_with_a_picture_are_a_draft_until_they_have_a_beginning(clerk, client):
    sent = fields(title_en=" Autumn\nshow ", text_en="\u200b", alternative="展示の写真")
    sent["new_picture"] = file(of_a_telephone())
    assert clerk.post(f"{NEWS}add/", sent).status_code == 302
    item = News.objects.get()
    assert (item.title, item.text, item.begins_at) == ("秋の 展示", "2階です。", None)
    assert (item.title_en, item.text_en) == ("Autumn show", "")
    assert (item.picture_width, item.picture_height, item.alternative) == (750, 1200, "展示の写真")
    assert b"Telephone" not in bytes(item.picture)
    assert "下書き" in clerk.get(NEWS).content.decode()
    assert client.get(f"/news/{item.pk}/").status_code == 404
    change, written = (
        f"{NEWS}{item.pk}/change/",
        fields(begins=-1, title="秋の 展示", title_en="Autumn show"),
    )
    assert save(clerk, change, written | {"alternative": "展示の写真"}).status_code == 302
    assert client.get(item.picture_address).status_code == 200
    assert save(clerk, change, written | {"without_picture": "on"}).status_code == 302
    item = News.objects.get()
    assert (item.picture, item.picture_digest, item.picture_address) == (None, "", "")
    assert recorded() == [
        ("staff_added", ["alternative", "new_picture", "text", "text_en", "title", "title_en"]),
        ("staff_changed", ["begins_at"]),
        ("staff_changed", ["alternative", "without_picture"]),
    ]


@pytest.mark.django_db(transaction=True)
def test_the_home_page_learns_at_once_what_is_written_and_what_is_deleted(
    clerk, client, monkeypatch
):
    def is_shown() -> bool:
        return "秋の 展示" in client.get("/").content.decode()

    latest.read()
    # Nothing grows old in this test.
    monkeypatch.setattr(known, "FRESH_SECONDS", 3600)
    assert not is_shown()
    assert clerk.post(f"{NEWS}add/", fields(begins=-1)).status_code == 302
    eventually(is_shown)
    delete = f"{NEWS}{News.objects.get().pk}/delete/"
    assert save(clerk, delete, {"post": "yes"}).status_code == 302
    eventually(lambda: not is_shown())


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"new_picture": photograph()}, "写真・絵の説明を入力してください。"),
        ({"new_picture": photograph(), "alternative": "\u200b"}, "説明を入力してください。"),
        ({"new_picture": photograph(), "alternative": "絵", "title": ""}, SENT_AGAIN),
        ({"new_picture": b"x", "alternative": "絵"}, "写真・絵として読めません。JPEG、PNG、"),
        ({"new_picture": b"", "alternative": "絵"}, "写真・絵として読めません。JPEG、PNG、"),
        (
            {"new_picture": bomb(60_000, 60_000), "alternative": "絵"},
            "2500万画素（JPEGは2億画素）",
        ),
        ({"new_picture": b"x" * (MOST_BYTES + 1), "alternative": "絵"}, "20MB、2500万画素"),
        ({"title": "\u3000\u200b"}, "題名を入力してください。"),
        ({"text": "\n"}, "本文を入力してください。"),
        (fields(begins=2, ends=1), "公開の終了は、開始より後の日時を入力してください。"),
    ],
)
def test_what_cannot_be_meant_is_answered_with_an_instruction(clerk, sent, says):
    if "new_picture" in sent:
        sent = sent | {"new_picture": file(sent["new_picture"])}
    answer = clerk.post(f"{NEWS}add/", fields() | sent)
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert sent.get("text", "2階です。") in answer.content.decode()
    assert not News.objects.exists()


def test_the_page_is_seen_before_it_is_public_by_who_may_view_it(staff_who, client, write):
    item = write("まだです", 2, picture=True)
    preview, picture = (f"{NEWS}{item.pk}/{page}/" for page in ("preview", "picture"))
    viewer = staff_who("view_news")
    page = viewer.get(preview)
    assert "職員だけが見られる確認の画面です（今の状態：公開予定）" in page.content.decode()
    assert f'src="{picture}"' in page.content.decode()
    assert "noindex" in page.content.decode()
    assert viewer.get(picture).content[8:12] == b"WEBP"
    stranger = staff_who("view_recommendation")
    for address in (preview, picture):
        assert "no-store" in viewer.get(address)["Cache-Control"]
        assert stranger.get(address).status_code == 403
        assert client.get(address).status_code == 302
        assert viewer.get(address.replace(str(item.pk), "99")).status_code == 404
    assert f'href="{preview}"' in viewer.get(f"{NEWS}{item.pk}/change/").content.decode()
    assert "new_picture" not in viewer.get(f"{NEWS}{item.pk}/change/").content.decode()


def test_what_is_typed_is_seen_before_it_is_stored(clerk, staff_who, write):
    item = write(picture=True)
    sent = fields(begins=5, title_en="Autumn show", alternative="絵") | {"_preview": "確認"}
    new = file(of_a_telephone())
    for address in (f"{NEWS}add/", f"{NEWS}{item.pk}/change/"):
        page = clerk.post(address, sent | {"new_picture": new})
        assert '<h1 lang="ja">秋の 展示</h1>' in page.content.decode()
        assert "（今の状態：公開予定）" in page.content.decode()
        assert "まだ保存していません。" in page.content.decode()
        assert 'src="data:image/webp;base64,' in page.content.decode()
        assert 'height="1200"' in page.content.decode()
        assert "img-src 'self' data:" in page["Content-Security-Policy"]
        new.seek(0)
    assert 'height="750"' in clerk.post(address, sent).content.decode()
    del sent["_preview"]
    english = clerk.post(address, sent | {"_preview_en": "英語"}).content.decode()
    assert '<h1 lang="en">Autumn show</h1>' in english
    wrong = clerk.post(address, sent | {"_preview": "", "title": "", "new_picture": new})
    assert wrong.status_code == 422
    assert "題名を入力してください。" in wrong.content.decode()
    assert SENT_AGAIN not in wrong.content.decode()
    viewer = staff_who("view_news")
    for address in (f"{NEWS}add/", f"{NEWS}{item.pk}/change/"):
        assert viewer.post(address, sent | {"_preview": ""}).status_code == 403
    item.refresh_from_db()
    assert (item.title, item.picture_width, News.objects.count()) == ("展示を始めました", 1200, 1)


def test_works_are_seen_before_they_are_stored(clerk):
    neko, inu, saru = a_record("吾輩は猫である"), a_record("犬"), a_record("猿")
    typed = works(
        (neko.control_number, "夜に。"), (inu.control_number, ""), (saru.control_number, "")
    )
    sent = fields(title="夜に読む") | typed | {"works-0-order": 9, "works-1-DELETE": "on"}
    page = clerk.post(f"{RECOMMENDATIONS}add/", sent | {"_preview": ""}).content.decode()
    assert re.findall("(吾輩は猫である|犬|猿)</a>", page) == ["猿", "吾輩は猫である"]
    assert "夜に。" in page
    wrong = clerk.post(f"{RECOMMENDATIONS}add/", sent | {"works-2-record": "x", "_preview": ""})
    assert "この番号の資料がありません。" in wrong.content.decode()
    assert not Recommendation.objects.exists()


def test_a_file_is_taken_by_these_forms_alone_from_who_may_write_there(staff_who, clerk, write):
    item = write()
    sent = fields(new_picture=file(photograph()), alternative="絵")
    # With no file it is the page that refuses, with one whatever would receive it.
    viewer = staff_who("view_news")
    assert viewer.post(f"{NEWS}{item.pk}/change/", fields()).status_code == 403
    assert viewer.post(f"{NEWS}{item.pk}/change/", sent).status_code == 400
    assert Client().post(f"{NEWS}add/", sent).status_code == 302
    for address in (NEWS, f"{NEWS}{item.pk}/delete/", "/admin/login/", "/mylibrary/login/"):
        assert clerk.post(address, sent).status_code == 400
    two = sent | {"another": file(photograph())}
    assert clerk.post(f"{NEWS}add/", two).status_code == 400
    assert News.objects.count() == 1
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = clerk.cookies
    strict.cookies["csrftoken"] = "a" * 32
    sent = fields(new_picture=file(photograph()), alternative="絵")
    assert strict.post(f"{NEWS}add/", sent).status_code == 403


def test_works_are_named_by_number_isbn_or_address(clerk, client):
    neko = a_record("吾輩は猫である", isbns=["9784101010014"])
    inu, saru = a_record("犬"), a_record("猿", control_number="S-1")
    sent = fields(begins=-1, title="夜に読む") | works(
        ("4-10-101001-3", "夜に。"), (f"http://localhost/catalog/{inu.pk}/", ""), ("S-1", "猿。")
    )
    assert clerk.post(f"{RECOMMENDATIONS}add/", sent).status_code == 302
    made = Recommendation.objects.as_shown().get()
    assert [work.record for work in made.works.all()] == [neko, inu, saru]
    page = clerk.get(f"{RECOMMENDATIONS}{made.pk}/change/").content.decode()
    assert f'value="{neko.control_number}"' in page
    preview = clerk.get(f"{RECOMMENDATIONS}{made.pk}/preview/").content.decode()
    assert "夜に。" in preview
    assert client.get(f"/catalog/recommended/{made.pk}/").status_code == 200


def test_a_work_that_is_not_clear_is_asked_for(clerk):
    for title in ("上", "下"):
        a_record(title, isbns=["9784101010014"], control_number=title)
    a_record("なくした本", control_number="gone", deleted_at=timezone.now())
    for typed, says in (
        ("9784101010014", "このISBNの資料はいくつもあります。"),
        ("gone", "この番号の資料がありません。"),
        ("/catalog/99999999999999999999/", "この番号の資料がありません。"),
        ("\x00", "何か文字を入力してください。"),
    ):
        answer = clerk.post(f"{RECOMMENDATIONS}add/", fields() | works((typed, "夜に。")))
        assert says in answer.content.decode()
        assert "夜に。" in answer.content.decode()
    answer = clerk.post(f"{RECOMMENDATIONS}add/", fields() | works(("上", ""), ("上", "")))
    assert "重複" in answer.content.decode()
    assert not Recommendation.objects.exists()
