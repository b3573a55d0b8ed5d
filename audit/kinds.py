"""The kinds of what is recorded, as staff choose and count them; each event has one kind."""

from collections.abc import Mapping

from django.db.models import TextChoices

from audit.enums import Event


class Kind(TextChoices):
    LOGIN = "login_kind", "ログイン"
    PATRON = "patron_kind", "利用者の手続き"
    REGISTRATION = "registration_kind", "登録と決定"
    OPENING = "opening_kind", "職員の閲覧"
    LIST = "list_kind", "一覧・検索"
    CHANGE = "change_kind", "職員の変更・操作"
    NOTABLE = "notable_kind", "確認が必要な閲覧"
    REFUSAL = "refusal_kind", "失敗・不受理"
    RIGHTS = "rights_kind", "職員・権限・お知らせ"
    OTHER = "other_kind", "ファイル・そのほか"


_KINDS = {
    Kind.LOGIN: (
        *(Event.LOGIN, Event.LOGOUT, Event.LOGINS_ENDED, Event.STAFF_LOGIN, Event.STAFF_LOGOUT),
        *(Event.FIRST_LOGIN_ASKED, Event.FIRST_LOGIN_CODE_MAILED, Event.FIRST_LOGIN_PASSED),
        Event.SECOND_FACTOR_PASSED,
    ),
    Kind.PATRON: (
        *(Event.PASSWORD_CHANGED, Event.RESET_ASKED, Event.RESET_MAILED, Event.RESETS_STOPPED),
        *(Event.RESETS_ALLOWED, Event.ADDRESS_ASKED, Event.ADDRESS_CHANGED),
        *(Event.ADDRESS_CONFIRMED, Event.ADDRESS_CANCELLED, Event.CONTACT_CHANGED),
        *(Event.CARD_DATA_TAKEN, Event.KANA_ASKED, Event.KANA_CANCELLED, Event.PASSKEY_ADDED),
        *(Event.PASSKEY_REMOVED, Event.MYNUMBER_LINKED, Event.MYNUMBER_UNLINKED, Event.RECOVERED),
        *(Event.DEVICE_CARD_BEGUN, Event.DEVICE_CARD_ENDED),
        *(Event.OWN_DATA_DOWNLOADED, Event.ERASURE_ASKED, Event.ERASURE_CANCELLED),
    ),
    Kind.REGISTRATION: (
        *(Event.REGISTERED, Event.REGISTRATION_IN_REVIEW, Event.REGISTRATION_DECIDED),
        *(Event.DOUBLE_DECIDED, Event.KANA_DECIDED, Event.ERASURE_DECIDED, Event.ERASED),
        *(Event.WITHHELD, Event.WITHHOLDING_ENDED, Event.RESIDENCY_DECIDED),
    ),
    Kind.OPENING: (Event.STAFF_OPENED, Event.REVEALED, Event.WITHHELD_OPENED),
    Kind.LIST: (Event.STAFF_LISTED, Event.STAFF_EXPORTED),
    Kind.CHANGE: (
        *(Event.STAFF_CHANGED, Event.STAFF_ADDED, Event.STAFF_DELETED, Event.STAFF_ACTION),
        *(Event.FIRST_LOGIN_SLIP_ISSUED, Event.TITLE_DECIDED),
    ),
    Kind.NOTABLE: (Event.NOTABLE_OPENED,),
    Kind.REFUSAL: (
        *(Event.LOGIN_FAILED, Event.STAFF_LOGIN_FAILED, Event.THROTTLED, Event.STAFF_REFUSED),
        *(Event.FIRST_LOGIN_FAILED, Event.RESET_REFUSED, Event.ADDRESS_REFUSED),
        *(Event.CARD_DATA_REFUSED, Event.PASSKEY_REFUSED, Event.MYNUMBER_REFUSED),
        *(Event.REGISTRATION_REFUSED, Event.SECOND_FACTOR_FAILED),
    ),
    Kind.RIGHTS: (
        *(Event.RIGHTS_CHANGED, Event.STAFF_PASSWORD, Event.ANNOUNCEMENT_CHANGED),
        *(Event.SECOND_FACTOR_CHANGED, Event.SECOND_FACTOR_RESET),
    ),
}
# An event that nobody has put anywhere yet is counted, too.
KIND_OF: Mapping[str, Kind] = dict.fromkeys(Event.values, Kind.OTHER) | {
    str(event): kind for kind, events in _KINDS.items() for event in events
}


def events_of(kind: str) -> list[str]:
    return [event for event, its_kind in KIND_OF.items() if its_kind == kind]
