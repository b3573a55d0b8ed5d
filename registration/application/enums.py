"""Codes of an application's states and of the reasons for its moves."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ApplicationState(models.TextChoices):
    """Where an application stands, from the first keystroke to its end."""

    STARTED = "started", _("開始")
    IDENTIFIED = "identified", _("本人確認済み")
    ENTERED = "entered", _("入力済み")
    CONFIRMED = "confirmed", _("確認済み")
    REGISTERED = "registered", _("登録済み")
    REVIEW = "review", _("図書館で確認中")
    APPROVED = "approved", _("本人の手続き待ち")
    REFUSED = "refused", _("登録不可")
    EXPIRED = "expired", _("終了")


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
# Begun by anybody, or over without a result: no work for staff.
WITHOUT_RESULT = (State.STARTED, State.EXPIRED)


class Reason(models.TextChoices):
    """Why an application moved from one state to another."""

    STARTED = "started", _("手続きの開始")
    TYPED = "typed", _("入力の変更")
    CARD_READ = "card_read", _("マイナンバーカードの読み取り")
    ENTERED = "entered", _("入力")
    CONFIRMED = "confirmed", _("申請者の確認")
    REGISTERED = "registered", _("登録")
    OUTSIDE_AREA = "outside_area", _("対象地域外")
    ADDRESS_UNREADABLE = "address_unreadable", _("住所の市町村が読み取れない")
    DUPLICATE = "duplicate", _("二重登録の可能性")
    OPEN_REVIEW = "open_review", _("確認中の申請あり")
    UNCLEAR_IDENTITY = "unclear_identity", _("本人確認情報の確認が必要")
    RESET = "reset", _("リセット")
    CANCELLED = "cancelled", _("キャンセル")
    TIMED_OUT = "timed_out", _("期限切れ")
    REPLACED = "replaced", _("同じ方の新しい手続き")
    SAME_PERSON = "same_person", _("職員の決定：同一人物")
    OTHER_PERSON = "other_person", _("職員の決定：登録してよい")
    COUNTER = "counter", _("職員の決定：窓口へ案内")
