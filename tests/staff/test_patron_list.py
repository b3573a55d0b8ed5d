"""The questions that the staff's list of patrons answers, and to whom."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from notices.models import Notice
from patrons.models import Patron, PossibleDouble
from patrons.services import user_for
from registration.review.models import Verdict
from tests.patrons.people import imported_patron, set_own_password
from tests.registration.review.reviews import (
    NAMESAKE,
    NAMESAKES_ENTRY,
    case_for,
    decided,
    first_taro,
)
from tests.registration.support import registered
from tests.staff.pages import address_of

pytestmark = pytest.mark.django_db
LIST = "/admin/patrons/patron/"


def client_of(role: str) -> Client:
    user = User.objects.create_user(f"staff-{role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def listed(client: Client, **query: str) -> set[str]:
    page = client.get(LIST, query)
    assert page.status_code == 200, query
    return {patron.number for patron in page.context["cl"].result_list}


def presets(client: Client) -> dict[str, str]:
    return {each["label"]: each["address"] for each in client.get(LIST).context["cl"].presets}


def test_each_role_has_the_presets_of_what_it_may_see():
    masked = {"今日オンラインで登録", "貸出システム未反映", "転出", "一度もログインしていない"}
    masked |= {"今日電話で連絡"}
    told = {"メール未確認", "メール不達", "二重登録の可能性"}
    for role, expected in (("審査", masked | told), ("窓口", masked), ("管理", masked)):
        client = client_of(role)
        offered = presets(client)
        assert {*offered} == expected
        for address in offered.values():
            assert client.get(LIST + address).status_code == 200
    for hidden in ("?mail=unconfirmed", "?double=possible", "?withheld=yes"):
        assert client.get(LIST + hidden).status_code == 400


def test_who_sees_all_data_but_no_pairs_is_not_told_of_them():
    examiner = client_of("審査")
    Group.objects.get(name="審査").permissions.remove(
        *Group.objects.get(name="審査").permissions.filter(codename="view_possibledouble")
    )
    assert "二重登録の可能性" not in presets(examiner)
    assert examiner.get(LIST, {"double": "possible"}).status_code == 400


def test_who_registered_online_today():
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    today = imported_patron(registered_via="online", registered_at=midnight, name="今日")
    before = midnight - timedelta(seconds=1)
    imported_patron(registered_via="online", registered_at=before, name="昨日")
    imported_patron(registered_via="counter", registered_at=midnight, name="窓口")
    assert listed(client_of("窓口"), registered="today_online") == {today.number}


def test_whose_mail_nobody_has_confirmed():
    never = imported_patron(name="一")
    other = imported_patron(name="二", confirmed_email="former@example.jp")
    imported_patron(name="三", confirmed_email="hanako@example.jp")
    imported_patron(name="四", email="")
    imported_patron(name="五", withdrawn_at=timezone.now())
    imported_patron(name="六", withheld_at=timezone.now())
    assert listed(client_of("審査"), mail="unconfirmed") == {never.number, other.number}


def test_who_has_never_logged_in():
    until = timezone.now() + timedelta(days=30)
    never = imported_patron(name="一", first_login_until=until)
    over = imported_patron(name="二", first_login_until=timezone.now() - timedelta(days=1))
    user_for(patron=imported_patron(name="三", first_login_until=until))
    chosen = imported_patron(name="四", first_login_until=until)
    set_own_password(patron=chosen, password="tall-green-lighthouse")
    imported_patron(name="五")
    imported_patron(name="六", first_login_until=until, withdrawn_at=timezone.now())
    assert listed(client_of("窓口"), login="never") == {never.number, over.number}


def test_who_may_be_registered_twice():
    one, other, third, gone = (imported_patron(name=name) for name in "一二三四")
    Patron.objects.filter(pk=gone.pk).update(withdrawn_at=timezone.now())
    staff = User.objects.create_user("decider", is_staff=True)
    verdict = {"verdict": "other_person", "staff": staff, "decided_at": timezone.now()}
    for pair, more in (((one, other), {}), ((other, third), verdict), ((third, gone), {})):
        PossibleDouble.objects.create(first=pair[0], second=pair[1], strength="hint", **more)
    assert listed(client_of("審査"), double="possible") == {one.number, other.number}


def notice(patron: Patron, **values: object) -> None:
    created = values.pop("created_at", timezone.now())
    sent = {"kind": "security", "subject": "件名", "body": "本文", "recipient": patron.email}
    stored = Notice.objects.create(patron=patron, **(sent | values))
    Notice.objects.filter(pk=stored.pk).update(created_at=created)


def test_whom_to_call_today():
    now = timezone.now()
    given_up = {"failed_at": now}
    failed, none = imported_patron(name="一"), imported_patron(name="二", email="")
    notice(failed, **given_up)
    notice(none)
    for name, values in (
        ("三", {"sent_at": now}),
        ("四", given_up | {"read_at": now}),
        ("五", given_up | {"created_at": now - timedelta(days=8)}),
        ("六", {"recipient": ""}),  # declined
    ):
        notice(imported_patron(name=name), **values)
    for name, values in (
        ("七", {"phone": ""}),
        ("八", {"withheld_at": now}),
        ("九", {"withdrawn_at": now}),
    ):
        notice(imported_patron(name=name, **values), **given_up)
    imported_patron(name="十", email="")
    # Nobody is called about what waits for the next login; of a hold, who chose the telephone.
    notice(imported_patron(name="十一", email=""), kind="loan_due")
    by_phone = imported_patron(name="十二", contact_method="phone")
    for patron in (by_phone, imported_patron(name="十三", email="", contact_method="none")):
        notice(patron, kind="hold_ready", recipient="")
    clerk = client_of("窓口")
    assert listed(clerk, call="today") == {failed.number, none.number, by_phone.number}
    assert failed.phone not in clerk.get(LIST, {"call": "today"}).content.decode()


@pytest.mark.parametrize("typed", ["A-{}", "ａ－{}", " A{} "])
def test_a_receipt_finds_whom_its_case_was_registered_as(typed, staff):
    first_taro()
    case = case_for()
    decided(case, Verdict.OTHER_PERSON, staff)
    query = typed.format(case.receipt_no)
    examiner, clerk = client_of("審査"), client_of("窓口")
    assert listed(examiner, q=query) == listed(clerk, q=query) == set()
    patron = registered(Client(), NAMESAKE, **NAMESAKES_ENTRY).patron
    assert listed(examiner, q=query) == listed(clerk, q=query) == {patron.number}
    page = examiner.get(LIST, {"q": query}).content.decode()
    application = f"/admin/registration/application/{case.pk}/change/"
    assert f'<a href="{application}">受付番号 {case.receipt}</a>' in page
    masked = clerk.get(LIST, {"q": query}).content.decode()
    assert (application in masked, patron.name in masked) == (False, False)


def test_a_receipt_finds_whom_its_case_was_recognised_as(staff):
    taro = first_taro()
    case = case_for()
    decided(case, Verdict.SAME_PERSON, staff, patron_id=taro.pk, replace_card=True)
    assert listed(client_of("窓口"), q=case.receipt) == {taro.number}
    # Without its letter it is a part of numbers.
    assert Patron.objects.matching(str(case.receipt_no)).filter(pk=taro.pk).exists() is (
        str(case.receipt_no) in taro.number
    )


def test_an_old_number_leads_to_the_number_that_stays():
    old, kept = imported_patron(number="9100001"), imported_patron(number="9100002", name="別府 花")
    Patron.objects.filter(pk=old.pk).update(withdrawn_at=timezone.now())
    decider = User.objects.create_user("decider", is_staff=True)
    verdict = {"verdict": "same_person", "staff": decider, "decided_at": timezone.now()}
    PossibleDouble.objects.create(first=old, second=kept, strength="possible", **verdict)
    link = f'<a href="{address_of(kept)}">9100002</a>'
    for role in ("審査", "管理"):
        page = client_of(role).get(LIST, {"q": "9100001"})
        assert [row.number for row in page.context["cl"].result_list] == ["9100001"]
        assert f"同じ方の番号 {link}" in page.content.decode()
    opened = client_of("窓口").get(LIST, {"q": "9100001"}, follow=True)
    assert opened.redirect_chain[0][0] == address_of(old)
    assert f"同じ方の番号 {link}" in opened.content.decode()


def test_what_is_chosen_is_said_and_left_again():
    imported_patron()
    page = client_of("審査").get(LIST, {"mail": "unconfirmed", "q": "別府"})
    (chosen,) = page.context["cl"].chosen()
    assert chosen == {"title": "メール", "display": "メール未確認", "without": chosen["without"]}
    assert "mail=" not in chosen["without"]
    assert "q=" in chosen["without"]
    assert {each["label"] for each in page.context["cl"].presets if each["is_chosen"]} == {
        "メール未確認"
    }


def test_a_masked_list_masks_what_is_folded():
    imported_patron(name="大分　太郎", last_name_kana="オオイタ", birth_date="19700505")
    page = client_of("閲覧").get(LIST).content.decode()
    assert "大＊＊" in page
    assert "オ＊＊" in page
    for told in ("太郎", "オイタ", "1970"):
        assert told not in page


@pytest.mark.parametrize("role", ["審査", "閲覧"])
def test_a_page_takes_the_same_queries_for_one_and_for_many(role):
    client = client_of(role)

    def queries() -> int:
        counted = []

        def note(execute, sql, *arguments):
            counted.append(sql)
            return execute(sql, *arguments)

        with connection.execute_wrapper(note):
            client.get(LIST)
        return len(counted)

    for number in range(2):
        user_for(patron=imported_patron(name=f"別府 {number}", withdrawn_at=timezone.now()))
    few = queries()
    for number in range(9):
        user_for(patron=imported_patron(name=f"大分 {number}", withdrawn_at=timezone.now()))
    assert queries() == few <= 15
