import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Announcement",
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
                        choices=[
                            ("emergency", "緊急のお知らせ（台風など）"),
                            ("registration_stop", "利用者登録の受付停止"),
                            ("agency_maintenance", "デジタル庁のサービスの点検"),
                            ("library_maintenance", "図書館システムの点検"),
                        ],
                        max_length=30,
                        verbose_name="種類",
                    ),
                ),
                ("sentence", models.CharField(blank=True, max_length=200, verbose_name="説明")),
                (
                    "begins_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="開始"),
                ),
                ("ends_at", models.DateTimeField(verbose_name="終了")),
            ],
            options={
                "verbose_name": "緊急・受付停止・点検のお知らせ",
                "verbose_name_plural": "緊急・受付停止・点検のお知らせ",
                "ordering": ("-begins_at", "-pk"),
                "indexes": [models.Index(fields=["ends_at"], name="announcement_ends_at")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("begins_at"))),
                        name="announcement_ends_after_its_beginning",
                        violation_error_message="終了は、開始より後の日時にしてください。",
                    )
                ],
            },
        ),
    ]
