from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patrons", "0006_mail_reminder_and_erasure"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="patron",
            index=models.Index(
                condition=models.Q(
                    ("first_login_reminded_at", None),
                    ("first_login_until__isnull", False),
                    ("withdrawn_at", None),
                ),
                fields=["first_login_until", "id"],
                name="patron_first_login_ending",
            ),
        ),
    ]
