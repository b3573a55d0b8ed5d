from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_second_factor"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="patron_number",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="本人、同僚、同じ住所の利用者の記録を開くと、管理に知らせます。番号がなければ、空けておきます。",
                max_length=32,
                verbose_name="職員本人の利用者番号",
            ),
        ),
    ]
