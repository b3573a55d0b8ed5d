import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Branch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=20, unique=True, verbose_name="記号")),
                ("name", models.CharField(max_length=60, verbose_name="館名")),
                ("name_en", models.CharField(max_length=60, verbose_name="館名（英語）")),
                (
                    "postal_code",
                    models.CharField(blank=True, max_length=7, verbose_name="郵便番号"),
                ),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="住所")),
                ("phone", models.CharField(blank=True, max_length=15, verbose_name="電話番号")),
                ("order", models.PositiveSmallIntegerField(default=100, verbose_name="並び順")),
                ("is_listed", models.BooleanField(default=True, verbose_name="利用案内に載せる")),
                (
                    "closed_weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "月曜日"),
                            (1, "火曜日"),
                            (2, "水曜日"),
                            (3, "木曜日"),
                            (4, "金曜日"),
                            (5, "土曜日"),
                            (6, "日曜日"),
                        ],
                        default=0,
                        verbose_name="休館の曜日",
                    ),
                ),
                (
                    "closed_weeks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(
                            validators=[
                                django.core.validators.MinValueValidator(1),
                                django.core.validators.MaxValueValidator(5),
                            ]
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="休館の週",
                    ),
                ),
                (
                    "year_end_first",
                    models.CharField(
                        blank=True,
                        max_length=5,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
                            )
                        ],
                        verbose_name="年末年始の初日",
                    ),
                ),
                (
                    "year_end_last",
                    models.CharField(
                        blank=True,
                        max_length=5,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
                            )
                        ],
                        verbose_name="年末年始の末日",
                    ),
                ),
            ],
            options={
                "verbose_name": "館",
                "verbose_name_plural": "館",
                "ordering": ("order", "code"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("year_end_first", ""), ("year_end_last", "")),
                            models.Q(
                                models.Q(("year_end_first", ""), _negated=True),
                                models.Q(("year_end_last", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="branch_year_end_whole",
                        violation_error_message="年末年始は、初日と末日の両方を入力するか、両方を空欄にしてください。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Closure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("stock_taking", "特別整理期間"), ("temporary", "臨時休館")],
                        max_length=20,
                        verbose_name="種類",
                    ),
                ),
                ("first", models.DateField(verbose_name="初日")),
                ("last", models.DateField(verbose_name="末日")),
                ("reason", models.CharField(blank=True, max_length=60, verbose_name="理由")),
                (
                    "branch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="closures",
                        to="branches.branch",
                        verbose_name="館",
                    ),
                ),
            ],
            options={
                "verbose_name": "休館日",
                "verbose_name_plural": "休館日",
                "ordering": ("-first", "pk"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last__gte", models.F("first"))),
                        name="closure_ends_after_begin",
                        violation_error_message="末日は、初日か、それよりあとにしてください。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OpeningHours",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "月曜日"),
                            (1, "火曜日"),
                            (2, "水曜日"),
                            (3, "木曜日"),
                            (4, "金曜日"),
                            (5, "土曜日"),
                            (6, "日曜日"),
                        ],
                        verbose_name="曜日",
                    ),
                ),
                ("opens", models.TimeField(verbose_name="開館")),
                ("closes", models.TimeField(verbose_name="閉館")),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hours",
                        to="branches.branch",
                        verbose_name="館",
                    ),
                ),
            ],
            options={
                "verbose_name": "開館時間",
                "verbose_name_plural": "開館時間",
                "ordering": ("weekday",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("branch", "weekday"),
                        name="opening_hours_one_a_day",
                        violation_error_message="同じ曜日の開館時間が2つあります。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("closes__gt", models.F("opens"))),
                        name="opening_hours_end_after_begin",
                        violation_error_message="閉館は、開館よりあとにしてください。",
                    ),
                ],
            },
        ),
    ]
