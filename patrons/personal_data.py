"""What is held about a patron here and in the patron's login."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts import timeouts
from accounts.models import AuthenticatorApp, Passkey, RecoveryCode, Session
from accounts.services import close_account
from audit.models import Record as AuditRecord
from characters.text import one_line
from myna_auth.models import AuthRequest
from patrons.models import FirstLoginCode, IdentityLink, Patron, PossibleDouble, WithholdingAct
from patrons.personal_data_registry import (
    Datum,
    Handling,
    Provider,
    Record,
    Section,
    column,
    register,
)
from patrons.residency import MUNICIPALITY_NAMES
from staff.models import SavedFilter

STAFF_ONLY = "Only staff have rows here; a patron's login has none."


def sections(patron: Patron) -> Iterator[Section]:
    """Tell the record, what the card verified, its links, and the login with keys and places."""
    yield _one("registration", _("登録されている情報"), _record(patron))
    yield _one("verification", _("本人確認と居住地"), _verified(patron))
    links = patron.identity_links.order_by("linked_at", "pk")
    yield Section(
        key="card_links",
        title=_("マイナンバーカードとの連携"),
        records=tuple(_link(link) for link in links),
        headings=("linked_at",),
    )
    yield _one("login", pgettext("own data", "ログイン"), _login(patron))
    passkeys = patron.user.passkeys.all() if patron.user else ()
    yield Section(
        key="passkeys",
        title=_("パスキー"),
        records=tuple(_passkey(passkey) for passkey in passkeys),
        headings=("name",),
    )
    logins = Session.objects.logins_of(patron.user).active(timezone.now()) if patron.user else ()
    yield Section(
        key="sessions",
        title=_("ログインしている画面"),
        records=tuple(_session(session) for session in logins),
        headings=("browser", "started_at"),
    )
    yield _one("audit", _("操作の記録"), _audit(patron))


def _one(key: str, title: str, record: Record) -> Section:
    return Section(key=key, title=title, records=(record,), several=False)


def erase(patron: Patron) -> None:
    """Delete the links to cards, so that the person can register anew, and end the login."""
    patron.identity_links.all().delete()
    FirstLoginCode.objects.of(patron).delete()
    # One that staff decide on at this moment is passed by: the next search deletes it.
    doubles = PossibleDouble.objects.of_patrons([patron.pk])
    free = doubles.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
    PossibleDouble.objects.filter(pk__in=list(free)).delete()
    patron.withholding_acts.all().delete()
    if patron.user is not None:
        close_account(user=patron.user)


def _record(patron: Patron) -> Record:
    return (
        Datum("number", _("利用者番号（貸出券の番号）"), patron.number),
        column(patron, "name"),
        Datum("last_name_kana", _("名前カタカナ（姓）"), patron.last_name_kana),
        Datum("first_name_kana", _("名前カタカナ（名）"), patron.first_name_kana),
        Datum("kana_to_be_confirmed", _("名前カタカナの確認待ち"), patron.kana_outdated),
        column(patron, "birth_date", patron.birth_date_display),
        column(patron, "postal_code"),
        Datum("postal_code_to_be_confirmed", _("郵便番号の確認待ち"), patron.postal_code_outdated),
        column(patron, "address", one_line(patron.address)),
        column(patron, "phone"),
        column(patron, "email"),
        Datum("confirmed_email", _("ご本人のものと確認できたE-mail"), patron.confirmed_email),
        Datum("bounced_email", _("メールが届かなかったE-mail"), patron.bounced_email),
        column(patron, "contact_method"),
        column(patron, "withheld_at"),
        column(patron, "language", dict(settings.LANGUAGES).get(patron.language, "")),
        column(patron, "registered_at"),
        column(patron, "registered_via"),
        Datum("updated_at", _("登録内容が変わった日時"), patron.updated_at),
        Datum("exported_at", _("貸出システムへ書き出した日時"), patron.exported_at),
        Datum("reflected_at", _("貸出システムに反映した日時"), patron.reflected_at),
        Datum("synced_at", _("貸出システムと内容が一致した日時"), patron.synced_at),
    )


def _verified(patron: Patron) -> Record:
    code = patron.municipality_code
    return (
        Datum("verified_at", _("マイナンバーカードを読み取った日時"), patron.verified_at),
        Datum("card_data_at", _("名前と住所をカードから取り込んだ日時"), patron.card_data_at),
        Datum("municipality_code", _("市町村コード"), code),
        Datum(
            "municipality",
            _("市町村"),
            _(MUNICIPALITY_NAMES[code]) if code in MUNICIPALITY_NAMES else "",
        ),
        column(patron, "residency_reason", key="residency"),
        Datum("residency_rule_version", _("居住地の判定表の版"), patron.residency_rule_version),
        column(patron, "moved_out_at"),
    )


def _link(link: IdentityLink) -> Record:
    return (
        Datum("linked_at", _("連携した日時"), link.linked_at),
        Datum("revoked_at", _("連携をやめた日時"), link.revoked_at),
        Datum("issuer", _("本人確認サービス"), link.issuer),
        Datum("subject_start", _("本人を見分けるための符号（はじめだけ）"), link.subject_start),
    )


def _login(patron: Patron) -> Record:
    user = patron.user
    return (
        Datum("created_at", _("はじめてログインした日時"), user and user.date_joined),
        Datum("last_login_at", _("最後にログインした日時"), user and user.last_login),
        Datum("own_password", _("ご自分で決めたパスワード"), patron.has_own_password),
        Datum("first_login_until", _("生年月日でログインできる期限"), patron.first_login_until),
        Datum(
            "first_login_reminded_at",
            _("はじめてのログインをご案内した日時"),
            patron.first_login_reminded_at,
        ),
    )


def _passkey(passkey: Passkey) -> Record:
    return (
        column(passkey, "name"),
        Datum("added_at", _("追加した日時"), passkey.created_at),
        Datum("last_used_at", _("最後に使った日時"), passkey.last_used_at),
    )


def _session(session: Session) -> Record:
    assert session.logged_in_at is not None
    ends_at = timeouts.ends_at(logged_in_at=session.logged_in_at, last_seen_at=session.last_seen_at)
    return (
        Datum("browser", _("端末とブラウザ"), session.place),
        Datum("started_at", _("ログインした日時"), session.logged_in_at),
        Datum("last_used_at", _("最後に使った日時"), session.last_seen_at),
        Datum("ends_at", _("自動で終わる日時"), ends_at),
    )


def _audit(patron: Patron) -> Record:
    """Tell that there are records, not who did what: that is between the library and its staff."""
    kept = AuditRecord.objects.filter(patron_id=patron.pk).aggregate(Count("pk"), Min("at"))
    return (
        Datum("count", _("ログインや変更、職員の閲覧などの記録の数"), kept["pk__count"]),
        Datum("oldest_at", _("いちばん古い記録の日時"), kept["at__min"]),
        Datum("kept_days", _("記録を残す日数"), settings.RETENTION_AUDIT_DAYS),
    )


register(
    Provider(
        models={
            Patron: Handling(),
            IdentityLink: Handling(),
            get_user_model(): Handling(
                kept="Holds nothing about the person once it is switched off; a request that logs"
                " in at this moment would fail on a row that is gone."
            ),
            Passkey: Handling(),
            Session: Handling(),
            FirstLoginCode: Handling(
                not_told="Holds no more than when a code for the first login was made, for 14 days."
            ),
            PossibleDouble: Handling(
                not_told="A guess about two patrons that names the other one; what came of it is"
                " asked for at the counter.",
            ),
            WithholdingAct: Handling(
                not_told="Who of the staff looked, and why, is between the library and its staff;"
                " since when it is withheld is told with the record."
            ),
            AuditRecord: Handling(
                kept="Nobody may rewrite the record; it holds keys and names of fields alone, which"
                " lead to an empty row once the patron is erased."
            ),
            AuthRequest: Handling(not_told="Hashes and secrets of a trip that lasts 30 minutes."),
            get_user_model().groups.through: Handling(not_told=STAFF_ONLY, kept=STAFF_ONLY),
            get_user_model().user_permissions.through: Handling(
                not_told=STAFF_ONLY, kept=STAFF_ONLY
            ),
            AuthenticatorApp: Handling(not_told=STAFF_ONLY, kept=STAFF_ONLY),
            RecoveryCode: Handling(not_told=STAFF_ONLY, kept=STAFF_ONLY),
            SavedFilter: Handling(not_told=STAFF_ONLY, kept=STAFF_ONLY),
            LogEntry: Handling(not_told=STAFF_ONLY, kept=STAFF_ONLY),
        },
        sections=sections,
        erase=erase,
    )
)
