"""Subjects as they were written, whatever they are made of."""

import re
from email.header import decode_header
from email.parser import BytesParser
from email.policy import default

import pytest
from django.core.mail import EmailMessage
from hypothesis import given
from hypothesis import strategies as st

from notices.delivery import Mail, deliver
from notices.services import LONGEST_SUBJECT
from notices.texts import message, without_library

SUBJECTS = [
    "【大分市民図書館】" + "長い件名でも途中で切れたり文字が化けたりしません。" * 7,
    "【大分市民図書館】📚予約資料が届きました🎉👨‍👩‍👧‍👦🇯🇵",
    "【大分市民図書館】ﾊﾝｶｸｶﾀｶﾅ ﾊﾞｰｺｰﾄﾞ ﾊﾟｽﾜｰﾄﾞ ｡｢｣､･ｰﾞﾟ",
    "【大分市民図書館】〜−‖①㈱髙﨑𠮷葛\U000e0100飾区",
    '【大分市民図書館】Library  notice: 100% of 3 books, "due" <today> =?utf-8?q?x?=',
    "Re: ASCII only, but long: " + "word " * 30 + "end",
    "か\u3099き\u3099（結合文字）",
]
ENCODED_WORD = re.compile(r"=\?utf-8\?[bq]\?[^?\s]+\?=")
TEXT = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=LONGEST_SUBJECT
)


@pytest.mark.django_db
@pytest.mark.parametrize("written", SUBJECTS)
def test_a_subject_arrives_as_it_was_written(sink, make_notice, written):
    deliver(notice_id=make_notice(subject=written).pk)
    (received,) = sink.mails
    assert received["Subject"] == written
    lines = subject_lines(sink.envelopes[0].content)
    assert all(line.isascii() and len(line) <= 76 for line in lines)
    # RFC 2047, section 5: programs may decode each encoded word by itself.
    words = ENCODED_WORD.findall(b"".join(lines).decode())
    assert all(len(word) <= 75 for word in words)
    assert "".join(decode_header(word)[0][0].decode() for word in words) == written


@pytest.mark.django_db
def test_a_subject_too_long_for_the_inbox_is_cut_and_not_refused(make_notice):
    notice = make_notice(subject="題" * (LONGEST_SUBJECT + 1))
    assert notice.subject == "題" * (LONGEST_SUBJECT - 1) + "…"
    assert make_notice(subject="題" * LONGEST_SUBJECT).subject == "題" * LONGEST_SUBJECT


@given(written=TEXT)
def test_every_subject_is_read_the_same_by_new_and_by_old_parsers(written):
    mail = Mail(subject=written, body="", from_email="a@example.jp", to=["b@example.jp"])
    content = mail.message().as_bytes(linesep="\r\n")
    assert BytesParser(policy=default).parsebytes(content)["Subject"] == written
    header = b"\r\n".join(subject_lines(content)).decode().partition(": ")[2]
    ((text, charset),) = decode_header(header)
    assert text.decode(charset) == written


def test_django_s_own_mail_is_not_good_enough():
    """Where this fails, `Mail` may have become needless."""
    mail = EmailMessage(subject=SUBJECTS[0], body="", to=["b@example.jp"])
    assert b"\r\nSubject:\r\n =?" in mail.message().as_bytes(linesep="\r\n") or (
        b"\r\nSubject: \r\n =?" in mail.message().as_bytes(linesep="\r\n")
    )


def test_pages_show_a_subject_without_the_library_s_name():
    for language, title in (
        ("ja", "個人情報を消去しました"),
        ("en", "Your personal data have been deleted"),
    ):
        subject = message("mylibrary/own_data/mails/done.txt", language).subject
        assert subject != title
        assert without_library(subject) == title
    assert without_library("予約資料（大分市民図書館）") == "予約資料（大分市民図書館）"


def subject_lines(content: bytes) -> list[bytes]:
    """Return the lines of the header Subject as they were sent."""
    head = content.partition(b"\r\n\r\n")[0]
    (header,) = re.findall(rb"\r\n(Subject:.*?)(?=\r\n\S|$)", b"\r\n" + head, re.DOTALL)
    return header.split(b"\r\n")
