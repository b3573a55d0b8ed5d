import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# What was decided or taken back is a record: it may go with its patron, but never be rewritten.
REFUSE_UPDATES = """
CREATE FUNCTION mylibrary_refuse_kana_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'decisions are append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER mylibrary_kana_change_append_only
BEFORE UPDATE ON mylibrary_kanachange
FOR EACH ROW WHEN (OLD.state <> 'requested') EXECUTE FUNCTION mylibrary_refuse_kana_update();
"""
ALLOW_UPDATES = """
DROP TRIGGER mylibrary_kana_change_append_only ON mylibrary_kanachange;
DROP FUNCTION mylibrary_refuse_kana_update();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("mylibrary", "0002_email_change_and_reset"),
        ("patrons", "0006_mail_reminder_and_erasure"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="KanaChange",
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
                        related_name="kana_changes",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "名前カタカナの変更",
                "verbose_name_plural": "名前カタカナの変更",
                "permissions": (("decide_kanachange", "名前カタカナの変更を決定できる"),),
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "requested")),
                        fields=["requested_at", "id"],
                        name="kana_change_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "requested")),
                        fields=("patron",),
                        name="kana_change_one_waiting_per_patron",
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
                        name="kana_change_decided_by_whom_it_says",
                    ),
                ],
            },
        ),
        migrations.RunSQL(REFUSE_UPDATES, ALLOW_UPDATES),
    ]
