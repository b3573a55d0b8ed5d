"""Addresses that refuse mails: whose fault a refusal is, and what is kept of it at the patron."""

from datetime import timedelta

import pytest
from django.utils import timezone

from notices.delivery import MailDelayed, deliver, is_about_the_address
from notices.models import Notice
from patrons.models import Patron
from tests.notices.conftest import RECIPIENT

pytestmark = pytest.mark.django_db
UNKNOWN = "550 5.1.1 <oita@oita.co.jp>: no such user"


def bounced(patron: Patron) -> str:
    patron.refresh_from_db()
    return patron.bounced_email


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (550, "5.1.1 The email account that you tried to reach does not exist"),
        (550, "Unknown user oita@docomo.ne.jp"),
        (550, "5.4.1 Recipient address rejected: Access denied"),
        (552, "5.2.2 The recipient's inbox is out of storage space"),
        (550, "5.2.1 The email account that you tried to reach is disabled"),
        (554, "5.1.0 Address rejected"),
        (556, "5.1.10 Recipient address has null MX"),
        (553, "sorry, that domain isn't in my list of allowed rcpthosts"),
        (551, ""),
    ],
)
def test_the_address_is_to_blame(code, answer):
    assert is_about_the_address(code, answer)


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (550, "5.7.26 This mail has been blocked because the sender is unauthenticated"),
        (554, "5.7.1 Service unavailable; Client host [192.0.2.1] blocked"),
        (554, "Transaction failed"),
        (550, "5.7.1 Message rejected due to content restrictions"),
        (553, "5.1.8 Sender address rejected: Domain not found"),
        (553, "5.1.7 Invalid sender"),
        (552, "5.2.3 Message too large"),
        (552, "5.3.4 Message size exceeds fixed limit"),
        (550, "5.6.0 Invalid header"),
        (500, "5.5.1 Command unrecognized"),
        (503, "Bad sequence of commands"),
    ],
)
def test_the_library_is_to_blame(code, answer):
    assert not is_about_the_address(code, answer)


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_an_unknown_mailbox_is_kept_at_the_patron(sink, make_notice, patron, command):
    sink.answers[command] = UNKNOWN
    deliver(notice_id=make_notice().pk)
    assert bounced(patron) == RECIPIENT
    assert patron.is_email_bounced


@pytest.mark.parametrize(
    "reply",
    ["550-5.1.1 several\r\n550 5.1.1 lines", "550 5.1.1 \xff\xfe"],
)
def test_an_odd_answer_is_understood(sink, make_notice, patron, reply):
    sink.answers["RCPT"] = reply.encode("ascii", "replace").decode()
    deliver(notice_id=make_notice().pk)
    assert bounced(patron) == RECIPIENT


@pytest.mark.parametrize(
    "reply",
    ["554 5.7.1 Client host blocked", "450 4.2.1 busy", "530 5.7.0 Authentication required"],
)
def test_other_refusals_say_nothing_about_the_address(sink, make_notice, patron, reply):
    sink.answers["RCPT"] = reply
    notice = make_notice()
    if reply.startswith("554"):
        deliver(notice_id=notice.pk)
        notice.refresh_from_db()
        assert notice.failed_at
    else:
        with pytest.raises(MailDelayed):
            deliver(notice_id=notice.pk)
    assert bounced(patron) == ""


def test_a_fault_of_the_sender_s_address_blames_nobody_else(sink, make_notice, patron, settings):
    settings.DEFAULT_FROM_EMAIL = "大分市民図書館 <noreply"
    notice = make_notice()
    deliver(notice_id=notice.pk)
    notice.refresh_from_db()
    assert (notice.last_error_code, bounced(patron)) == ("message", "")
    assert sink.envelopes == []


def test_an_address_no_mail_can_carry_counts_as_refused(sink, make_notice, patron):
    Patron.objects.update(email="oita@oita@oita")
    deliver(notice_id=make_notice(recipient="oita@oita@oita").pk)
    assert bounced(patron) == "oita@oita@oita"


def test_a_mail_that_arrives_later_clears_it(sink, make_notice, patron):
    sink.answers["RCPT"] = UNKNOWN
    deliver(notice_id=make_notice().pk)
    sink.answers.clear()
    deliver(notice_id=make_notice(recipient="new@example.jp").pk)
    assert bounced(patron) == RECIPIENT
    deliver(notice_id=make_notice().pk)
    assert bounced(patron) == ""


def test_a_former_address_is_nobody_s_trouble(sink, make_notice, patron):
    sink.answers["RCPT"] = UNKNOWN
    notice = make_notice()
    Patron.objects.update(email="new@example.jp")
    deliver(notice_id=notice.pk)
    assert bounced(patron) == ""
    Patron.objects.update(bounced_email="new@example.jp")
    deliver(notice_id=make_notice().pk)
    assert bounced(patron) == "new@example.jp"


def test_a_new_address_starts_afresh(sink, make_notice, patron):
    sink.answers["RCPT"] = UNKNOWN
    deliver(notice_id=make_notice().pk)
    Patron.objects.update(email="new@example.jp")
    patron.refresh_from_db()
    assert not patron.is_email_bounced


def test_a_mail_to_nobody_s_inbox_changes_no_patron(sink, make_notice, patron):
    sink.answers["RCPT"] = UNKNOWN
    notice = make_notice(patron=None)
    deliver(notice_id=notice.pk)
    notice.refresh_from_db()
    assert notice.failed_at
    assert bounced(patron) == ""


def test_only_the_patron_whom_the_mail_was_for_is_marked(sink, make_notice, patron):
    sibling = Patron.objects.get()
    sibling.pk, sibling.number, sibling.namesake_no = None, "8000036", 1
    sibling.save(force_insert=True)
    sink.answers["RCPT"] = UNKNOWN
    deliver(notice_id=make_notice().pk)
    assert bounced(sibling) == ""
    assert bounced(patron) == RECIPIENT


def test_the_library_system_hears_nothing_of_it(sink, make_notice, patron):
    now = timezone.now()
    Patron.objects.update(updated_at=now - timedelta(days=2), exported_at=now - timedelta(days=1))
    for reply in (UNKNOWN, "250 OK"):
        sink.answers["RCPT"] = reply
        deliver(notice_id=make_notice().pk)
        patron.refresh_from_db()
        assert patron.updated_at == now - timedelta(days=2)
        assert not patron.export_pending


def test_mails_to_an_address_that_refused_one_are_still_tried_once_each(sink, make_notice, patron):
    sink.answers["RCPT"] = UNKNOWN
    for _ in range(2):
        notice = make_notice()
        deliver(notice_id=notice.pk)
        deliver(notice_id=notice.pk)
    assert list(Notice.objects.values_list("attempts", flat=True)) == [1, 1]


def test_staff_see_it_and_can_send_again(client, django_user_model, sink, make_notice, patron):
    sink.answers["RCPT"] = UNKNOWN
    notice = make_notice()
    deliver(notice_id=notice.pk)
    client.force_login(
        django_user_model.objects.create_superuser("librarian", "only for this test"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    for path in ("", f"{notice.pk}/change/"):
        page = client.get(f"/admin/notices/notice/{path}").content.decode()
        assert "メール不達" in page, path
        assert "メールを送信できませんでした" in page
    Patron.objects.update(email="new@example.jp")
    page = client.get("/admin/notices/notice/").content.decode()
    assert "メール不達" not in page
