from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0002_review_decisions"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="privacy_version",
            field=models.CharField(
                blank=True,
                db_default="",
                editable=False,
                max_length=20,
                verbose_name="示した利用目的の版",
            ),
        ),
    ]
