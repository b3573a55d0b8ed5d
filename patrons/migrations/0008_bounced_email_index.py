from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patrons", "0006_mail_reminder_and_erasure"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="patron",
            index=models.Index(
                condition=models.Q(("bounced_email", ""), _negated=True),
                fields=["-registered_at", "-id"],
                name="patron_bounced_email",
            ),
        ),
    ]
