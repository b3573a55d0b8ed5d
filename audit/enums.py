"""What is recorded, and who can have done it; `docs/audit.md` says when each is written."""

from django.db.models import TextChoices


class Event(TextChoices):
    """What happened; the value is stored and logged."""

    # Logging in
    LOGIN = "login", "ログイン"
    LOGIN_FAILED = "login_failed", "ログインの失敗"
    LOGOUT = "logout", "ログアウト"
    LOGINS_ENDED = "logins_ended", "ほかの端末のログアウト"
    STAFF_LOGIN = "staff_login", "職員のログイン"
    STAFF_LOGIN_FAILED = "staff_login_failed", "職員のログインの失敗"
    STAFF_LOGOUT = "staff_logout", "職員のログアウト"
    THROTTLED = "throttled", "回数の制限"
    # The one thing more that is asked at a first login
    FIRST_LOGIN_ASKED = "first_login_asked", "はじめてのログインの確認"
    FIRST_LOGIN_CODE_MAILED = "first_login_code_mailed", "はじめてのログインの数字をメールで送付"
    FIRST_LOGIN_SLIP_ISSUED = "first_login_slip_issued", "初回ログイン用紙の発行"
    FIRST_LOGIN_FAILED = "first_login_failed", "はじめてのログインの確認の失敗"
    FIRST_LOGIN_PASSED = "first_login_passed", "はじめてのログインの確認の完了"
    # Passwords
    PASSWORD_CHANGED = "password_changed", "パスワードの変更"
    RESET_ASKED = "reset_asked", "パスワード再設定の申し込み"
    RESET_MAILED = "reset_mailed", "パスワード再設定のメールの送付"
    RESET_REFUSED = "reset_refused", "パスワード再設定の不受理"
    RESETS_STOPPED = "resets_stopped", "メールでのパスワード再設定の停止"
    RESETS_ALLOWED = "resets_allowed", "メールでのパスワード再設定の再開"
    # How a patron is reached, and what a patron is called
    ADDRESS_ASKED = "address_asked", "E-mailの変更の申し込み"
    ADDRESS_CHANGED = "address_changed", "E-mailの変更"
    ADDRESS_CONFIRMED = "address_confirmed", "E-mailの確認"
    ADDRESS_CANCELLED = "address_cancelled", "E-mailの変更の取り消し"
    ADDRESS_REFUSED = "address_refused", "E-mailの確認の不受理"
    CONTACT_CHANGED = "contact_changed", "連絡先の変更"
    CARD_DATA_TAKEN = "card_data_taken", "カードの名前・住所の反映"
    CARD_DATA_REFUSED = "card_data_refused", "カードの名前・住所の不受理"
    KANA_ASKED = "kana_asked", "名前カタカナの変更の申し込み"
    KANA_CANCELLED = "kana_cancelled", "名前カタカナの変更の取り下げ"
    KANA_DECIDED = "kana_decided", "名前カタカナの変更の決定"
    # Keys: what logs a person in beside a password
    PASSKEY_ADDED = "passkey_added", "パスキーの追加"
    PASSKEY_REMOVED = "passkey_removed", "パスキーの削除"
    PASSKEY_REFUSED = "passkey_refused", "パスキーの不受理"
    DEVICE_CARD_BEGUN = "device_card_begun", "端末での利用者カードの表示の開始"
    DEVICE_CARD_ENDED = "device_card_ended", "端末での利用者カードの表示の終了"
    MYNUMBER_LINKED = "mynumber_linked", "マイナンバーカードとの連携"
    MYNUMBER_UNLINKED = "mynumber_unlinked", "マイナンバーカードとの連携の終了"
    MYNUMBER_REFUSED = "mynumber_refused", "マイナンバーカードの不受理"
    RECOVERED = "recovered", "カードによる番号の確認"
    # Registration
    REGISTERED = "registered", "利用者の登録"
    REGISTRATION_REFUSED = "registration_refused", "登録の不受理"
    REGISTRATION_IN_REVIEW = "registration_in_review", "図書館で確認する登録"
    REGISTRATION_DECIDED = "registration_decided", "登録の確認の決定"
    DOUBLE_DECIDED = "double_decided", "二重登録かもしれない利用者の決定"
    RESIDENCY_DECIDED = "residency_decided", "居住地の判定のやり直し"
    # 情報秘匿
    WITHHELD = "withheld", "情報秘匿の設定"
    WITHHOLDING_ENDED = "withholding_ended", "情報秘匿の解除"
    WITHHELD_OPENED = "withheld_opened", "情報秘匿の内容の表示"
    # Personal data that are masked for who looks
    REVEALED = "revealed", "伏せた個人情報の表示"
    NOTABLE_OPENED = "notable_opened", "確認が必要な閲覧"
    # Own data and its end
    OWN_DATA_DOWNLOADED = "own_data_downloaded", "本人の情報の書き出し"
    ERASURE_ASKED = "erasure_asked", "消去の申し込み"
    ERASURE_CANCELLED = "erasure_cancelled", "消去の取り下げ"
    ERASURE_DECIDED = "erasure_decided", "消去の申し込みの決定"
    ERASED = "erased", "個人情報の消去"
    # What patrons asked the library to get; never who
    TITLE_DECIDED = "title_decided", "リクエストの決定"
    # Files of the library system
    IMPORTED = "imported", "貸出システムからの取り込み"
    CATALOG_IMPORTED = "catalog_imported", "蔵書の取り込み"
    EXPORTED = "exported", "貸出システムへの書き出し"
    RESTORED = "restored", "バックアップからの復元"
    # Staff
    STAFF_OPENED = "staff_opened", "職員による閲覧"
    STAFF_LISTED = "staff_listed", "職員による一覧・検索"
    STAFF_EXPORTED = "staff_exported", "一覧の書き出し"
    STAFF_CHANGED = "staff_changed", "職員による変更"
    STAFF_ADDED = "staff_added", "職員による追加"
    STAFF_DELETED = "staff_deleted", "職員による削除"
    STAFF_ACTION = "staff_action", "職員による操作"
    STAFF_REFUSED = "staff_refused", "権限のない操作"
    STAFF_PASSWORD = "staff_password", "職員のパスワードの変更"
    SECOND_FACTOR_CHANGED = "second_factor_changed", "職員の2段階認証の変更"
    SECOND_FACTOR_PASSED = "second_factor_passed", "職員の2段階認証の完了"
    SECOND_FACTOR_FAILED = "second_factor_failed", "職員の2段階認証の失敗"
    SECOND_FACTOR_RESET = "second_factor_reset", "職員の2段階認証の解除"
    RIGHTS_CHANGED = "rights_changed", "職員の権限の変更"
    ANNOUNCEMENT_CHANGED = "announcement_changed", "お知らせ・受付停止の変更"


class ActorKind(TextChoices):
    PATRON = "patron", "利用者"
    STAFF = "staff", "職員"
    NOBODY = "nobody", "ログインしていない人"
    WORKER = "worker", "自動処理"
    COMMAND = "command", "コマンド"


class NotableReason(TextChoices):
    """Why 管理 is told that a member of staff has opened a record."""

    OWN = "own_record", "職員本人の記録"
    COLLEAGUE = "colleague", "同僚の記録"
    WITHHELD = "withheld", "情報秘匿の利用者"
    FAMILY = "same_address", "職員と同じ住所の利用者"
