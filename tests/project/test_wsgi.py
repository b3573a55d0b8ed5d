"""What reaches the site through its WSGI application, as no browser would send it."""

from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest
from django.test import Client

from oita_library.wsgi import application

PATH = "/mylibrary/login/"
BODY = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\n\\ud800 \xff\r\n--x--\r\n'


def status_of(method, **environ):
    answers = []
    environ |= {"REQUEST_METHOD": method, "PATH_INFO": PATH, "HTTP_HOST": "testserver"}
    setup_testing_defaults(environ)
    chunks = application(environ, lambda status, headers: answers.append(int(status[:3])))
    list(chunks)
    chunks.close()
    return answers[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "charset", ["hex", "undefined", "idna", "unicode_escape", "utf-7", "shift_jis", "nonsense"]
)
@pytest.mark.parametrize("query", [r"next=/\ud800", "a=1&" * 300], ids=["surrogate", "many"])
def test_no_charset_of_a_content_type_is_believed(charset, query):
    plain = {"QUERY_STRING": query, "CONTENT_TYPE": f"text/plain; charset={charset}"}
    assert status_of("GET", **plain) in (200, 400)
    form = {
        "CONTENT_TYPE": f"multipart/form-data; boundary=x; charset={charset}",
        "CONTENT_LENGTH": str(len(BODY)),
        "wsgi.input": BytesIO(BODY),
    }
    assert status_of("POST", **form) == 403


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 403)])
def test_a_content_type_nobody_can_read_is_none(method, status):
    assert status_of(method, CONTENT_TYPE="text/plain; title*=nonsense''%41") == status


@pytest.mark.django_db
def test_what_no_page_reads_is_taken_all_the_same():
    # Or gunicorn would close the connection, and nginx would lose the answer.
    sent = BytesIO(b"a" * 600_000)
    assert status_of("POST", CONTENT_LENGTH="600000", **{"wsgi.input": sent}) == 403
    assert sent.read() == b""


@pytest.mark.django_db
def test_a_form_with_a_file_is_refused_before_anything_is_stored():
    response = Client().post(PATH, {"username": "1", "file": BytesIO(b"x")})
    assert response.status_code == 400


@pytest.mark.parametrize("host", ["testserver", "elsewhere.example"])
def test_no_page_may_be_framed_not_even_an_early_answer(host):
    response = Client().get("/registration", headers={"host": host})
    assert response.status_code in (301, 400)
    assert response["X-Frame-Options"] == "DENY"
