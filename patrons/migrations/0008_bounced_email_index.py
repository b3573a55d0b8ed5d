from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patrons", "0007_first_login_reminder_index"),
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
