import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import myna_auth.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ProviderKeySet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uri", models.CharField(max_length=255, unique=True, verbose_name="URI")),
                ("document", models.TextField(blank=True, verbose_name="JWKS")),
                (
                    "fetched_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="取得日時"),
                ),
                ("fetches_left", models.FloatField(verbose_name="残りの再取得回数")),
                (
                    "counted_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="計数日時"
                    ),
                ),
            ],
            options={
                "verbose_name": "本人確認サービスの公開鍵",
                "verbose_name_plural": "本人確認サービスの公開鍵",
            },
        ),
        migrations.CreateModel(
            name="AuthRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("state_hash", models.CharField(max_length=64, verbose_name="stateのハッシュ")),
                (
                    "browser_hash",
                    models.CharField(max_length=64, verbose_name="ブラウザのハッシュ"),
                ),
                ("nonce", models.CharField(blank=True, max_length=64, verbose_name="nonce")),
                (
                    "code_verifier",
                    models.CharField(blank=True, max_length=128, verbose_name="code verifier"),
                ),
                ("purpose", models.CharField(max_length=50, verbose_name="目的")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="作成日時"
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(
                        default=myna_auth.models.default_expiry, verbose_name="期限"
                    ),
                ),
                (
                    "consumed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="使用日時"),
                ),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="結果が出た日時"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ログイン中の人",
                    ),
                ),
            ],
            options={
                "verbose_name": "本人確認の要求",
                "verbose_name_plural": "本人確認の要求",
                "indexes": [models.Index(fields=["expires_at"], name="myna_request_expires")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("state_hash",), name="myna_request_state_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("consumed_at", None),
                            models.Q(("code_verifier", ""), ("nonce", "")),
                            _connector="OR",
                        ),
                        name="myna_request_consumed_is_empty",
                    ),
                ],
            },
        ),
    ]
