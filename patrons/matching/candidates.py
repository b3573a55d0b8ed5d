"""Which stored patrons the duplicate rules look at: one statement, each arm read by one index.

Arms: name or kana key with the birth date, its near ones and those that lack parts of it; the birth
date; phone; e-mail; address key; the patron whom the applicant's card is linked to. A patron may be
found by several arms.

What very many share does not make an arm long: a telephone number that was typed for hundreds, a
large house, a birth date that stands for an unknown one.
"""

from typing import Any

from django.db import connection

from patrons.birth_date import is_complete, near, pattern, records_of
from patrons.matching.duplicates import MOST_SHARING, Applicant, Candidate
from patrons.matching.keys import name_traits

# Of those born on one day: 34 among a million.
MOST_BORN = 300
COLUMNS = ", ".join(("id", *Candidate._fields[1:-1]))


def _arm(condition: str, linked: bool = False, most: int | None = None) -> str:
    # Each arm repeats the predicate of its partial index, also for a plan made for any values.
    # It is made of this module's words alone.
    found = (
        f"SELECT {COLUMNS}, {linked} AS subject_linked FROM patrons_patron"  # noqa: S608
        f" WHERE withdrawn_at IS NULL AND {condition}"
    )
    return f"({found} LIMIT {most})" if most else found


def _statement(born: str, *others: str) -> str:
    return " UNION ALL ".join(
        (
            _arm(
                "id IN (SELECT patron_id FROM patrons_identitylink WHERE issuer = %(issuer)s"
                " AND subject = %(subject)s AND revoked_at IS NULL)",
                linked=True,
            ),
            # One of one: the staff's trigram index knows no ANY, and reads many pages for a key.
            _arm(f"name_key = ANY(ARRAY[%(name_key)s]) AND {born}"),
            _arm(f"kana_key = ANY(ARRAY[%(kana_key)s]) AND kana_key <> '' AND {born}"),
            # A plan made for an empty value would read the whole table, for nobody.
            *(
                _arm(
                    f"{column} = NULLIF(%({column})s, '') AND {column} <> ''",
                    most=MOST_SHARING + 1,
                )
                for column in ("phone", "email_key", "address_key")
            ),
            *others,
        )
    )


# Of those born on the day most have no part of a name in common with the applicant, and are not
# worth the way: what `given_name_agrees` asks first is asked here.
_BORN_THEN = (
    f"SELECT * FROM {_arm('birth_date = %(birth_date)s', most=MOST_BORN)} born"  # noqa: S608
    " WHERE translate(name || name_key, %(characters)s, '') <> name || name_key"
    " OR first_name_kana = %(first_name_kana)s OR kana_key LIKE ANY(%(pairs)s)"
)
_BORN_KNOWN = _statement("birth_date = ANY(%(births)s)", _BORN_THEN)
_BORN_IN_PART = _statement("birth_date ~ %(births)s")


def possible_duplicates(applicant: Applicant) -> list[Candidate]:
    """Return the active patrons the duplicate rules look at, each once, by their ids."""
    found: dict[int, Candidate] = {}
    with connection.cursor() as cursor:
        cursor.execute(*statement(applicant))
        for row in cursor.fetchall():
            # The arm of the applicant's card stands first and knows whom it is linked to.
            found.setdefault(row[0], Candidate(*row))
    return [found[patron_id] for patron_id in sorted(found)]


def statement(person: Applicant) -> tuple[str, dict[str, Any]]:
    """Return the statement that finds an applicant's candidates, and its parameters."""
    birth_date = person.birth_date
    parameters: dict[str, Any] = {
        name: getattr(person, name)
        for name in ("issuer", "subject", "name_key", "kana_key", "phone", "email_key")
    }
    parameters["address_key"] = person.address_key
    if is_complete(birth_date):
        characters, pairs = name_traits(person.name, person.name_key, person.kana_key)
        parameters |= {
            "birth_date": birth_date,
            "births": [*records_of(birth_date), *near(birth_date)],
            "characters": "".join(sorted(characters)),
            "first_name_kana": person.first_name_kana,
            "pairs": [f"%{pair}%" for pair in pairs if pair.isalpha()],
        }
        return _BORN_KNOWN, parameters
    return _BORN_IN_PART, parameters | {"births": pattern(birth_date)}
