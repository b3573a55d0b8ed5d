import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import mylibrary.mynumber.models
import mylibrary.profile.models
import mylibrary.reset.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("patrons", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ResetStop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stopped_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="停止した日時"
                    ),
                ),
                (
                    "patron",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reset_stop",
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
                "verbose_name": "E-mailでのパスワード再設定の停止",
                "verbose_name_plural": "E-mailでのパスワード再設定の停止",
                "permissions": (
                    ("decide_resetstop", "E-mailでのパスワード再設定を停止・再開できる"),
                ),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="EmailConfirmation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="確認ID",
                    ),
                ),
                ("email", models.CharField(max_length=254, verbose_name="E-mail")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="作成日時"
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(
                        default=mylibrary.profile.models.confirmation_expiry, verbose_name="期限"
                    ),
                ),
                (
                    "patron",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="email_confirmation",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "E-mailの確認",
                "verbose_name_plural": "E-mailの確認",
                "indexes": [models.Index(fields=["expires_at"], name="email_confirmation_expires")],
            },
        ),
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
        migrations.CreateModel(
            name="KanaRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "last_name_before",
                    models.CharField(blank=True, max_length=100, verbose_name="前の姓"),
                ),
                (
                    "first_name_before",
                    models.CharField(blank=True, max_length=100, verbose_name="前の名"),
                ),
                ("last_name_kana", models.CharField(max_length=100, verbose_name="新しい姓")),
                (
                    "first_name_kana",
                    models.CharField(blank=True, max_length=100, verbose_name="新しい名"),
                ),
                (
                    "requested_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="申し込み日時"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "確認待ち"),
                            ("approved", "承認"),
                            ("declined", "見送り"),
                            ("cancelled", "取り消し"),
                        ],
                        default="requested",
                        editable=False,
                        max_length=10,
                        verbose_name="状況",
                    ),
                ),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="終了日時"),
                ),
                ("note", models.TextField(blank=True, verbose_name="メモ")),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="職員",
                    ),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kana_requests",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "名前カタカナの変更",
                "verbose_name_plural": "名前カタカナの変更",
                "permissions": (("decide_kanarequest", "名前カタカナの変更を決定できる"),),
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "requested")),
                        fields=["requested_at", "id"],
                        name="kana_request_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "requested")),
                        fields=("patron",),
                        name="kana_request_one_waiting_per_patron",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None), ("decided_by", None), ("state", "requested")
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by", None),
                                ("state", "cancelled"),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("state__in", ("approved", "declined")),
                            ),
                            _connector="OR",
                        ),
                        name="kana_request_decided_by_whom_it_says",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LinkOffer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="申し出ID",
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[("login", "ログイン"), ("recover", "番号の確認")],
                        max_length=10,
                        verbose_name="目的",
                    ),
                ),
                ("issuer", models.CharField(max_length=255, verbose_name="発行者")),
                ("subject", models.CharField(max_length=255, verbose_name="識別子")),
                ("phone_needed", models.BooleanField(verbose_name="電話番号の確認")),
                (
                    "privacy_version",
                    models.CharField(
                        db_default="", max_length=20, verbose_name="示した利用目的の版"
                    ),
                ),
                (
                    "tries_left",
                    models.PositiveSmallIntegerField(default=5, verbose_name="残りの回数"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="作成日時"
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(
                        default=mylibrary.mynumber.models.default_expiry, verbose_name="期限"
                    ),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "マイナンバーカードとの連携の申し出",
                "verbose_name_plural": "マイナンバーカードとの連携の申し出",
                "indexes": [models.Index(fields=["expires_at"], name="link_offer_expires")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("purpose__in", ["login", "recover"])),
                        name="link_offer_purpose_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PrivacyNoticeShown",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.CharField(max_length=20, verbose_name="版")),
                (
                    "shown_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="示した日時"
                    ),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "示した利用目的",
                "verbose_name_plural": "示した利用目的",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("patron", "version"), name="purpose_shown_once_per_version"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ResetRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="申し込みID",
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=20, verbose_name="利用者番号")),
                ("email_key", models.CharField(blank=True, max_length=254, verbose_name="E-mail")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="申し込み日時"
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(
                        default=mylibrary.reset.models.reset_expiry, verbose_name="期限"
                    ),
                ),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="確かめた日時"),
                ),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="使用日時")),
                (
                    "patron",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "パスワードの再設定の申し込み",
                "verbose_name_plural": "パスワードの再設定の申し込み",
                "indexes": [models.Index(fields=["expires_at"], name="reset_request_expires")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answered_at", None),
                            models.Q(("email_key", ""), ("number", "")),
                            _connector="OR",
                        ),
                        name="reset_request_answered_holds_nothing_typed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("patron", None), ("answered_at__isnull", False), _connector="OR"
                        ),
                        name="reset_request_patron_was_looked_up",
                    ),
                ],
            },
        ),
    ]
