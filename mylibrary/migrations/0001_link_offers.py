import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import mylibrary.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("patrons", "0002_name_and_address_after_a_move"),
    ]

    operations = [
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
    ]
