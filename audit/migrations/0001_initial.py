import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

# What a stranger could go on with for ever, and fill the table: tries that are refused for being
# too many, links that are none. Of one network and limit they leave one row a minute.
BOUND = """
CREATE UNIQUE INDEX audit_once_a_minute ON audit_record
(network, event, reason, date_trunc('minute', at AT TIME ZONE 'UTC'))
WHERE event IN ('throttled', 'reset_refused', 'address_refused', 'passkey_refused');
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Record",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="日時"
                    ),
                ),
                ("event", models.CharField(max_length=60, verbose_name="できごと")),
                (
                    "actor_kind",
                    models.CharField(
                        choices=[
                            ("patron", "利用者"),
                            ("staff", "職員"),
                            ("nobody", "ログインしていない人"),
                            ("worker", "自動処理"),
                            ("command", "コマンド"),
                        ],
                        max_length=10,
                        verbose_name="だれが",
                    ),
                ),
                ("actor_id", models.BigIntegerField(null=True, verbose_name="ログインした人")),
                ("patron_id", models.BigIntegerField(null=True, verbose_name="利用者")),
                ("object_type", models.CharField(max_length=60, verbose_name="対象の種類")),
                ("object_id", models.CharField(max_length=60, verbose_name="対象")),
                (
                    "fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), size=None, verbose_name="項目"
                    ),
                ),
                ("reason", models.CharField(max_length=60, verbose_name="理由")),
                ("count", models.IntegerField(null=True, verbose_name="件数")),
                ("network", models.CharField(max_length=32, verbose_name="接続元")),
            ],
            options={
                "verbose_name": "操作の記録",
                "verbose_name_plural": "操作の記録",
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["at", "event", "actor_kind"], name="audit_at_event"),
                    models.Index(fields=["event", "at"], name="audit_event"),
                    models.Index(
                        condition=models.Q(("patron_id__isnull", False)),
                        fields=["patron_id", "at"],
                        name="audit_patron",
                    ),
                    models.Index(
                        condition=models.Q(("actor_id__isnull", False)),
                        fields=["actor_id", "at"],
                        name="audit_actor",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NotableOpening",
            fields=[],
            options={
                "verbose_name": "確認が必要な閲覧",
                "verbose_name_plural": "確認が必要な閲覧",
                "proxy": True,
                "default_permissions": (),
                "indexes": [],
                "constraints": [],
            },
            bases=("audit.record",),
        ),
        migrations.RunSQL(BOUND, "DROP INDEX audit_once_a_minute;"),
    ]
