import django.db.models.deletion
from django.db import migrations, models

import notices.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("patrons", "0001_initial"),
    ]

    operations = [
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
                    "kind",
                    models.CharField(
                        choices=[("registration_received", "登録申請受付")],
                        max_length=40,
                        verbose_name="種類",
                    ),
                ),
                ("subject", models.CharField(max_length=200, verbose_name="件名")),
                ("body", models.TextField(verbose_name="本文")),
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
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="送信回数")),
                (
                    "last_error_code",
                    models.CharField(blank=True, max_length=20, verbose_name="最後のエラー"),
                ),
                (
                    "patron",
                    models.ForeignKey(
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
                "indexes": [
                    models.Index(fields=["patron", "-created_at"], name="notice_of_patron")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("sent_at", None), ("failed_at", None), _connector="OR"),
                        name="notice_not_both_sent_and_failed",
                    )
                ],
            },
        ),
    ]
