"""Codes of an application's states and of the reasons for its moves."""

from django.db import models


class ApplicationState(models.TextChoices):
    """Where an application stands, from the first keystroke to its end."""

    STARTED = "started", "開始"
    IDENTIFIED = "identified", "本人確認済み"
    ENTERED = "entered", "入力済み"
    CONFIRMED = "confirmed", "確認済み"
    REGISTERED = "registered", "登録済み"
    REVIEW = "review", "図書館で確認中"
    APPROVED = "approved", "本人の手続き待ち"
    REFUSED = "refused", "登録不可"
    EXPIRED = "expired", "終了"


State = ApplicationState
# The draft is in the applicant's hands.
OPEN_STATES = (State.STARTED, State.IDENTIFIED, State.ENTERED, State.CONFIRMED)
# The draft carries what the identity service returned.
VERIFIED_STATES = (State.IDENTIFIED, State.ENTERED, State.CONFIRMED)
# What was typed has been checked.
ENTERED_STATES = (State.ENTERED, State.CONFIRMED)
# Whoever only might be registered already goes on: the candidates are a hint to staff.
HINTED_STATES = (*ENTERED_STATES, State.REGISTERED)
# Nothing personal is left in the row.
CLOSED_STATES = (State.REGISTERED, State.REFUSED, State.EXPIRED)


class Reason(models.TextChoices):
    """Why an application moved from one state to another."""

    STARTED = "started", "手続きの開始"
    TYPED = "typed", "入力の変更"
    CARD_READ = "card_read", "マイナンバーカードの読み取り"
    ENTERED = "entered", "入力"
    CONFIRMED = "confirmed", "申請者の確認"
    REGISTERED = "registered", "登録"
    OUTSIDE_AREA = "outside_area", "対象地域外"
    ADDRESS_UNREADABLE = "address_unreadable", "住所の市町村が読み取れない"
    DUPLICATE = "duplicate", "二重登録の可能性"
    OPEN_REVIEW = "open_review", "確認中の申請あり"
    UNCLEAR_IDENTITY = "unclear_identity", "本人確認情報の確認が必要"
    RESET = "reset", "リセット"
    CANCELLED = "cancelled", "キャンセル"
    TIMED_OUT = "timed_out", "期限切れ"
    REPLACED = "replaced", "同じ方の新しい手続き"
    SAME_PERSON = "same_person", "職員の決定：同一人物"
    OTHER_PERSON = "other_person", "職員の決定：登録してよい"
    COUNTER = "counter", "職員の決定：窓口へ案内"
