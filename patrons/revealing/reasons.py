"""Why staff look at one patron's masked data; the code is what the audit record keeps."""

from django.db.models import TextChoices

# Found by the number on the card, typed or scanned: that is the reason.
BY_NUMBER = "by_number"


class RevealReason(TextChoices):
    VISIT = "visit", "窓口での手続き"
    CALL = "call", "電話での問い合わせ"
    CONTACT = "contact", "本人への連絡"
    CORRECTION = "correction", "登録内容の確認・訂正"
    LAW = "law", "法令にもとづく照会"
