import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="News",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=100, verbose_name="題名")),
                ("text", models.TextField(max_length=4000, verbose_name="本文")),
                (
                    "title_en",
                    models.CharField(blank=True, max_length=200, verbose_name="英語の題名"),
                ),
                (
                    "text_en",
                    models.TextField(blank=True, max_length=8000, verbose_name="英語の本文"),
                ),
                (
                    "begins_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="公開の開始"),
                ),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="公開の終了")),
                ("picture", models.BinaryField(blank=True, null=True, verbose_name="写真・絵")),
                ("picture_digest", models.CharField(blank=True, editable=False, max_length=16)),
                ("picture_width", models.PositiveSmallIntegerField(editable=False, null=True)),
                ("picture_height", models.PositiveSmallIntegerField(editable=False, null=True)),
                (
                    "alternative",
                    models.CharField(blank=True, max_length=200, verbose_name="写真・絵の説明"),
                ),
            ],
            options={
                "verbose_name": "お知らせ",
                "verbose_name_plural": "お知らせ",
                "ordering": ("-begins_at", "-pk"),
                "abstract": False,
                "indexes": [models.Index(fields=["-begins_at", "-id"], name="news_begins_at")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("begins_at"))),
                        name="news_ends_after_its_beginning",
                        violation_error_message="公開の終了は、開始より後の日時を入力してください。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("picture_digest", ""),
                            models.Q(("alternative", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="news_picture_is_described",
                        violation_error_message="写真・絵の説明を入力してください。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Recommendation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=100, verbose_name="題名")),
                ("text", models.TextField(max_length=4000, verbose_name="本文")),
                (
                    "title_en",
                    models.CharField(blank=True, max_length=200, verbose_name="英語の題名"),
                ),
                (
                    "text_en",
                    models.TextField(blank=True, max_length=8000, verbose_name="英語の本文"),
                ),
                (
                    "begins_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="公開の開始"),
                ),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="公開の終了")),
                ("picture", models.BinaryField(blank=True, null=True, verbose_name="写真・絵")),
                ("picture_digest", models.CharField(blank=True, editable=False, max_length=16)),
                ("picture_width", models.PositiveSmallIntegerField(editable=False, null=True)),
                ("picture_height", models.PositiveSmallIntegerField(editable=False, null=True)),
                (
                    "alternative",
                    models.CharField(blank=True, max_length=200, verbose_name="写真・絵の説明"),
                ),
            ],
            options={
                "verbose_name": "図書館推奨資料",
                "verbose_name_plural": "図書館推奨資料",
                "ordering": ("-begins_at", "-pk"),
                "abstract": False,
                "indexes": [
                    models.Index(fields=["-begins_at", "-id"], name="recommendation_begins_at")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("begins_at"))),
                        name="recommendation_ends_after_its_beginning",
                        violation_error_message="公開の終了は、開始より後の日時を入力してください。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("picture_digest", ""),
                            models.Q(("alternative", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="recommendation_picture_is_described",
                        violation_error_message="写真・絵の説明を入力してください。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecommendedWork",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sentence", models.CharField(blank=True, max_length=200, verbose_name="紹介文")),
                ("order", models.PositiveSmallIntegerField(default=100, verbose_name="並び順")),
                (
                    "recommendation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="works",
                        to="news.recommendation",
                        verbose_name="一覧",
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.record",
                        verbose_name="資料",
                    ),
                ),
            ],
            options={
                "verbose_name": "推奨資料",
                "verbose_name_plural": "推奨資料",
                "ordering": ("order", "pk"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("recommendation", "record"),
                        name="recommended_work_once_a_list",
                        violation_error_message="同じ資料が2回入力されています。",
                    )
                ],
            },
        ),
    ]
