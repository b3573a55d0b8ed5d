from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Count",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="日")),
                (
                    "dimension",
                    models.CharField(
                        choices=[
                            ("route", "登録の方法"),
                            ("step", "手続きの段階"),
                            ("end", "登録に至らなかった理由"),
                            ("minutes", "登録までの時間（分）"),
                            ("municipality", "新規登録の市町"),
                            ("age", "新規登録の年齢"),
                            ("held_municipality", "登録者の市町（月末）"),
                            ("held_age", "登録者の年齢（月末）"),
                        ],
                        max_length=20,
                        verbose_name="項目",
                    ),
                ),
                ("value", models.CharField(max_length=40, verbose_name="区分")),
                ("number", models.PositiveIntegerField(verbose_name="件数")),
            ],
            options={
                "verbose_name": "統計",
                "verbose_name_plural": "統計",
                "permissions": (("view_statistics", "統計を見る"),),
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("dimension", "day", "value"), name="count_one_per_day_and_value"
                    )
                ],
            },
        ),
    ]
