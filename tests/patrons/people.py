"""People for these tests, the manual's own example first."""

from itertools import count

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractBaseUser

from patrons.matching import addresses, keys
from patrons.matching.duplicates import Applicant
from patrons.models import Patron
from patrons.residency import ResidencyDecision, decide
from patrons.services import PasswordWay, store_own_password

ISSUER = "https://issuer.test"
ADDRESS = "大分県大分市金池南1丁目5番1号"
# Birth dates of which none is a slip of another.
APART = ("20130701", "19901212", "19550323", "20081130", "19640815")
_imported = count(1)


NAMES = ("アオイ", "ミナト", "ケンジ", "ヨウコ", "ツムギ", "ハルカ")


def applicant(**changes: str) -> Applicant:
    """Return 大分 太郎 of the manual, changed where told."""
    values = {
        "issuer": ISSUER,
        "subject": "subject-1",
        "name": "大分　太郎",
        "birth_date": "20130720",
        "address": ADDRESS,
        "last_name_kana": "オオイタ",
        "first_name_kana": "タロウ",
        "postal_code": "8700000",
        "phone": "0970000000",
        "email": "oita@oita.co.jp",
        "contact_method": "none",
    }
    return Applicant(**(values | changes))


def stranger(number: int) -> Applicant:
    """Return one of many (from 1) who share nothing by which two might be one person."""
    given = NAMES[number - 1]
    return applicant(
        subject=f"stranger-{number}",
        name=f"別府　{given}",
        birth_date=f"{1950 + 11 * number}{number:02}{number + 9:02}",
        last_name_kana="ベップ",
        first_name_kana=given,
        phone=f"09753700{number:02}",
        email=f"stranger{number}@example.jp",
    )


def residency(address: str = ADDRESS) -> ResidencyDecision:
    return decide(address)


def set_own_password(*, patron: Patron, password: str, first: bool = False) -> AbstractBaseUser:
    """Let a patron have a password, without telling anybody."""
    encoded = make_password(password)
    way = PasswordWay.LOGGED_IN
    return store_own_password(patron=patron, encoded=encoded, first=first, way=way)


def imported_patron(**changes: object) -> Patron:
    """Store a patron who registered at the counter and was imported."""
    values = {
        "number": f"C{next(_imported):06}",
        "name": "別府 花子",
        "last_name_kana": "ベップ",
        "first_name_kana": "ハナコ",
        "birth_date": "19920402",
        "address": "大分県別府市上野口町1番15号",
        "phone": "0977000000",
        "email": "hanako@example.jp",
        "registered_via": "import",
    } | changes
    values |= {
        "name_key": keys.name_key(values["name"]),
        "kana_key": keys.kana_key(values["last_name_kana"] + values["first_name_kana"]),
        "address_key": addresses.address_key(values["address"]),
        "email_key": keys.email_key(values["email"]),
    }
    return Patron.objects.create(**values)
