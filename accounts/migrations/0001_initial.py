import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import accounts.validators


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="LoginBucket",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("free_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "verbose_name": "ログイン試行の制限",
                "verbose_name_plural": "ログイン試行の制限",
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={
                            "unique": "同じユーザー名がすでにあります。別の名前にしてください。"
                        },
                        help_text="150文字以内。文字、数字と @ . + - _ が使えます。数字だけにはできません。",
                        max_length=150,
                        unique=True,
                        validators=[accounts.validators.validate_staff_username],
                        verbose_name="ユーザー名",
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="職員の氏名。操作の記録や決定に、この名前を表示します。",
                        max_length=100,
                        verbose_name="氏名",
                    ),
                ),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False, help_text="管理画面に入れます。", verbose_name="職員"
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="使わなくなった人は、削除せずにここを外してください。",
                        verbose_name="有効",
                    ),
                ),
                (
                    "patron_number",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="本人、同僚、同じ住所の利用者の記録を開くと、管理に知らせます。番号がなければ、空けておきます。",
                        max_length=32,
                        verbose_name="職員本人の利用者番号",
                    ),
                ),
                (
                    "date_joined",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="作成日時"
                    ),
                ),
                ("passkey_handle", models.BinaryField(max_length=64, null=True, unique=True)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "職員",
                "verbose_name_plural": "職員",
                "permissions": (
                    ("assign_roles", "職員に役割を付けられる"),
                    ("reset_second_factor", "職員の2段階認証を解除できる"),
                    ("export_cases", "申請、確認、申し込みの一覧をファイルに書き出せる"),
                    ("export_lists", "そのほかの一覧をファイルに書き出せる"),
                ),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_staff", False),
                            models.Q(
                                ("username__regex", "[[:alpha:]]"),
                                models.Q(("username__startswith", "patron:"), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="staff_username_has_a_letter",
                        violation_error_message="職員のユーザー名には文字を入れてください。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuthenticatorApp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sealed_secret", models.BinaryField(max_length=500, verbose_name="秘密の値")),
                ("last_step", models.PositiveBigIntegerField(verbose_name="最後に使った時間")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="登録日時"
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="authenticator_app",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="職員",
                    ),
                ),
            ],
            options={
                "verbose_name": "認証アプリ",
                "verbose_name_plural": "認証アプリ",
                "default_permissions": (),
            },
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
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, verbose_name="ハッシュ")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recovery_codes",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="職員",
                    ),
                ),
            ],
            options={
                "verbose_name": "予備コード",
                "verbose_name_plural": "予備コード",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("user", "digest"), name="recovery_code_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="session key"
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="開始日時"
                    ),
                ),
                (
                    "last_seen_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="最終利用日時"
                    ),
                ),
                (
                    "login_id",
                    models.UUIDField(editable=False, null=True, verbose_name="ログインID"),
                ),
                ("logged_in_at", models.DateTimeField(null=True, verbose_name="ログイン日時")),
                (
                    "browser",
                    models.CharField(blank=True, max_length=40, verbose_name="端末とブラウザ"),
                ),
                (
                    "former_key",
                    models.CharField(
                        blank=True, editable=False, max_length=40, verbose_name="前のキー"
                    ),
                ),
                (
                    "former_answer",
                    models.CharField(
                        blank=True, editable=False, max_length=64, verbose_name="前のキーの証明"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ログインした人",
                    ),
                ),
            ],
            options={
                "verbose_name": "セッション",
                "verbose_name_plural": "セッション",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("former_key", ""), _negated=True),
                        fields=["former_key"],
                        name="session_former_key",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("browser", ""),
                                ("logged_in_at", None),
                                ("login_id", None),
                                ("user", None),
                            ),
                            models.Q(
                                ("logged_in_at__isnull", False),
                                ("login_id__isnull", False),
                                ("user__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="session_login_is_whole",
                    )
                ],
            },
        ),
    ]
