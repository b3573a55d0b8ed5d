import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import mylibrary.models


class Migration(migrations.Migration):
    dependencies = [
        ("mylibrary", "0001_link_offers"),
        ("patrons", "0006_mail_reminder_and_erasure"),
    ]

    operations = [
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
