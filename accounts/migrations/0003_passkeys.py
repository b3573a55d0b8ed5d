import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_sessions"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="passkey_handle",
            field=models.BinaryField(max_length=64, null=True, unique=True),
        ),
        migrations.CreateModel(
            name="Passkey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="名前")),
                (
                    "credential_id",
                    models.BinaryField(max_length=1023, unique=True, verbose_name="識別子"),
                ),
                ("public_key", models.BinaryField(max_length=1024, verbose_name="公開鍵")),
                (
                    "sign_count",
                    models.PositiveBigIntegerField(default=0, verbose_name="署名の回数"),
                ),
                (
                    "transports",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        default=list,
                        size=None,
                        verbose_name="通信のしかた",
                    ),
                ),
                ("backup_eligible", models.BooleanField(verbose_name="同期できる")),
                ("backed_up", models.BooleanField(verbose_name="同期されている")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="追加日時"
                    ),
                ),
                (
                    "last_used_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="最終利用日時"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passkeys",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ログインする人",
                    ),
                ),
            ],
            options={
                "verbose_name": "パスキー",
                "verbose_name_plural": "パスキー",
                "ordering": ("created_at", "pk"),
            },
        ),
    ]
