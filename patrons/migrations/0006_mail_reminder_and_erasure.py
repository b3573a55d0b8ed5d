from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patrons", "0005_export_pending"),
    ]

    operations = [
        migrations.AddField(
            model_name="patron",
            name="bounced_email",
            field=models.CharField(
                blank=True,
                db_default="",
                editable=False,
                max_length=254,
                verbose_name="届かなかったE-mail",
            ),
        ),
        migrations.AddField(
            model_name="patron",
            name="confirmed_email",
            field=models.CharField(
                blank=True,
                db_default="",
                editable=False,
                max_length=254,
                verbose_name="確認済みのE-mail",
            ),
        ),
        migrations.AddField(
            model_name="patron",
            name="erased_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="個人情報の消去日時"),
        ),
        migrations.AddField(
            model_name="patron",
            name="first_login_reminded_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="初回ログインの案内日時"
            ),
        ),
    ]
