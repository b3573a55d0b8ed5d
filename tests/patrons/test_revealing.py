"""Masked personal data: what is shown instead, what finds them, and who opens one of them."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.buckets import Limit
from accounts.models import User
from audit.models import Record
from notices.models import Notice
from patrons import birth_date
from patrons.models import Patron
from patrons.revealing import session
from patrons.revealing.masking import MASK, MASKS, hide, initial, last_digits, mailbox
from patrons.revealing.reasons import RevealReason
from registration.application.models import PERSONAL_COLUMNS, Application
from tests.patrons.people import imported_patron
from tests.staff.conftest import rows  # noqa: F401
from tests.staff.pages import EVERY, address_of, list_of

LIST = "/admin/patrons/patron/"
# 閲覧 may do nothing that 窓口 may not.
MASKED = ("窓口", "管理", "広報")


def client_of(role: str) -> Client:
    user = User.objects.create_user(f"staff-{role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def text(response) -> str:
    return response.content.decode()


@given(st.sampled_from(sorted(MASKS)), st.text())
def test_a_mask_tells_no_length_and_at_most_two_characters(column, value):
    shown = MASKS[column](value)
    assert bool(shown) is bool(value)
    assert len(shown.replace(MASK, "", 1)) <= 2
    assert MASK in shown or not value


@given(st.sampled_from([hide, initial, last_digits, mailbox]), st.text(min_size=1))
def test_what_is_shown_is_never_half_of_it(mask, value):
    kept = mask(value).replace(MASK, "", 1)
    assert len(kept) * 2 <= len(value)


@given(st.text("0123456789", min_size=8, max_size=11), st.text("0123456789", min_size=8))
def test_two_numbers_that_end_alike_look_alike(one, other):
    assert last_digits(f"{one}42") == last_digits(f"{other}42") == "＊＊42"


def test_each_kind_has_its_mask():
    shown = {name: MASKS[name] for name in ("name", "phone", "email", "address", "birth_date")}
    assert shown["name"]("大分　太郎") == "大＊＊"
    assert shown["phone"]("0971234567") == "＊＊67"
    assert shown["email"]("taro@example.jp") == "t＊＊"
    assert shown["address"]("大分県大分市荷揚町2番31号") == "＊＊"
    assert shown["birth_date"]("19500101") == "＊＊"
    assert (shown["name"]("Ａ"), shown["phone"]("110"), shown["name"]("")) == ("＊＊", "＊＊", "")


def personal(model: type[Model], columns: tuple[str, ...]) -> Iterator[str]:
    for row in model.objects.all():
        for column in columns:
            value = str(getattr(row, column))
            yield value
            if column == "birth_date" and value:
                yield birth_date.display(value)


@pytest.fixture
def secrets(rows) -> set[str]:  # noqa: F811
    """All that is stored about people, of two characters or more."""
    Notice.objects.update(body="手続きが終わったことを知らせる本文")
    columns = ("name", "last_name_kana", "first_name_kana", "birth_date", "postal_code")
    columns += ("address", "phone", "email")
    found = {*personal(Patron, columns), *personal(Application, tuple(PERSONAL_COLUMNS))}
    found |= {*personal(Notice, ("recipient", "body"))}
    return {each for each in found if len(each) > 1 and each != "None"}


@pytest.mark.django_db
@pytest.mark.parametrize("role", MASKED)
def test_no_page_tells_what_is_masked_and_no_search_finds_it(role, secrets):
    client = client_of(role)
    assert len(secrets) > 20
    for page in EVERY:
        if client.get(list_of(page)).status_code == 403:
            continue
        row = page.get_queryset(None).order_by("pk")[0]
        pages = [list_of(page), address_of(row), address_of(row, "history")]
        if page.model in (Patron, Notice):
            offered = re.findall(r'href="(\?[^"]*)"', text(client.get(list_of(page))))
            pages += [list_of(page) + html.unescape(link) for link in offered]
            for term in {each[:3] for each in secrets}:
                assert client.get(list_of(page), {"q": term}).context["cl"].result_count == 0
        for address in pages:
            answer = client.get(address)
            assert answer.status_code == 200
            shown = text(answer)
            assert [secret for secret in secrets if secret in shown] == [], address
    for tool in ("reveal", "issue_slip", "resets"):
        page = text(client.get(address_of(Patron.objects.first(), tool)))
        assert [secret for secret in secrets if secret in page] == []


@pytest.mark.django_db
def test_a_masked_list_is_neither_filtered_nor_ordered_by_what_it_hides():
    for kana in ("ワ", "ア", "ミ"):
        imported_patron(name=kana, last_name_kana=kana)
    reader, examiner = client_of("閲覧"), client_of("審査")
    for asked, refused in (("withheld=yes", 400), ("mail=bounced", 400), ("moved_out=yes", 200)):
        assert reader.get(f"{LIST}?{asked}").status_code == refused
        assert examiner.get(f"{LIST}?{asked}").status_code == 200
    for column in (*MASKS, "name_key", "kana_key", "user__username", "identity_links__subject"):
        for how in ("", "__startswith", "__gt"):
            assert reader.get(LIST, {f"{column}{how}": "1"}).status_code == 400

    def order(client: Client, asked: str) -> list[int]:
        return [patron.pk for patron in client.get(LIST + asked).context["cl"].result_list]

    assert order(reader, "?o=1") == order(reader, "?o=-1") == order(reader, "")
    assert order(reader, "?o=3") != order(reader, "?o=-3")
    assert order(examiner, "?o=1") != order(examiner, "?o=-1")


@pytest.fixture
def patron(db) -> Patron:
    return imported_patron(number="1000214", phone="0970000001")


def opened(since: int) -> list[tuple[str, int | None, str]]:
    kept = Record.objects.filter(pk__gt=since, event="revealed").order_by("pk")
    return list(kept.values_list("reason", "patron_id", "object_type"))


def test_one_patron_is_opened_for_a_reason_which_is_recorded(patron):
    other = imported_patron(name="別府 次郎", phone="0970000002")
    reader, since = client_of("閲覧"), Record.objects.latest("pk").pk
    reveal = address_of(patron, "reveal")
    masked = text(reader.get(address_of(patron)))
    assert f'href="{reveal}"' in masked
    assert patron.name not in masked
    for sent in ({}, {"reason": "curious"}):
        refused = reader.post(reveal, sent)
        assert (refused.status_code, opened(since)) == (422, [])
        assert "表示する理由を選んでください。" in text(refused)
    shown = text(reader.post(reveal, {"reason": RevealReason.CALL}, follow=True))
    for value in (patron.name, patron.phone, patron.email):
        assert value in shown
    assert reveal not in shown
    assert opened(since) == [("call", patron.pk, "patrons.patron")]
    assert other.phone not in text(reader.get(address_of(other)))
    assert patron.name not in text(reader.get(LIST))


@pytest.mark.parametrize("typed", ["{}", "A{}A", "　{} "])
def test_a_scanned_number_opens_the_patron_at_once(patron, typed):
    clerk, since = client_of("窓口"), Record.objects.latest("pk").pk
    found = clerk.get(LIST, {"q": typed.format(patron.number)})
    assert found.url == address_of(patron)
    assert patron.phone in text(clerk.get(found.url))
    assert opened(since) == [("by_number", patron.pk, "patrons.patron")]


def test_who_may_not_open_anybody_finds_a_number_and_no_more(patron):
    chief, since = client_of("管理"), Record.objects.latest("pk").pk
    found = chief.get(LIST, {"q": patron.number})
    assert found.context["cl"].result_count == 1
    assert patron.name not in text(found)
    assert chief.post(address_of(patron, "reveal"), {"reason": "call"}).status_code == 403
    assert opened(since) == []


def test_a_tool_leads_from_a_masked_name_to_the_reason(patron):
    clerk = client_of("窓口")
    address, reveal = address_of(patron, "issue_slip"), address_of(patron, "reveal")
    assert f'href="{reveal}"' in text(clerk.get(address))
    clerk.post(reveal, {"reason": "visit"})
    page = text(clerk.get(address))
    assert (patron.name in page, reveal in page) == (True, False)


def test_nobody_corrects_what_they_are_not_shown(patron):
    clerk = client_of("窓口")
    typed = {"phone": "0970000009", "email": patron.email, "contact_method": "none"}
    assert clerk.post(address_of(patron), typed).status_code == 403
    page = text(clerk.get(clerk.get(LIST, {"q": patron.number}).url))
    typed["shown"] = re.search(r'name="shown" value="([^"]*)"', page).group(1)
    inline = dict.fromkeys(("TOTAL_FORMS", "INITIAL_FORMS"), "0")
    typed |= {f"identity_links-{name}": value for name, value in inline.items()}
    assert clerk.post(address_of(patron), typed).status_code == 302
    patron.refresh_from_db()
    assert patron.phone == "0970000009"


def test_what_was_opened_closes_again_unless_it_is_used(patron, monkeypatch):
    reader, now = client_of("閲覧"), session.time.time()

    def is_open(seconds: int) -> bool:
        monkeypatch.setattr(session.time, "time", lambda: now + seconds)
        return patron.name in text(reader.get(address_of(patron)))

    reader.post(address_of(patron, "reveal"), {"reason": "call"})
    used = session.OPEN_SECONDS - 60
    assert [is_open(used), is_open(2 * used), is_open(3 * used + 120)] == [True, True, False]


def test_what_is_withheld_stays_so_when_a_patron_is_opened(patron):
    Patron.objects.update(withheld_at=patron.registered_at)
    reader = client_of("閲覧")
    for _ in ("masked", "opened"):
        page = text(reader.get(address_of(patron)))
        assert page.count("情報秘匿") >= 5
        assert patron.phone not in page
        reader.get(LIST, {"q": patron.number})
    assert patron.name in page


def test_whoever_opens_many_has_to_wait(patron, monkeypatch):
    """Else a script of one member of staff reads every patron, number by number."""
    others = [imported_patron(name=f"別府　{kana}") for kana in ("ハナ", "ミミ")]
    monkeypatch.setattr(session, "OPENINGS", Limit(2, timedelta(minutes=1)))
    reader, since = client_of("閲覧"), Record.objects.latest("pk").pk
    # The same card again is nothing new.
    for found in (patron, others[0], patron):
        assert reader.get(LIST, {"q": found.number}).status_code == 302
    by_number = reader.get(LIST, {"q": others[1].number})
    for_a_reason = reader.post(address_of(others[1], "reveal"), {"reason": "call"})
    assert (by_number.status_code, for_a_reason.status_code) == (200, 429)
    for answer in (by_number, for_a_reason):
        assert "待ってから、もう一度表示してください。" in text(answer)
        assert others[1].name not in text(answer)
    assert others[1].name not in text(reader.get(address_of(others[1])))
    assert len(opened(since)) == 3
    throttled = Record.objects.filter(pk__gt=since, event="throttled").values_list("reason")
    assert set(throttled) == {("reveal-user",)}
    assert client_of("窓口").get(LIST, {"q": others[1].number}).status_code == 302
