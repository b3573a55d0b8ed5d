import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mylibrary", "0005_purpose_shown"),
        ("patrons", "0010_in_step_with_the_library_system"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ResetStop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stopped_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="停止した日時"
                    ),
                ),
                (
                    "patron",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reset_stop",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="職員",
                    ),
                ),
            ],
            options={
                "verbose_name": "E-mailでのパスワード再設定の停止",
                "verbose_name_plural": "E-mailでのパスワード再設定の停止",
                "permissions": (
                    ("decide_resetstop", "E-mailでのパスワード再設定を停止・再開できる"),
                ),
                "default_permissions": (),
            },
        ),
    ]
