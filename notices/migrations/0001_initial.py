import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import notices.enums
import notices.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("patrons", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticeChoice",
            fields=[
                (
                    "patron",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="notice_choice",
                        serialize=False,
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
                (
                    "titles_in_mails",
                    models.BooleanField(default=False, verbose_name="メールにも書名を書く"),
                ),
                (
                    "days_before_due",
                    models.PositiveSmallIntegerField(
                        default=3, verbose_name="返却期限の何日前に知らせるか"
                    ),
                ),
            ],
            options={
                "verbose_name": "お知らせの内容の設定",
                "verbose_name_plural": "お知らせの内容の設定",
            },
        ),
        migrations.CreateModel(
            name="MailPreference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40, verbose_name="種類")),
                ("wanted", models.BooleanField(verbose_name="メールで受け取る")),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mail_preferences",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "お知らせメールの設定",
                "verbose_name_plural": "お知らせメールの設定",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("patron", "kind"), name="mail_preference_one_per_kind"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        editable=False,
                        unique=True,
                        verbose_name="公開ID",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=notices.enums.kind_choices, max_length=40, verbose_name="種類"
                    ),
                ),
                ("subject", models.CharField(max_length=200, verbose_name="件名")),
                ("body", models.TextField(verbose_name="本文")),
                (
                    "enclosed",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        editable=False,
                        max_length=60,
                        verbose_name="メールだけに書くもの",
                    ),
                ),
                (
                    "enclosed_id",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        editable=False,
                        max_length=36,
                        verbose_name="その元の行",
                    ),
                ),
                (
                    "about",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        editable=False,
                        size=None,
                        verbose_name="何についてか",
                    ),
                ),
                ("recipient", models.CharField(blank=True, max_length=254, verbose_name="宛先")),
                (
                    "message_id",
                    models.CharField(
                        default=notices.models.new_message_id,
                        editable=False,
                        max_length=300,
                        unique=True,
                        verbose_name="Message-ID",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="作成日時")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="既読日時")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="送信日時")),
                (
                    "failed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="送信を断念した日時"),
                ),
                (
                    "claimed_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="送信を始めた日時"
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="送信回数")),
                (
                    "last_error_code",
                    models.CharField(blank=True, max_length=20, verbose_name="最後のエラー"),
                ),
                (
                    "addressee",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patrons.patron",
                        verbose_name="宛先の利用者",
                    ),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "通知メッセージ",
                "verbose_name_plural": "通知メッセージ",
                "ordering": ("-created_at", "-pk"),
                "permissions": (("send_again_notice", "送信できなかったメールをもう一度送れる"),),
                "indexes": [
                    models.Index(fields=["-created_at", "-id"], name="notice_newest"),
                    models.Index(fields=["patron", "-created_at"], name="notice_of_patron"),
                    models.Index(
                        condition=models.Q(("read_at", None)),
                        fields=["patron"],
                        name="notice_unread_of_patron",
                    ),
                    models.Index(
                        condition=models.Q(("failed_at__isnull", False)),
                        fields=["-created_at", "-id"],
                        name="notice_given_up",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("failed_at", None),
                            ("sent_at", None),
                            models.Q(("recipient", ""), _negated=True),
                        ),
                        fields=["-created_at", "-id"],
                        name="notice_to_be_sent",
                    ),
                    models.Index(
                        condition=models.Q(
                            models.Q(
                                ("failed_at__isnull", False), ("recipient", ""), _connector="OR"
                            ),
                            ("read_at", None),
                            models.Q(
                                (
                                    "kind__in",
                                    (
                                        "loan_due",
                                        "loan_overdue",
                                        "hold_expired",
                                        "alert",
                                        "request_answered",
                                    ),
                                ),
                                _negated=True,
                            ),
                        ),
                        fields=["-created_at", "-id"],
                        name="notice_not_reached",
                    ),
                    models.Index(
                        django.contrib.postgres.indexes.OpClass(
                            "recipient", name="varchar_pattern_ops"
                        ),
                        condition=models.Q(("recipient", ""), _negated=True),
                        name="notice_recipient",
                    ),
                    models.Index(
                        condition=models.Q(("addressee__isnull", False)),
                        fields=["addressee", "-created_at"],
                        name="notice_of_addressee",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("sent_at", None), ("failed_at", None), _connector="OR"),
                        name="notice_not_both_sent_and_failed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("patron__isnull", False),
                            models.Q(("recipient", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="notice_reaches_somebody",
                    ),
                ],
            },
        ),
    ]
