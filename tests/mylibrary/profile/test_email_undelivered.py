"""A confirmation mail that its address refused: the patron is told, and staff where it counts."""

import pytest

from notices.delivery import deliver
from notices.models import Notice
from notices.services import send_again
from patrons.retention import erase_patron
from tests.mylibrary.conftest import EDIT, PROFILE
from tests.mylibrary.mails import CANCEL, CONTACT, SEND, confirmed, edit, mails
from tests.registration.support import text

pytestmark = pytest.mark.django_db
OLD, NEW = "oita@oita.co.jp", "taro@example.jp"
UNKNOWN = "550 5.1.1 no such user"
UNDELIVERED = "確認メールを届けられませんでした"


def posted(sink, answer: str = "") -> Notice:
    """Hand the newest confirmation mail to the mail server."""
    sink.answers["RCPT"] = answer or "250 OK"
    mail = mails("email_confirmation")[0]
    deliver(notice_id=mail.pk)
    return mail


@pytest.mark.parametrize("answer", [UNKNOWN, "554 5.7.1 Client host blocked"])
@pytest.mark.parametrize("path", [PROFILE, EDIT])
def test_a_new_address_that_was_refused_is_told_with_what_to_do(
    at_home, member, sink, path, answer
):
    confirmed(member)
    edit(at_home, CONTACT | {"email": NEW})
    assert UNDELIVERED not in text(at_home.get(path))
    posted(sink, answer)
    page = text(at_home.get(path))
    assert f"{NEW} に、{UNDELIVERED}" in page
    assert "確認メールを送りました" not in page
    for way_on in (EDIT, SEND, CANCEL):
        assert f'"{way_on}"' in page
    member.refresh_from_db()
    assert (member.email, member.bounced_email) == (OLD, "")


def test_the_next_mail_and_the_next_address_begin_anew(at_home, member, sink):
    confirmed(member)
    edit(at_home, CONTACT | {"email": NEW})
    posted(sink, UNKNOWN)
    edit(at_home, CONTACT | {"email": "third@example.jp"})
    page = text(at_home.get(PROFILE))
    assert UNDELIVERED not in page
    assert "third@example.jp に確認メールを送りました" in page
    posted(sink, UNKNOWN)
    at_home.post(SEND)
    assert UNDELIVERED not in text(at_home.get(PROFILE))
    posted(sink)
    assert UNDELIVERED not in text(at_home.get(PROFILE))


def test_a_mail_that_staff_send_again_waits_again(at_home, member, sink):
    confirmed(member)
    edit(at_home, CONTACT | {"email": NEW})
    send_again(notice=posted(sink, UNKNOWN))
    assert UNDELIVERED not in text(at_home.get(PROFILE))


def test_the_address_on_record_that_refused_it_is_seen_by_staff_too(
    at_home, admin_client, member, sink
):
    edit(at_home, CONTACT | {"email": NEW})
    posted(sink, UNKNOWN)
    member.refresh_from_db()
    assert (member.email, member.is_email_bounced) == (NEW, True)
    assert f"{NEW} に、{UNDELIVERED}" in text(at_home.get(PROFILE))
    (found,) = admin_client.get("/admin/patrons/patron/?mail=bounced").context["cl"].result_list
    assert found == member
    listed = text(admin_client.get("/admin/notices/notice/?kind__exact=email_confirmation"))
    assert member.number in listed
    assert "メール不達" in listed
    at_home.post(SEND)
    posted(sink)
    member.refresh_from_db()
    assert member.bounced_email == ""


def test_it_stays_out_of_the_inbox_and_goes_with_the_patron(at_home, member):
    confirmed(member)
    edit(at_home, CONTACT | {"email": NEW})
    assert not Notice.objects.inbox_of(member).exists()
    erase_patron(patron_id=member.pk)
    assert not Notice.objects.filter(recipient=NEW).exists()
