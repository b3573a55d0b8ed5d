"""Browsers in every state that a page can depend on, and what stands in the database for them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import User
from mylibrary import session
from mylibrary.mynumber.models import OfferPurpose
from mylibrary.mynumber.services import make_offer
from mylibrary.own_data.services import ask_for_erasure
from mylibrary.profile.emails import confirmation_address
from mylibrary.profile.models import EmailConfirmation
from mylibrary.reset.emails import RESET_LINK, link_state
from mylibrary.reset.models import ResetRequest
from myna_auth import services
from myna_auth.claims import VerifiedIdentity
from myna_auth.session import ensure_browser_secret
from notices.enums import NoticeKind
from notices.services import send
from patrons.card_data_services import take_card_data
from patrons.first_login.services import new_counter_code, screen_code
from patrons.identity_link_services import find_patron
from patrons.matching.duplicates import Applicant
from patrons.models import Patron, PatronExport
from patrons.services import register_patron
from registration.application import phone_login
from registration.application.models import Application
from registration.review import emails as review_emails
from registration.review import services as review_services
from registration.review.models import Verdict
from tests.catalog.shelves import a_record
from tests.mylibrary.own_data.own_rows import one_of_each
from tests.patrons.people import applicant, imported_patron, residency, set_own_password
from tests.registration.review.reviews import NOTE, UNCLEAR, case_for
from tests.registration.support import TARO, entered, identify, registered

PASSWORD = "tall-green-lighthouse"
CONFIRM = "/mylibrary/login/confirm/"
Step = Callable[..., object]


@dataclass(frozen=True)
class Person:
    """Somebody's browser: its cookies, and pages that nothing on the site links to."""

    name: str
    cookies: str = ""
    pages: tuple[str, ...] = ()


def people() -> Iterator[Person]:
    """Yield everybody, after storing what they need; the database is empty before."""
    staff = User.objects.create_superuser("librarian", PASSWORD)
    colleague = User.objects.create_user("colleague", PASSWORD, is_staff=True)
    Group.objects.create(name="夜間").permissions.add(
        Permission.objects.get(codename="view_patron")
    )
    Group.objects.create(name="分館")
    taro = register_patron(applicant=applicant(), residency=residency())
    set_own_password(patron=taro, password=PASSWORD)
    taro = Patron.objects.select_related("user").get(pk=taro.pk)
    one_of_each(taro)
    ask_for_erasure(patron=taro)
    _write_to(taro)
    _export()

    yield stranger()
    yield _in_session("waiting", _begun)
    yield _browser("identified", identify(client := Client(), _card("19900101")) and client)
    yield _browser("confirming", entered(client := Client(), _card("19900102")) and client)
    yield _browser("registered", registered(client := Client(), _card("19900103")) and client)
    yield _browser("held", _held(client := Client()) and client)
    yield _approved(colleague)
    yield _member(taro)
    yield _newcomer()
    yield _unconfirmed()
    yield _moved()
    yield _offered(OfferPurpose.LOGIN, "臼杵　一郎")
    yield _offered(OfferPurpose.RECOVER, "別府　二郎")
    yield _in_session("recovering", lambda request: session.allow_recovery(request, taro))
    yield _resetting(taro)
    yield _logged_in("staff", staff, "django.contrib.auth.backends.ModelBackend", ("/admin/",))


def stranger() -> Person:
    """Return somebody with no session, who has found a book."""
    book = a_record("吾輩は猫である", authors=["夏目漱石"], isbns=["9784101010014"], at=["main"])
    programs = (
        "/sru?operation=searchRetrieve&version=1.2&query=猫",
        "/oai?verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01",
    )
    pages = (f"/catalog/{book.pk}/", "/catalog/search/?q=猫&page=1", *programs)
    return Person("stranger", pages=pages)


def _browser(name: str, client: Client, pages: tuple[str, ...] = ()) -> Person:
    cookies = "; ".join(f"{key}={morsel.value}" for key, morsel in client.cookies.items())
    return Person(name, cookies, pages)


def _in_session(name: str, step: Step, pages: tuple[str, ...] = ()) -> Person:
    """Return a browser whose session went through a step."""
    request = RequestFactory().get("/")
    request.session = Client().session
    extra = step(request)
    request.session.save()
    cookies = f"{settings.SESSION_COOKIE_NAME}={request.session.session_key}"
    return Person(name, cookies, pages or (extra if isinstance(extra, tuple) else ()))


def _logged_in(name: str, user: User, backend: str, pages: tuple[str, ...]) -> Person:
    client = Client()
    client.force_login(user, backend)
    stored = client.session
    stored[session.AUTHENTICATED_AT] = timezone.now().timestamp() + 24 * 60 * 60
    stored.save()
    return _browser(name, client, pages)


