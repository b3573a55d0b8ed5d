import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("page", models.CharField(max_length=60, verbose_name="一覧")),
                ("name", models.CharField(max_length=30, verbose_name="名前")),
                ("query", models.CharField(max_length=500, verbose_name="条件")),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="職員",
                    ),
                ),
            ],
            options={
                "verbose_name": "保存した絞り込み",
                "verbose_name_plural": "保存した絞り込み",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "page", "name"), name="saved_filter_has_its_name_once"
                    )
                ],
            },
        ),
    ]
