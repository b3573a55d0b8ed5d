"""Handing a mail to a real SMTP server in every mood."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from notices.delivery import CLAIM_MARGIN, GIVE_UP_AFTER, MailDelayed, deliver
from notices.models import Notice
from tests.notices.conftest import BODY, RECIPIENT, SUBJECT
from tests.notices.sink import text_of

pytestmark = pytest.mark.django_db


def test_japanese_arrives_as_it_was_written(sink, make_notice, settings):
    settings.DEFAULT_FROM_EMAIL = "大分市民図書館 <noreply@library.example>"
    deliver(notice_id=make_notice().pk)
    (received,) = sink.mails
    assert received["Subject"] == SUBJECT
    assert b"\r\nSubject: =?" in sink.envelopes[0].content
    assert received["From"].addresses[0].display_name == "大分市民図書館"
    assert received["To"] == RECIPIENT
    assert received.get_content_type() == "multipart/alternative"
    assert [part.get_content_charset() for part in received.iter_parts()] == ["utf-8"] * 2
    assert text_of(received) == BODY


def test_mail_needs_no_8bit_relay(sink, make_notice):
    deliver(notice_id=make_notice(body=BODY + "長い行" * 400).pk)
    (envelope,) = sink.envelopes
    assert envelope.content.isascii()
    assert max(map(len, envelope.content.splitlines())) <= 78


def test_sent_is_recorded_and_not_repeated(sink, make_notice):
    notice = make_notice()
    deliver(notice_id=notice.pk)
    deliver(notice_id=notice.pk)
    notice.refresh_from_db()
    assert len(sink.envelopes) == 1
    assert notice.sent_at
    assert notice.attempts == 1
    assert notice.last_error_code == ""


@pytest.mark.parametrize("subject", ["一行目\r\nBcc: other@example.com", "一行目\u2028Bcc: x\n\n"])
def test_subject_cannot_add_headers(sink, make_notice, subject):
    deliver(notice_id=make_notice(subject=subject).pk)
    (received,) = sink.mails
    assert received["Bcc"] is None
    assert received["Subject"].startswith("一行目 Bcc:")


@pytest.mark.parametrize("recipient", ["taro.@docomo.ne.jp", "taro..oita@ezweb.ne.jp"])
def test_old_carrier_addresses_are_served(sink, make_notice, recipient):
    notice = make_notice(recipient=recipient)
    deliver(notice_id=notice.pk)
    notice.refresh_from_db()
    assert notice.sent_at
    local, domain = sink.envelopes[0].rcpt_tos[0].rsplit("@", 1)
    assert f"{local.strip(chr(34))}@{domain}" == recipient


@pytest.mark.parametrize(
    ("command", "reply", "code"),
    [
        ("RCPT", "550 5.1.1 oita@oita.co.jp: no such user", "550"),
        ("DATA", "554 5.7.1 refused", "554"),
    ],
)
def test_refusal_for_good_is_recorded_and_not_retried(sink, make_notice, command, reply, code):
    sink.answers[command] = reply
    notice = make_notice()
    deliver(notice_id=notice.pk)
    notice.refresh_from_db()
    assert (notice.sent_at, notice.last_error_code) == (None, code)
    assert notice.failed_at
    sink.answers.clear()
    deliver(notice_id=notice.pk)
    assert sink.envelopes == []


@pytest.mark.parametrize(
    ("command", "reply", "code"),
    [
        ("RCPT", "450 4.2.1 busy", "450"),
        ("RCPT", "530 5.7.0 Authentication required", "530"),
        ("DATA", "451 later", "451"),
        ("DATA", "hang", "connection"),
        ("RCPT", "drop", "connection"),
    ],
)
def test_passing_trouble_delays(sink, make_notice, settings, command, reply, code):
    patience = settings.EMAIL_TIMEOUT
    if reply == "hang":
        settings.EMAIL_TIMEOUT = 3
    sink.answers[command] = reply
    notice = make_notice()
    with pytest.raises(MailDelayed, match=code):
        deliver(notice_id=notice.pk)
    settings.EMAIL_TIMEOUT = patience
    notice.refresh_from_db()
    assert (notice.sent_at, notice.failed_at, notice.attempts) == (None, None, 1)
    assert notice.last_error_code == code
    sink.answers.clear()
    deliver(notice_id=notice.pk)
    notice.refresh_from_db()
    assert notice.sent_at


def test_mail_sent_twice_keeps_its_message_id(sink, make_notice):
    notice = make_notice()
    sink.answers["DATA"] = "drop"
    with pytest.raises(MailDelayed):
        deliver(notice_id=notice.pk)
    sink.answers.clear()
    deliver(notice_id=notice.pk)
    first, second = sink.mails
    assert first["Message-ID"] == second["Message-ID"] == notice.message_id


def test_a_rude_goodbye_does_not_send_again(sink, make_notice, settings):
    settings.EMAIL_TIMEOUT = 5
    sink.answers["QUIT"] = "hang"
    notice = make_notice()
    deliver(notice_id=notice.pk)
    notice.refresh_from_db()
    assert notice.sent_at


def test_given_up_after_two_weeks_of_trouble(sink, make_notice):
    notice = make_notice()
    Notice.objects.filter(pk=notice.pk).update(
        created_at=timezone.now() - GIVE_UP_AFTER - timedelta(hours=1)
    )
    sink.down()
    deliver(notice_id=notice.pk)
    notice.refresh_from_db()
    assert notice.failed_at
    assert notice.last_error_code == "connection"


def test_address_that_no_mail_can_carry_is_given_up(sink, make_notice):
    notice = make_notice(recipient="大分@例え.jp,x")
    deliver(notice_id=notice.pk)
    notice.refresh_from_db()
    assert notice.failed_at
    assert notice.last_error_code == "address"


def test_a_mail_that_another_worker_has_claimed_is_left_alone_until_the_claim_ends(
    sink, make_notice, settings
):
    notice = make_notice()
    lasts = timedelta(seconds=settings.EMAIL_TIMEOUT) + CLAIM_MARGIN
    now = timezone.now()
    Notice.objects.update(claimed_at=now - lasts + timedelta(seconds=30))
    with pytest.raises(MailDelayed, match="busy"):
        deliver(notice_id=notice.pk)
    assert sink.envelopes == []
    notice.refresh_from_db()
    assert notice.attempts == 0
    # Also where a clock that was wrong said tomorrow.
    for claimed_at in (now - lasts, now + timedelta(days=1)):
        Notice.objects.update(claimed_at=claimed_at, sent_at=None)
        deliver(notice_id=notice.pk)
    assert len(sink.envelopes) == 2


def test_no_address_and_no_server_text_in_the_logs(sink, make_notice, caplog):
    caplog.set_level("DEBUG")
    sink.answers["RCPT"] = "550 5.1.1 oita@oita.co.jp: no such user"
    deliver(notice_id=make_notice().pk)
    sink.answers["RCPT"] = "450 4.1.1 oita@oita.co.jp: later"
    with pytest.raises(MailDelayed) as caught:
        deliver(notice_id=make_notice().pk)
    assert caught.value.__context__ is None
    product = [record for record in caplog.records if not record.name.startswith("mail.log")]
    assert product
    assert not [record for record in product if RECIPIENT in record.getMessage()]
    assert mail.outbox == []
