"""What the demo's database holds at first: staff, one for each role, and three patrons.

Two registered online, so that the next number is 8000028, the one in the service's manual; the
second has moved out of the area since, for staff to see. The third registered at the counter, and
one of the simulator's cards is hers, not linked yet.
"""

import csv
import secrets
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from demo.simulator.cards import CARDS
from patrons import residency
from patrons.card_data_services import take_card_data
from patrons.matching.addresses import address_key
from patrons.matching.duplicates import Applicant
from patrons.matching.keys import kana_key, name_key
from patrons.models import Patron, RegisteredVia
from patrons.services import register_patron

STAFF = "staff"
# Who has which role, beside the one who may do everything.
COLLEAGUES = {
    "viewer": ("津久見　光", "閲覧"),
    "counter": ("佐伯　千尋", "窓口"),
    "examiner": ("竹田　誠", "審査"),
    "news": ("杵築　葵", "広報"),
    "selector": ("日田　桜", "選書"),
    "manager": ("国東　薫", "管理"),
}
PEOPLE = Path(__file__).with_name("sample_people.tsv")
COUNTER_CARD = CARDS["usuki"]
COUNTER_NUMBER = "1000214"
MOVED_TO = "大分県中津市豊田町１４番地３"


@transaction.atomic
def load(*, issuer: str, password_file: Path) -> str | None:
    """Make what is missing; return the password of the staff, None if the first changed it.

    All begin with one password. It is random and kept in `password_file`, so that a demo on a
    database that others reach has no account with a known password.
    """
    if not Patron.objects.exists():
        lines = PEOPLE.read_text(encoding="utf-8").splitlines()
        for person in csv.DictReader(lines, delimiter="\t"):
            patron = register_patron(
                applicant=Applicant(issuer=issuer, **person),
                residency=residency.decide(person["address"]),
            )
        _counter_patron()
        take_card_data(
            patron=patron, card=Applicant(issuer=issuer, **person | {"address": MOVED_TO})
        )
    return _staff(password_file)


def _counter_patron() -> None:
    card = COUNTER_CARD
    decision = residency.decide(card.address)
    now = timezone.now()
    Patron.objects.create(
        number=COUNTER_NUMBER,
        name=card.name,
        name_key=name_key(card.name),
        last_name_kana="ウスキ",
        first_name_kana="ミサト",
        kana_key=kana_key("ウスキミサト"),
        birth_date=card.birthdate,
        postal_code="8750041",
        address=card.address,
        address_key=address_key(card.address),
        phone="0972000003",
        municipality_code=decision.municipality_code or "",
        residency_reason=decision.reason,
        residency_rule_version=decision.rule_version,
        registered_via=RegisteredVia.COUNTER,
        exported_at=now,
        reflected_at=now,
        updated_at=now,
    )


def _staff(password_file: Path) -> str | None:
    users = get_user_model().objects
    there = {user.username: user for user in users.filter(username__in=[STAFF, *COLLEAGUES])}
    if not password_file.exists():
        password_file.parent.mkdir(mode=0o700, exist_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_urlsafe(9))
        for user in there.values():
            user.set_password(password_file.read_text())
            user.save(update_fields=["password"])
    password = password_file.read_text()
    for username, (name, role) in COLLEAGUES.items():
        if username not in there:
            colleague = users.create_user(username, password, is_staff=True, name=name)
            colleague.groups.add(Group.objects.get(name=role))
    if STAFF not in there:
        users.create_superuser(STAFF, password, name="大分　司")
        return password
    return password if there[STAFF].check_password(password) else None
