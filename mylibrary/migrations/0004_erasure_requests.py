import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mylibrary", "0003_kana_change"),
        ("patrons", "0009_erased_patrons_are_empty"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ErasureRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "受付中"),
                            ("cancelled", "本人が取り消し"),
                            ("declined", "お断り"),
                            ("confirmed", "消去済み"),
                            ("lapsed", "退会後の期限で消去済み"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="状態",
                    ),
                ),
                (
                    "requested_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="申し込みの日時"
                    ),
                ),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="終了した日時"),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("items_out", "返却されていない資料があります"),
                            ("counter", "窓口で確認したいことがあります"),
                        ],
                        max_length=10,
                        verbose_name="お断りの理由",
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="メモ")),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasure_requests",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="職員",
                    ),
                ),
            ],
            options={
                "verbose_name": "個人情報の消去の申し込み",
                "verbose_name_plural": "個人情報の消去の申し込み",
                "permissions": (("decide_erasurerequest", "個人情報の消去を決定できる"),),
                "default_permissions": ("view",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("patron",),
                        name="erasure_request_one_open_per_patron",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["open", "cancelled", "declined", "confirmed", "lapsed"])
                        ),
                        name="erasure_request_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("state", "open")),
                            models.Q(
                                models.Q(("state", "open"), _negated=True),
                                ("closed_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="erasure_request_open_or_closed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("staff__isnull", False), ("state__in", ("confirmed", "declined"))
                            ),
                            models.Q(
                                models.Q(("state__in", ("confirmed", "declined")), _negated=True),
                                ("staff", None),
                            ),
                            _connector="OR",
                        ),
                        name="erasure_request_decided_by_staff",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("state", "declined")),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "declined"), _negated=True), ("reason", "")
                            ),
                            _connector="OR",
                        ),
                        name="erasure_request_declined_for_a_reason",
                    ),
                ],
            },
        ),
    ]
