"""News and recommendations as residents read them."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from branches.services import create_first_branches
from demo import sample_catalog, sample_news
from news.models import News, Recommendation, RecommendedWork
from tests.catalog.shelves import a_record

pytestmark = pytest.mark.django_db


def recommend(item: Recommendation, *records, sentence: str = "夜に。") -> None:
    for order, record in enumerate(records):
        RecommendedWork.objects.create(
            recommendation=item, record=record, sentence=sentence, order=order
        )


@pytest.mark.parametrize("model", [News, Recommendation])
def test_what_is_public_and_when(client, write, model):
    folder = "/news/" if model is News else "/catalog/recommended/"
    public = write("公開中", model=model)
    newer = write("新しい", begins=-0.5, ends=1, model=model)
    waiting = [write("下書き", None, model=model), write("予定", 1, model=model)]
    over = write("終了", -3, -1, model=model)
    assert list(model.objects.current()) == [newer, public]
    page = client.get(folder).content.decode()
    assert re.findall("公開中|新しい|下書き|予定|終了", page) == ["新しい", "公開中"]
    assert client.get(f"{folder}{public.pk}/").status_code == 200
    assert {client.get(f"{folder}{item.pk}/").status_code for item in waiting} == {404}
    assert client.get(f"{folder}{10**30}/").status_code == 404
    gone = client.get(f"{folder}{over.pk}/")
    assert gone.status_code == 410
    assert "掲載を終わりました" in gone.content.decode()
    assert "noindex" in gone.content.decode()
    model.objects.all().delete()
    assert re.search("今、(お知らせ|推奨資料)はありません。", client.get(folder).content.decode())


def test_the_text_is_text_and_japanese_on_every_page(client, write):
    item = write(
        "<b>海</b>と本", text="一段目\n二行目\n\n<script>x</script> https://example.jp/ です"
    )
    page = client.get(f"/news/{item.pk}/", headers={"accept-language": "en"}).content.decode()
    assert '<h1 lang="ja">&lt;b&gt;海&lt;/b&gt;と本</h1>' in page
    assert "<p>一段目<br>二行目</p>" in page
    assert "<p>&lt;script&gt;x&lt;/script&gt; <a href=" in page
    assert '<html lang="en">' in page
    assert "All news" in page
    whole = client.get("/news/", headers={"accept-language": "en"}).content.decode()
    assert "<h1>News</h1>" in whole
    assert f'<a href="/news/{item.pk}/" lang="ja">' in whole


@pytest.mark.parametrize("model", [News, Recommendation])
def test_english_pages_show_what_is_written_in_english(client, write, model):
    folder = "/news/" if model is News else "/catalog/recommended/"
    both = write("秋の展示", title_en="Autumn exhibition", text_en="On the 2nd floor.", model=model)
    half = write("冬の展示", title_en="Winter exhibition", model=model)
    for page in (folder, f"{folder}{both.pk}/"):
        assert "Autumn" not in client.get(page).content.decode()
        english = client.get(page, headers={"accept-language": "en"}).content.decode()
        assert re.search(r'lang="en">Autumn exhibition</', english)
        assert "秋の展示" not in english
    assert '<div class="written__text" lang="en"><p>On the 2nd floor.</p>' in english
    english = client.get(f"{folder}{half.pk}/", headers={"accept-language": "en"}).content.decode()
    assert "<title>Winter exhibition" in english
    assert '<div class="written__text" lang="ja"><p>2階です。</p>' in english


def test_news_are_paged(client, write):
    for number in range(21):
        write(f"第{number:02}号", begins=-number - 1)
    first, last = (client.get("/news/", {"page": page}).content.decode() for page in ("x", "99"))
    assert len(re.findall("第[0-9]{2}号", first)) == 20
    assert 'href="?page=2"' in first
    assert re.findall("第[0-9]{2}号", last) == ["第20号"]
    assert "2／2ページ" in last
    # What the second page has stands at no other address.
    assert 'rel="canonical"' in client.get("/news/").content.decode()
    assert 'rel="canonical"' not in last


def test_a_recommendation_shows_its_works_and_the_list_asks_once_for_all(client, write):
    neko, inu = a_record("吾輩は猫である", authors=["夏目漱石"], ndc="913.6"), a_record("犬")
    gone = a_record("なくした本", deleted_at=timezone.now())
    autumn = write("秋の夜長に読む本", model=Recommendation)
    recommend(autumn, gone, inu, neko)
    page = client.get(f"/catalog/recommended/{autumn.pk}/").content.decode()
    assert re.findall("犬</a>|猫である</a>|なくした本", page) == ["犬</a>", "猫である</a>"]
    assert page.count("夜に。") == 2
    assert set(re.findall(r'name="record" value="(\d+)"', page)) == {str(neko.pk), str(inu.pk)}
    assert f'<img class="cover" src="{neko.cover}" width="120" height="168" alt=""' in page
    with CaptureQueriesContext(connection) as one:
        assert neko.cover in client.get("/catalog/recommended/").content.decode()
    for number in range(5):
        recommend(write(f"第{number}集", model=Recommendation), neko, inu)
    with CaptureQueriesContext(connection) as several:
        client.get("/catalog/recommended/")
    assert len(several) == len(one)


def test_a_picture_is_kept_for_an_hour_and_public_as_long_as_its_text(client, write):
    item = write(picture=True)
    address = item.picture_address
    with CaptureQueriesContext(connection) as queries:
        page = client.get(f"/news/{item.pk}/").content.decode()
    assert f'src="{address}" width="1200"' in page
    assert 'height="750" alt="赤と青の絵" lang="ja"' in page
    # No page reads the picture itself.
    assert not any('"picture",' in query["sql"] for query in queries)
    answer = client.get(address)
    assert (answer.content[:4], answer.content[8:12]) == (b"RIFF", b"WEBP")
    assert answer["Content-Type"] == "image/webp"
    assert answer["Cache-Control"] == "public, max-age=3600, immutable"
    assert "Vary" not in answer
    assert client.get(address, headers={"if-none-match": answer["ETag"]}).status_code == 304
    for change in ({"begins_at": None}, {"ends_at": timezone.now()}):
        News.objects.update(begins_at=timezone.now() - timedelta(hours=1))
        News.objects.update(**change)
        assert client.get(address).status_code == 404
    assert client.get(f"/news/{write().pk}/picture.webp").status_code == 404


def test_the_database_wants_a_description_and_an_order_of_times(write):
    for wrong in ({"alternative": ""}, {"ends_at": timezone.now() - timedelta(hours=9)}):
        item = write(picture=True)
        with pytest.raises(IntegrityError), transaction.atomic():
            News.objects.filter(pk=item.pk).update(**wrong)


def test_the_demo_has_some_of_each(transactional_db, client):
    create_first_branches()
    sample_catalog.load()
    for _ in range(2):
        sample_news.load()
    assert [News.objects.current().count(), Recommendation.objects.current().count()] == [3, 2]
    shown = [list(item.works.all()) for item in Recommendation.objects.current().as_shown()]
    assert [len(works) for works in shown] == [6, 5]
    assert all(work.sentence for works in shown for work in works)
