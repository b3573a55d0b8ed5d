from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("myna_auth", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="authrequest",
            name="answered_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="結果が出た日時"),
        ),
    ]
