"""Reading and keeping messages, and what finds them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from notices.enums import MailState
from notices.models import Notice
from notices.services import mark_all_read, mark_read, mark_unread

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(make_notice) -> list[Notice]:
    """Three messages, the newest first; the two older ones were written at the same moment."""
    oldest, older, newest = (make_notice(subject=f"{n}通目") for n in range(1, 4))
    moment = timezone.now() - timedelta(days=1)
    Notice.objects.filter(pk__in=[oldest.pk, older.pk]).update(created_at=moment)
    return list(Notice.objects.filter(pk__in=[newest.pk, older.pk, oldest.pk]).order_by("-pk"))


def test_the_neighbours_of_a_message_are_those_of_the_list(three, patron):
    inbox = Notice.objects.inbox_of(patron)
    assert list(inbox) == three
    for place, notice in enumerate(three):
        assert list(inbox.before(notice)) == three[place + 1 :]
        assert list(inbox.after(notice)) == three[:place][::-1]


def test_the_first_reading_s_moment_stays(make_notice):
    notice = make_notice()
    mark_read(notice=notice)
    notice.refresh_from_db()
    first = notice.read_at
    stale = Notice.objects.get()
    mark_read(notice=notice)
    stale.read_at = None
    mark_read(notice=stale)
    notice.refresh_from_db()
    assert notice.read_at == first
    mark_unread(notice=notice)
    notice.refresh_from_db()
    assert notice.read_at is None


def test_all_are_read_but_what_came_since(three, make_notice, patron):
    elsewhere = make_notice(patron=None)
    assert mark_all_read(patron=patron, until=three[1].created_at) == 2
    unread = set(Notice.objects.unread())
    assert unread == {three[0], elsewhere}
    assert mark_all_read(patron=patron, until=timezone.now()) == 1


def test_older_than_leaves_out_the_moment_itself(three):
    assert set(Notice.objects.older_than(three[0].created_at)) == set(three[1:])
    assert not Notice.objects.older_than(three[2].created_at).exists()


def test_the_mail_s_state_in_words(make_notice):
    now = timezone.now()
    notice = make_notice()
    assert notice.mail_state is MailState.WAITING
    notice.failed_at = now
    assert notice.mail_state.label == "メールを送信できませんでした"
    notice.sent_at, notice.failed_at = now, None
    assert notice.mail_state.label == "メール送信済み"
    assert make_notice(recipient="").mail_state.label == "メールなし"


def test_unread_messages_are_counted_by_an_index_of_only_those(make_notice, patron):
    make_notice()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notices_notice")
        cursor.execute("SET LOCAL enable_seqscan = off")
        # Few rows cost little in whatever index: let the other be none.
        cursor.execute("DROP INDEX notice_of_patron")
    plan = Notice.objects.inbox_of(patron).unread().order_by().explain()
    assert "notice_unread_of_patron" in plan
    assert "Seq Scan" not in plan


def test_list_and_neighbours_are_found_in_order_by_an_index(fresh_indexes, make_notice, patron):
    notice = make_notice()
    Notice.objects.bulk_create(
        [
            Notice(patron=whose, kind=notice.kind, subject="", body="", recipient="a@example.jp")
            for whose in [patron, *[None] * 20] * 300
        ],
        batch_size=1000,
    )
    Notice.objects.update(created_at=F("created_at") - F("pk") * timedelta(minutes=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notices_notice")
    inbox = Notice.objects.inbox_of(patron)
    notice = inbox[150]
    for found in (inbox[:20], inbox.before(notice)[:1], inbox.after(notice)[:1]):
        plan = found.explain()
        assert "notice_of_patron" in plan
        assert " Sort  (" not in plan.replace("Incremental Sort", "")
    condition = re.search(r"Index Cond: (.*)", inbox.before(notice)[:1].explain())[1]
    assert "created_at" in condition


def test_messages_from_before_the_public_id_get_one_each(make_notice):
    for _ in range(3):
        make_notice()
    field = Notice._meta.get_field("public_id")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.schema_editor() as editor:
        editor.remove_field(Notice, field)
        editor.add_field(Notice, field)
    assert len(set(Notice.objects.values_list("public_id", flat=True))) == 3


def test_a_message_knows_its_public_id_at_once(make_notice):
    notice = make_notice()
    assert notice.public_id == Notice.objects.get().public_id
    assert notice.public_id.version == 4
