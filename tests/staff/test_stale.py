"""Two members of staff on one record: what the other has stored is seen before it goes."""

import re
from datetime import time
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from branches.models import Branch, OpeningHours
from news.models import News
from staff.base import ReadOnly, StaffModelAdmin
from staff.comparing import NOTHING, STAYS
from tests.news.photographs import photograph
from tests.news.test_admin import file
from tests.patrons.threads import together
from tests.registration.support import text
from tests.staff.pages import EVERY, address_of, save
from tests.staff.test_roles import row_of

EDITED = [page for page in EVERY if not isinstance(page, ReadOnly)]
each_edited = pytest.mark.parametrize("page", EDITED, ids=lambda page: page.opts.label_lower)


class Sent(HTMLParser):
    """What a browser would send of the form of a row, and the first text that can be typed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.first_text = self._area = self._select = ""
        start = re.search(r'<form[^>]* id="\w+_form"', page).start()
        self.feed(page[start : page.index("</form>", start)])

    def handle_starttag(self, tag, attrs) -> None:
        values = {name: value or "" for name, value in attrs}
        name, kind = values.get("name", ""), values.get("type", tag)
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in values:
            self.fields.setdefault(self._select, []).append(values["value"])
        elif tag == "textarea":
            self._area = name
            self.fields[name] = [""]
        elif kind in ("checkbox", "radio") and "checked" in values:
            self.fields.setdefault(name, []).append(values.get("value", "on"))
        elif kind in ("text", "email", "number", "hidden", "tel") and "csrf" not in name:
            self.fields[name] = [values.get("value", "")]
        is_text = kind in ("text", "textarea") and "vTime" not in values.get("class", "vDate")
        if is_text and "vDate" not in values.get("class", ""):
            self.first_text = self.first_text or name

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area][0] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


def opened(browser: Client, row: object) -> Sent:
    return Sent(browser.get(address_of(row)).content.decode())


def with_end(value: str, end: str) -> str:
    return (value[:-1] if value[-1:].isdigit() else value) + end


@pytest.fixture
def browsers(db) -> tuple[Client, Client]:
    """Two members of staff who may do everything."""
    both = Client(), Client()
    for name, browser in zip("ab", both, strict=True):
        user = User.objects.create_superuser(name)
        browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return both


def named_row_of(page: StaffModelAdmin) -> Any:
    # The form asks for a name, which `createsuperuser` does not.
    User.objects.filter(name="").update(name="同僚")
    return row_of(page)


@each_edited
def test_what_another_has_stored_is_seen_before_it_goes(page, rows, browsers):
    one, other = browsers
    row = named_row_of(page)
    address, sent = address_of(row), opened(one, row)
    field = sent.first_text
    label = str(page.get_form(one.get(address).wsgi_request, row).base_fields[field].label)
    mine, theirs = (with_end(sent.fields[field][0], end) for end in "12")
    typed = sent.fields | {field: mine}
    assert other.post(address, sent.fields | {field: theirs}).status_code == 302
    refused = one.post(address, typed)
    assert refused.status_code == 409
    shown = unescape(text(refused))
    assert f"{label}</th><td>{theirs}</td><td>{mine}</td>" in shown
    assert str(getattr(type(row).objects.get(pk=row.pk), field)) == theirs
    again = Sent(refused.content.decode())
    assert again.fields | {"shown": ""} == typed | {"shown": "", field: [mine]}
    assert one.post(address, again.fields).status_code == 302
    assert str(getattr(type(row).objects.get(pk=row.pk), field)) == mine
    # The same button once more, and a page that does not say what it showed.
    assert one.post(address, again.fields).status_code == 302
    assert one.post(address, again.fields | {field: theirs, "shown": ""}).status_code == 409


@each_edited
def test_what_another_has_changed_is_not_deleted_unseen(page, rows, browsers):
    one, other = browsers
    row = named_row_of(page)
    if not page.has_delete_permission(one.get(address_of(row)).wsgi_request, row):
        assert one.get(address_of(row, "delete")).status_code == 403
        return
    sent, delete = opened(one, row), address_of(row, "delete")
    field, mark = sent.first_text, sent.fields["shown"][0]
    link = f'{delete}?shown={mark}"'
    assert link in one.get(address_of(row)).content.decode()
    assert 'role="alert"' not in one.get(link[:-1]).content.decode()
    theirs = with_end(sent.fields[field][0], "2")
    assert save(other, address_of(row), sent.fields | {field: theirs}).status_code == 302
    assert "ほかの職員が内容を変えました" in text(one.get(link[:-1]))
    refused = one.post(delete, {"post": "yes", "shown": mark})
    assert (refused.status_code, "ほかの職員が内容を変えました" in text(refused)) == (409, True)
    assert str(type(row).objects.get(pk=row.pk)) in text(refused)
    assert save(one, delete, {"post": "yes"}).status_code == 302
    assert not type(row).objects.filter(pk=row.pk).exists()
    # Nor is lost what somebody was typing meanwhile.
    late = other.post(address_of(row), sent.fields | {field: "書きかけ"})
    assert (late.status_code, "<dd>書きかけ</dd>" in text(late)) == (409, True)


def of_branch(branch: Branch) -> list[tuple[int, time, time]]:
    return sorted(branch.hours.values_list("weekday", "opens", "closes"))


def test_rows_within_a_form_are_compared_and_kept(browsers):
    one, other = browsers
    branch = Branch.objects.create(code="x", name="新館", name_en="New")
    for weekday in (0, 1):
        branch.hours.create(weekday=weekday, opens=time(9), closes=time(17))
    mine, theirs = (opened(browser, branch).fields for browser in browsers)
    new = {"hours-TOTAL_FORMS": "3", "hours-2-opens": "10:00", "hours-2-closes": "12:00"}
    theirs |= new | {"hours-0-opens": "8:30", "hours-1-DELETE": "on", "hours-2-weekday": "2"}
    mine |= new | {"hours-0-closes": "18:00", "hours-1-closes": "19:00", "hours-2-weekday": "3"}
    assert other.post(address_of(branch), theirs).status_code == 302
    stored = of_branch(branch)
    refused = one.post(address_of(branch), mine)
    assert (refused.status_code, of_branch(branch)) == (409, stored)
    shown = unescape(re.sub(r"</?t[dh][^>]*>", "|", text(refused)))
    # A row changed by both, one that is no more, one each has added.
    for said in ("開館：8:30、閉館：17:00|", "開館：9:00、閉館：18:00|", f"|{NOTHING}||", STAYS):
        assert said in shown
    assert one.post(address_of(branch), Sent(refused.content.decode()).fields).status_code == 302
    assert of_branch(branch) == [
        (0, time(9), time(18)),
        (1, time(9), time(19)),
        (2, time(10), time(12)),
        (3, time(10), time(12)),
    ]
    # A row that was added is not added twice by a second press.
    sent = opened(one, branch).fields | {"hours-TOTAL_FORMS": "5", "hours-4-weekday": "4"}
    sent |= {"hours-4-opens": "10:00", "hours-4-closes": "12:00"}
    assert [one.post(address_of(branch), sent).status_code for _ in range(2)] == [302, 302]
    assert OpeningHours.objects.filter(branch=branch).count() == 5


def test_a_chosen_file_is_to_be_chosen_again(browsers):
    one, other = browsers
    item = News.objects.create(title="展示", text="2階です。")
    sent = opened(one, item).fields | {"alternative": "絵"}
    pictures = [photograph(width=40, height=30), photograph(width=30, height=40)]
    stores = other.post(address_of(item), sent | {"new_picture": file(pictures[0])})
    item.refresh_from_db()
    refused = one.post(address_of(item), sent | {"new_picture": file(pictures[1])})
    assert (stores.status_code, refused.status_code) == (302, 409)
    assert "もう一度選んでください" in text(refused)
    assert "写真・絵</th><td>あり</td><td>選んだファイル</td>" in text(refused)
    assert News.objects.get(pk=item.pk).picture_digest == item.picture_digest != ""


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_at_one_moment_one_is_refused(browsers):
    item = News.objects.create(title="展示", text="2階です。")
    sent = opened(browsers[0], item).fields
    saves = [
        lambda browser=browser, end=end: browser.post(address_of(item), sent | {"title": end})
        for browser, end in zip(browsers, ("一", "二"), strict=True)
    ]
    answers = together(saves)
    assert sorted(answer.status_code for answer in answers) == [302, 409]
    stored = "一" if answers[0].status_code == 302 else "二"
    assert News.objects.get(pk=item.pk).title == stored
    assert f"題名</th><td>{stored}</td>" in text(max(answers, key=lambda each: each.status_code))
    assert reverse("admin:news_news_changelist") == answers[stored == "二"].url