def _begun(request) -> tuple[str, ...]:
    begun = services.begin_request(
        purpose="registration", browser_secret=ensure_browser_secret(request.session), user=None
    )
    return (f"/myna/callback/?state={begun.state}&code=x&error=&iss={settings.MYNA_ISSUER}",)


def _card(birth_date: str) -> VerifiedIdentity:
    return replace(TARO, subject=f"card-{birth_date}", birth_date=birth_date)


def _held(client: Client) -> Application:
    application = case_for(UNCLEAR)
    stored = client.session
    stored["registration_outcome"] = str(application.pk)
    stored.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = stored.session_key
    return application


def _approved(staff: User) -> Person:
    case = case_for(replace(UNCLEAR, subject="approved", birth_date="19510000"))
    review_services.decide(
        application=case,
        staff=staff,
        verdict=Verdict.OTHER_PERSON,
        note=NOTE,
        mark=review_services.case_of(case).mark,
    )
    case.refresh_from_db()
    return Person("approved", "", (_path(review_emails.link_address(case)),))


def _member(taro: Patron) -> Person:
    waiting = EmailConfirmation.objects.get(patron=taro)
    page = _path(confirmation_address(waiting))
    return _logged_in("member", taro.user, "patrons.backends.PatronBackend", ("/mylibrary/", page))


def _newcomer() -> Person:
    person = _somebody("newcomer", "由布　三郎", "サブロウ", "19850402")
    patron = register_patron(applicant=person, residency=residency())
    client = Client()
    slip = new_counter_code(patron=patron)
    client.post("/mylibrary/login/", {"username": patron.number, "password": person.birth_date})
    client.post(CONFIRM, {"code": slip.digits})
    return _browser("newcomer", client, ("/mylibrary/",))


def _unconfirmed() -> Person:
    person = _somebody("unconfirmed", "杵築　五郎", "ゴロウ", "19850405")
    patron = register_patron(applicant=person, residency=residency())
    until = timezone.now() + timedelta(days=1)
    scanned = phone_login.LINK.address(screen_code(patron=patron, until=until).pk, ())
    waiting = {session.CONFIRMING: [patron.pk, until.timestamp()]}
    return _in_session(
        "unconfirmed", lambda request: request.session.update(waiting), (CONFIRM, _path(scanned))
    )


def _moved() -> Person:
    person = _somebody("moved", "国東　四郎", "シロウ", "19850403")
    patron = register_patron(applicant=person, residency=residency())
    set_own_password(patron=patron, password=PASSWORD)
    take_card_data(
        patron=patron,
        card=replace(person, name="日田　四郎", address="大分県別府市上田の湯町１番１５号"),
    )
    patron = Patron.objects.select_related("user").get(pk=patron.pk)
    return _logged_in(
        "moved", patron.user, "patrons.backends.PatronBackend", ("/mylibrary/profile/moved/",)
    )


def _offered(purpose: OfferPurpose, name: str) -> Person:
    card = replace(TARO, subject=f"offer-{purpose}", name=name)
    imported_patron(name=name, birth_date=card.birth_date, phone="0975340001")
    offer = make_offer(purpose=purpose, identity=card, found=find_patron(card=card))
    return _in_session(f"offered {purpose}", lambda request: session.keep_offer(request, offer))


def _resetting(taro: Patron) -> Person:
    asked = ResetRequest.objects.filter(patron=taro).first()
    address = _path(RESET_LINK.address(asked.pk, link_state(taro)))
    key = address.partition("?key=")[2]
    return _in_session(
        "resetting", lambda request: session.keep_reset_key(request, key) and None, (address,)
    )


def _somebody(subject: str, name: str, kana: str, birth_date: str) -> Applicant:
    return applicant(
        subject=subject,
        name=name,
        last_name_kana=kana,
        first_name_kana=kana,
        birth_date=birth_date,
        phone=f"097{birth_date[-7:]}",
        email=f"{subject}@example.jp",
        address=f"大分県大分市荷揚町{birth_date[-1]}番{birth_date[-1]}号",
    )


def _write_to(patron: Patron) -> None:
    for kind in (NoticeKind.SECURITY, NoticeKind.MYNUMBER_LINKED):
        send(patron=patron, kind=kind, subject="件名", body="本文", recipient=patron.email)


def _export() -> None:
    now = timezone.now()
    PatronExport.objects.create(
        started_at=now,
        finished_at=now,
        file_name="a.csv",
        encoding="cp932",
        patrons=1,
        marked=1,
        reported=0,
    )


def _path(address: str) -> str:
    return "/" + address.split("/", 3)[3]
