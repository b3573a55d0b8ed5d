import django.contrib.postgres.functions
import django.db.models.deletion
from django.db import migrations, models

import notices.enums


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0003_kinds_of_my_library"),
        ("patrons", "0006_mail_reminder_and_erasure"),
    ]

    operations = [
        # The database's default gives every message that is there an ID of its own.
        migrations.AddField(
            model_name="notice",
            name="public_id",
            field=models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(),
                editable=False,
                unique=True,
                verbose_name="公開ID",
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=notices.enums.kind_choices, max_length=40, verbose_name="種類"
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("read_at", None)),
                fields=["patron"],
                name="notice_unread_of_patron",
            ),
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
    ]
