from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0008_mails_are_claimed")]

    operations = [
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["-created_at", "-id"], name="notice_newest"),
        ),
    ]
