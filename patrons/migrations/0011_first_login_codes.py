import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patrons", "0010_in_step_with_the_library_system"),
    ]

    operations = [
        migrations.CreateModel(
            name="FirstLoginCode",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="コードID",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("mail", "E-mail"),
                            ("screen", "登録の結果の画面"),
                            ("counter", "初回ログイン用紙"),
                        ],
                        max_length=10,
                        verbose_name="種類",
                    ),
                ),
                (
                    "made_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="発行日時"
                    ),
                ),
                ("expires_at", models.DateTimeField(verbose_name="期限")),
                (
                    "tries",
                    models.PositiveSmallIntegerField(default=0, verbose_name="入力された回数"),
                ),
                (
                    "ended_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="使用・取り消しの日時"
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
                "verbose_name": "初回ログインの確認コード",
                "verbose_name_plural": "初回ログインの確認コード",
                "permissions": (("issue_firstlogincode", "初回ログイン用紙を発行できる"),),
                "default_permissions": (),
                "indexes": [models.Index(fields=["made_at"], name="first_login_code_made")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["mail", "screen", "counter"])),
                        name="first_login_code_kind_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("patron", "kind"),
                        name="first_login_code_one_per_patron_and_kind",
                    ),
                ],
            },
        ),
    ]
