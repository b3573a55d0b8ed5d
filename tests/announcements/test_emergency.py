"""緊急のお知らせ: at the top of every page for residents, in the words of staff."""

import pytest
from django.test import Client

from announcements.models import Announcement
from tests.announcements.test_admin import ADD, PREVIEW, fields, staff
from tests.mylibrary.mynumber.cards import linked_patron
from tests.registration.support import text

pytestmark = pytest.mark.django_db
SENTENCE = "台風10号のため、今日は17時に閉館します。<b>"
WORDS = "台風10号のため、今日は17時に閉館します。&lt;b&gt;"
OPEN = ("/", "/manual/", "/privacy/", "/counter/", "/registration/", "/mylibrary/login/", "/none/")


def banner_of(html: str) -> str:
    return html.partition('<section class="emergency"')[2].partition("</section>")[0]


def test_it_stands_before_everything_else_on_every_page(
    client, announce, identity_service, django_assert_num_queries
):
    linked_patron(identity_service)
    identity_service.sign_in(client, purpose="login")
    pages = [(Client(), path) for path in OPEN]
    pages += [(client, path) for path in ("/mylibrary/", "/mylibrary/card/", "/mylibrary/profile/")]
    assert not any(banner_of(text(browser.get(path))) for browser, path in pages)
    announce("emergency", sentence=SENTENCE)
    for browser, path in pages:
        html = text(browser.get(path))
        assert WORDS in banner_of(html), path
        assert html.index("emergency") < html.index("site-head") < html.index("<h1"), path
        assert html.count(WORDS) == 1, path
    with django_assert_num_queries(0):
        Client().get("/")


def test_staffs_words_are_japanese_in_an_english_page(announce):
    announce("emergency", sentence=SENTENCE)
    html = banner_of(text(Client(headers={"accept-language": "en"}).get("/")))
    assert 'aria-label="Emergency notice"' in html
    assert "Emergency notice, until " in html
    assert f'<p lang="ja">{WORDS}</p>' in html


def test_it_stops_nothing_and_is_over_by_itself(announce):
    announce("emergency", sentence=SENTENCE, begins=-3, ends=-1)
    assert not banner_of(text(Client().get("/")))
    announce("emergency", sentence=SENTENCE)
    assert "マイナンバー読込" in text(Client().get("/registration/"))


@pytest.fixture
def clerk(announce) -> Client:
    return staff(*(f"{verb}_announcement" for verb in ("view", "add", "change")))


def test_staff_have_to_say_what_happens(clerk):
    for nothing in ("", " ", "\u200b"):
        answer = clerk.post(ADD, fields(kind="emergency", sentence=nothing))
        assert "何が起きているか、どうすればよいかを説明に書いてください" in text(answer)
    assert not Announcement.objects.exists()


def test_staff_are_led_to_the_closure_that_goes_with_it(clerk):
    page = text(clerk.post(ADD, fields(kind="emergency", sentence=SENTENCE), follow=True))
    assert "このお知らせだけでは、休館になりません。" in page
    assert 'href="/admin/branches/closure/add/"' in page
    assert Announcement.objects.get().sentence == SENTENCE


def test_the_preview_shows_the_banner_itself(clerk):
    page = text(clerk.post(PREVIEW, fields(kind="emergency", sentence=SENTENCE)))
    assert WORDS in banner_of(page)
    assert "利用者向けのすべての画面のいちばん上" in page
    assert "何も止めません。" in page
