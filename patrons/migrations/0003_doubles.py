import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patrons", "0002_matching_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DoubleSearch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rules", models.CharField(max_length=60)),
                ("changed_at", models.DateTimeField(null=True)),
                ("last_id", models.BigIntegerField(default=0)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PossibleDouble",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "strength",
                    models.CharField(
                        choices=[("possible", "二重登録の可能性"), ("hint", "手がかりだけ")],
                        max_length=10,
                        verbose_name="二重登録の判定",
                    ),
                ),
                (
                    "fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        default=list,
                        size=None,
                        verbose_name="同じ項目",
                    ),
                ),
                (
                    "found_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="見つけた日時"
                    ),
                ),
                ("look_by", models.DateField(blank=True, null=True, verbose_name="確認の期限")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("other_person", "別の方"), ("same_person", "同じ方")],
                        max_length=20,
                        verbose_name="決定",
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="メモ")),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="決定日時"),
                ),
            ],
            options={
                "verbose_name": "二重登録かもしれない利用者",
                "verbose_name_plural": "二重登録かもしれない利用者",
                "permissions": (
                    ("decide_possibledouble", "二重登録かもしれない利用者を決定できる"),
                ),
                "default_permissions": ("view",),
            },
        ),
        migrations.AddIndex(
            model_name="patron",
            index=models.Index(fields=["updated_at", "id"], name="patron_updated_at"),
        ),
        migrations.AddField(
            model_name="possibledouble",
            name="first",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="patrons.patron",
                verbose_name="利用者",
            ),
        ),
        migrations.AddField(
            model_name="possibledouble",
            name="second",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="patrons.patron",
                verbose_name="もう1人の利用者",
            ),
        ),
        migrations.AddField(
            model_name="possibledouble",
            name="staff",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="職員",
            ),
        ),
        migrations.AddIndex(
            model_name="possibledouble",
            index=models.Index(
                condition=models.Q(("verdict", "")),
                fields=["look_by", "-strength", "found_at", "id"],
                name="possible_double_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="possibledouble",
            constraint=models.UniqueConstraint(
                fields=("first", "second"), name="possible_double_one_a_pair"
            ),
        ),
        migrations.AddConstraint(
            model_name="possibledouble",
            constraint=models.CheckConstraint(
                condition=models.Q(("first__lt", models.F("second"))),
                name="possible_double_of_two_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="possibledouble",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("staff", None), ("verdict", "")),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("staff__isnull", False),
                        ("verdict__in", ["other_person", "same_person"]),
                    ),
                    _connector="OR",
                ),
                name="possible_double_decided_by_somebody",
            ),
        ),
    ]
