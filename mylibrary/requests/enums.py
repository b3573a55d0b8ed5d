"""Where a title that patrons asked for stands, why it is not got, and what they are told."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TitleState(models.TextChoices):
    """Where a wanted title stands; the moves are `mylibrary.requests.lifecycle`."""

    RECEIVED = "received", _("受付中")
    CONSIDERED = "considered", _("検討中")
    BUYING = "buying", _("購入します")
    BORROWING = "borrowing", _("他の図書館から借ります")
    DECLINED = "declined", _("お応えできません")
    READY = "ready", _("用意できました")
    WITHDRAWN = "withdrawn", _("取り下げ")


SENTENCES = {
    TitleState.RECEIVED: _("受け付けました。図書館で検討してから、お返事します。"),
    TitleState.CONSIDERED: _("図書館で検討しています。決まったら、お知らせします。"),
    TitleState.BUYING: _("購入することにしました。届いたら、お知らせします。"),
    TitleState.BORROWING: _("他の図書館から借りることにしました。届いたら、お知らせします。"),
    TitleState.DECLINED: _("ご希望にお応えできません。"),
    TitleState.READY: _("用意できました。借りる方法は、図書館でお尋ねください。"),
    TitleState.WITHDRAWN: _("リクエストを取り下げました。"),
}


class DeclineReason(models.TextChoices):
    """Why a title is not got; patrons are told these words, in their language."""

    UNAVAILABLE = "unavailable", _("品切れや絶版で、手に入りません")
    NOT_COLLECTED = "not_collected", _("図書館で集める資料に当てはまりません")
    NOT_PUBLISHED = "not_published", _("まだ発売されていません")
    UNCLEAR = "unclear", _("どの資料か、確かめられませんでした")
    OTHER = "other", _("そのほかの理由です")
