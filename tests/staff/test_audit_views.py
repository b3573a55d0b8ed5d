"""What 管理 sees of the record: narrowed, counted, told of notable openings; fast."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from audit.enums import Event
from audit.kinds import KIND_OF, Kind
from audit.models import Record
from patrons.models import Patron
from staff.admin import NUMBER_UNKNOWN
from staff.record_search import BACKWARDS, NO_DAY
from tests.patrons.people import imported_patron
from tests.staff.pages import save

pytestmark = pytest.mark.django_db
LIST = "/admin/audit/record/"
DAYS = f"{LIST}days/"
NOTABLE = "/admin/audit/notableopening/"
FILL = """
INSERT INTO audit_record (event, actor_kind, actor_id, patron_id, object_type, object_id, fields,
    reason, network, at)
SELECT (ARRAY['login', 'staff_listed', 'notable_opened', 'staff_opened'])[1 + least(mod(n, 80), 3)],
    CASE mod(n, 80) WHEN 0 THEN 'patron' ELSE 'staff' END, %s + mod(n, 40), mod(n, 5000),
    '', '', '{}', '', '', now() - n * interval '20 minutes'
FROM generate_series(1, 20000) AS n
"""


def staff(role: str, **values: str) -> tuple[User, Client]:
    user = User.objects.create_user(f"staff-{role}", is_staff=True, **values)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return user, client


def recorded(event: Event, at: datetime, **values: object) -> Record:
    return Record.objects.create(
        **{"event": event, "at": at, "actor_kind": "staff", "fields": []} | values
    )


def days_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def shown(client: Client, address: str, **sent: object) -> set[int]:
    """Return the rows of a list but for what the reader left: a login, a list."""
    rows = client.get(address, sent).context["cl"].result_list
    return {
        row.pk for row in rows if row.event not in ("staff_login", "staff_listed", "rights_changed")
    }


def text(client: Client, address: str, **sent: object) -> str:
    answer = client.get(address, sent)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_shows_a_month_and_is_narrowed_by_each_field():
    chief, client = staff("管理")
    patron = imported_patron()
    opened = recorded(Event.STAFF_OPENED, days_ago(3), patron_id=patron.pk, actor_id=chief.pk)
    login = recorded(Event.LOGIN, days_ago(3), actor_kind="patron", patron_id=patron.pk + 1)
    old = recorded(Event.REVEALED, days_ago(40), patron_id=patron.pk, actor_id=chief.pk + 1)
    both, every = {opened.pk, login.pk}, {"since": "", "until": ""}
    assert shown(client, LIST) == both
    day = timezone.localtime(old.at).date().isoformat()
    assert shown(client, LIST, since=day, until=day) == {old.pk}
    assert shown(client, LIST, until=day) == {old.pk}
    assert shown(client, LIST, what="staff_opened") == {opened.pk}
    assert shown(client, LIST, what="opening_kind", **every) == {opened.pk, old.pk}
    assert shown(client, LIST, who=chief.pk, what="staff_opened", **every) == {opened.pk}
    assert shown(client, LIST, who="patron") == {login.pk}
    assert shown(client, LIST, q=patron.number, **every) == {opened.pk, old.pk}


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"since": "きのう"}, NO_DAY),
        ({"until": "9999-12-31"}, NO_DAY),
        ({"since": "2026-02-01", "until": "2026-01-31"}, BACKWARDS),
    ],
)
@pytest.mark.parametrize("address", [LIST, DAYS, NOTABLE])
def test_days_that_are_none_are_told_and_kept(address, sent, sentence):
    _, client = staff("管理")
    page = text(client, address, **sent)
    assert sentence in page
    assert all(f'value="{typed}"' in page for typed in sent.values())


def test_a_row_leads_to_the_patron_and_to_an_object_that_the_reader_may_open():
    _, client = staff("管理")
    patron = imported_patron()
    recorded(Event.STAFF_OPENED, days_ago(1), object_type="accounts.user", object_id="7")
    recorded(
        Event.KANA_DECIDED, days_ago(1), object_type="mylibrary.kanarequest", object_id="8",
        patron_id=patron.pk, reason="approved", count=1200, fields=["phone"],
    )  # fmt: skip
    page = text(client, LIST)
    assert '<a href="/admin/accounts/user/7/change/">職員 7</a>' in page
    assert f'<a href="/admin/patrons/patron/{patron.pk}/change/">{patron.number}</a>' in page
    assert "/admin/mylibrary/kanarequest/8/" not in page
    assert "理由：承認　項目：phone　件数：1,200" in page


def test_days_and_kinds_are_counted_and_lead_to_their_rows():
    _, client = staff("管理")
    # Midnight is Japan's.
    before = datetime.fromisoformat("2026-03-01T23:59:59+09:00")
    for at in (before, before + timedelta(seconds=2), before + timedelta(seconds=3)):
        recorded(Event.REVEALED, at)
    recorded(Event.LOGIN, timezone.now())
    period = {"since": "2026-03-01", "until": "2026-03-31"}
    rows = client.get(DAYS, period).context["rows"]
    counted = [(str(day), {kind: n for kind, n in kinds if n}) for day, kinds in rows]
    opening = Kind.OPENING.value
    assert counted == [("2026-03-02", {opening: 2}), ("2026-03-01", {opening: 1})]
    link = f"{LIST}?since=2026-03-02&amp;until=2026-03-02&amp;what={opening}"
    assert f'href="{link}"' in text(client, DAYS, **period)
    assert len(shown(client, link.replace("&amp;", "&"))) == 2


def test_every_event_of_today_has_a_kind_of_its_own():
    other = {event for event, kind in KIND_OF.items() if kind == Kind.OTHER}
    assert other == {"imported", "catalog_imported", "exported", "restored"}


def test_openings_of_whom_one_should_not_open_unseen_are_told_once_a_day():
    own, family = imported_patron(), imported_patron(name="別府 次郎")
    hidden = imported_patron(name="別府 三郎", withheld_at=timezone.now())
    elsewhere = {"address": "大分市荷揚町2番31号"}
    mate = imported_patron(name="別府 四郎", **elsewhere)
    left = imported_patron(name="別府 五郎", **elsewhere)
    other = imported_patron(name="別府 六郎", **elsewhere)
    User.objects.create_user("mate", is_staff=True, patron_number=mate.number)
    User.objects.create_user("left", is_staff=True, is_active=False, patron_number=left.number)
    clerk, client = staff("窓口", patron_number=own.number)
    for _ in range(2):
        for patron in (own, family, hidden, mate, left, other):
            assert client.get(f"/admin/patrons/patron/{patron.pk}/change/").status_code == 200
    told = Record.objects.filter(event=Event.NOTABLE_OPENED).order_by("pk")
    assert list(told.values_list("patron_id", "reason", "actor_id", "object_type")) == [
        (patron.pk, reason, clerk.pk, "patrons.patron")
        for patron, reason in [
            (own, "own_record"),
            (family, "same_address"),
            (hidden, "withheld"),
            (mate, "colleague"),
        ]
    ]
    _, chief = staff("管理")
    assert shown(chief, NOTABLE) == set(told.values_list("pk", flat=True))
    assert "職員と同じ住所の利用者" in text(chief, NOTABLE)
    first_page = text(chief, "/admin/")
    assert "確認が必要な閲覧 <strong>4件</strong>" in first_page
    assert f'<a href="{NOTABLE}?since=' in first_page
    assert "確認が必要な閲覧" not in text(client, "/admin/")


def test_without_a_number_of_ones_own_withheld_patrons_alone_are_told():
    patron = imported_patron()
    hidden = imported_patron(name="別府 三郎", withheld_at=timezone.now())
    _, client = staff("窓口")
    client.get(f"/admin/patrons/patron/{patron.pk}/change/")
    client.get(f"/admin/patrons/patron/{hidden.pk}/change/")
    told = Record.objects.filter(event=Event.NOTABLE_OPENED)
    assert list(told.values_list("patron_id", "reason")) == [(hidden.pk, "withheld")]


def test_the_number_of_a_member_of_staff_is_a_patrons():
    patron = imported_patron(number="8000028")
    _, client = staff("管理")
    mate = User.objects.create_user("mate", is_staff=True, name="同僚　一郎")
    address = f"/admin/accounts/user/{mate.pk}/change/"
    typed = {"username": "mate", "name": mate.name, "is_active": "on"}
    refused = save(client, address, typed | {"patron_number": "12345"})
    assert NUMBER_UNKNOWN in refused.content.decode()
    assert 'value="12345"' in refused.content.decode()
    scanned = f" A{patron.number}A "
    assert save(client, address, typed | {"patron_number": scanned}).status_code == 302
    mate.refresh_from_db()
    assert mate.patron_number == patron.number
    # It stays, whatever becomes of the patron.
    Patron.objects.all().delete()
    assert save(client, address, typed | {"patron_number": patron.number}).status_code == 302


SEARCHES = (
    (LIST, {}),
    (LIST, {"what": "restored"}),
    (LIST, {"what": "login_kind"}),
    (LIST, {"what": "notable_opened"}),
    (LIST, {"who": "worker"}),
    (LIST, {"who": "{staff}"}),
    (LIST, {"who": "{staff}", "since": "", "until": ""}),
    (LIST, {"q": "{number}", "since": "", "until": ""}),
    (LIST, {"since": "", "until": "", "what": "restored"}),
    (NOTABLE, {}),
    (NOTABLE, {"since": "", "until": ""}),
    (DAYS, {}),
    ("/admin/", {}),
)


@pytest.fixture
def very_many(fresh_indexes) -> tuple[User, Client, Patron]:
    chief, client = staff("管理")
    patron = imported_patron()
    with connection.cursor() as cursor:
        cursor.execute(FILL, [chief.pk])
        cursor.execute("ANALYZE audit_record")
    return chief, client, patron


def test_no_view_reads_the_whole_record(very_many):
    chief, client, patron = very_many
    for address, sent in SEARCHES:
        names = {"staff": chief.pk, "number": patron.number}
        typed = {name: value.format(**names) for name, value in sent.items()}
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address, typed).status_code == 200
        reads = [q["sql"] for q in asked if 'FROM "audit_record"' in q["sql"]]
        assert reads, (address, sent)
        for query in reads:
            assert "Seq Scan on audit_record" not in plan(query), (address, sent)


def plan(query: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {query}")
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize(("address", "most"), [(LIST, 14), (NOTABLE, 14), (DAYS, 8)])
def test_what_a_view_costs(very_many, django_assert_max_num_queries, address, most):
    _, client, _ = very_many
    with django_assert_max_num_queries(most):
        client.get(address)
