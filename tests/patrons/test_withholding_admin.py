"""情報秘匿 in the admin: one page for whoever may, and contact data that are typed unseen."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from audit.enums import Event
from audit.models import Record
from notices.models import Notice
from patrons.models import Patron, WithholdingAct
from patrons.retention import erase_patron
from tests.registration.support import hidden_fields, text
from tests.withheld import NOTE, SECRETS, TRACES, hidden_patron, withheld

pytestmark = pytest.mark.django_db
OPEN = {"open": "1", "reason": "contact", "note": "予約の連絡のため"}


@pytest.fixture
def person() -> Patron:
    return hidden_patron()


def staff_with(django_user_model, *codenames: str, name: str = "librarian") -> Client:
    user = django_user_model.objects.create(username=name, is_staff=True)
    held = ("view_personal_data", *codenames)
    user.user_permissions.set(Permission.objects.filter(codename__in=held))
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def examiner(django_user_model) -> Client:
    """Somebody of 審査."""
    return staff_with(django_user_model, "view_patron", "decide_withholding", name="examiner")


@pytest.fixture
def clerk(django_user_model) -> Client:
    """Somebody at the counter, who corrects contact data."""
    return staff_with(django_user_model, "view_patron", "change_patron", name="clerk")


def page_of(patron: Patron, name: str = "withholding") -> str:
    return reverse(f"admin:patrons_patron_{name}", args=[patron.pk])


def events() -> list[tuple[str, str, int | None]]:
    rows = Record.objects.filter(event__startswith="with").order_by("pk")
    return list(rows.values_list("event", "reason", "patron_id"))


def test_a_request_is_set_and_ended_with_a_note(examiner, person):
    page = page_of(person)
    assert page in text(examiner.get(page_of(person, "change")))
    assert "設定する" in text(examiner.get(page))
    assert "内容を表示する" not in text(examiner.get(page))
    assert examiner.post(page, {"withhold": "1", "note": NOTE}).url == page
    assert Patron.objects.get().is_withheld
    shown = text(examiner.get(page))
    assert "情報秘匿を設定しました。" in shown
    assert NOTE in shown
    assert "examiner" in shown
    assert examiner.post(page, {"end": "1", "note": "本人が取りやめた"}).url == page
    assert not Patron.objects.get().is_withheld
    assert events() == [("withheld", "", person.pk), ("withholding_ended", "", person.pk)]
    told = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert list(told) == ["情報秘匿を設定しました。", "情報秘匿を解除しました。"]
    assert not Notice.objects.exists()


@pytest.mark.parametrize("note", ["", "　", "\u200b"])
@pytest.mark.parametrize("button", ["withhold", "open"])
def test_nothing_is_done_without_a_note(examiner, person, button, note):
    if button == "open":
        withheld(person)
    before = Patron.objects.values().get()
    answered = examiner.post(page_of(person), {button: "1", "reason": "law", "note": note})
    assert answered.status_code == 422
    assert "を書いてください。" in text(answered)
    assert Patron.objects.values().get() == before
    assert not any(trace in text(answered) for trace in TRACES)


@pytest.mark.parametrize("reason", ["", "nosy", "電話"])
def test_nothing_is_opened_without_a_reason(examiner, person, reason):
    withheld(person)
    answered = examiner.post(page_of(person), OPEN | {"reason": reason})
    assert answered.status_code == 422
    assert "表示する理由を選んでください。" in text(answered)
    assert "予約の連絡のため" in text(answered)
    assert not any(trace in text(answered) for trace in TRACES)
    assert not Record.objects.filter(event=Event.WITHHELD_OPENED).exists()


def test_what_is_withheld_is_opened_for_one_answer(examiner, person):
    withheld(person)
    answered = examiner.post(page_of(person), OPEN)
    assert answered.status_code == 200
    assert "no-store" in answered.headers["Cache-Control"]
    cells = ["8740919", SECRETS["address"], "別府市", SECRETS["phone"], SECRETS["email"]]
    assert all(f"<td>{cell}</td>" in text(answered) for cell in cells)
    assert events()[-1] == ("withheld_opened", "contact", person.pk)
    act = WithholdingAct.objects.first()
    assert (act.step, act.reason, act.note) == ("opened", "contact", "予約の連絡のため")
    for name in ("withholding", "change", "history"):
        page = text(examiner.get(page_of(person, name)))
        assert not any(trace in page for trace in TRACES), name
    assert "本人への連絡" in text(examiner.get(page_of(person)))
    assert Record.objects.filter(event=Event.WITHHELD_OPENED).count() == 1


def test_a_second_press_and_what_ended_meanwhile_change_nothing(examiner, person):
    page = page_of(person)
    withheld(person)
    again = examiner.post(page, {"withhold": "1", "note": NOTE})
    assert again.status_code == 409
    assert "ほかの職員が先に変更しています。" in text(again)
    assert NOTE in text(again)
    Patron.objects.update(withheld_at=None)
    assert examiner.post(page, OPEN).url == page
    assert "ほかの職員が先に変更しています。" in text(examiner.get(page))


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_else_sees_or_presses_it(clerk, person, method):
    withheld(person)
    for fields in (OPEN, {"end": "1", "note": NOTE}):
        assert getattr(clerk, method)(page_of(person), fields).status_code == 403
    assert Patron.objects.get().is_withheld
    assert page_of(person) not in text(clerk.get(page_of(person, "change")))
    refused = Record.objects.filter(event=Event.STAFF_REFUSED)
    assert set(refused.values_list("reason", flat=True)) == {"withholding"}


def test_the_permission_alone_does_not_show_patrons(django_user_model, person):
    client = staff_with(django_user_model, "decide_withholding")
    withheld(person)
    assert client.post(page_of(person), OPEN).status_code == 403


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_was_erased_has_no_such_page(examiner, person, method):
    erase_patron(patron_id=person.pk)
    assert getattr(examiner, method)(page_of(person), OPEN).status_code == 404


def correct(client: Client, patron: Patron, **typed: str):
    """Send the form of a patron's page with what was typed into it."""
    page = text(client.get(page_of(patron, "change")))
    fields = {"phone": "", "email": "", "contact_method": "none"} | typed
    return client.post(page_of(patron, "change"), hidden_fields(page) | fields)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ({}, {}),
        ({"phone": "0977-61-0000"}, {"phone": "0977610000"}),
        ({"email": "safe@example.jp"}, {"email": "safe@example.jp"}),
        ({"contact_method": "phone"}, {"contact_method": "phone"}),
    ],
)
def test_contact_data_are_typed_at_the_counter_unseen(clerk, person, typed, stored):
    withheld(person)
    page = text(clerk.get(page_of(person, "change")))
    assert (
        page.count("情報秘匿のため表示しません。変えるときだけ、新しい値を入力してください。") == 2
    )
    answered = correct(clerk, person, **typed)
    assert answered.status_code == 302, text(answered)
    now = Patron.objects.values("phone", "email", "contact_method").get()
    before = {"phone": SECRETS["phone"], "email": SECRETS["email"], "contact_method": "none"}
    assert now == before | stored
    # Neither the former address nor any text tells of the new values.
    assert not Notice.objects.filter(patron=None).exists()
    bodies = "".join(Notice.objects.values_list("body", flat=True))
    assert not any(now[name] in bodies for name in ("phone", "email"))


def test_what_another_typed_meanwhile_is_not_told(clerk, person):
    withheld(person)
    page = text(clerk.get(page_of(person, "change")))
    Patron.objects.update(phone="0977619999")
    typed = {"phone": "0977610000", "email": "", "contact_method": "none"}
    answered = clerk.post(page_of(person, "change"), hidden_fields(page) | typed)
    assert answered.status_code == 409
    words = re.sub(r"(<[^>]*>|\s)+", " ", text(answered))
    assert "電話番号 情報秘匿 0977610000" in words
    assert not any(value in text(answered) for value in ("0977619999", *TRACES))
    assert Patron.objects.get().phone == "0977619999"


def test_a_wrong_value_is_refused_and_tells_nothing(clerk, person):
    withheld(person)
    answered = correct(clerk, person, phone="12")
    assert answered.status_code == 200
    assert not any(trace in text(answered) for trace in TRACES)
    assert Patron.objects.get().phone == SECRETS["phone"]


def test_the_list_filters_those_who_are_withheld(examiner, person):
    hidden_patron(name="大分　太郎")
    withheld(person)
    found = examiner.get("/admin/patrons/patron/", {"withheld": "yes"}).context["cl"].result_list
    assert list(found) == [person]
