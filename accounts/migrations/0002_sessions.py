from django.db import migrations, models
from django.db.models import Q

# Who is logged in while this runs stays so, for as long as a login lasts since the session began.
NAME_LOGINS = """
UPDATE accounts_session SET login_id = gen_random_uuid(), logged_in_at = created_at
WHERE user_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="login_id",
            field=models.UUIDField(editable=False, null=True, verbose_name="ログインID"),
        ),
        migrations.AddField(
            model_name="session",
            name="logged_in_at",
            field=models.DateTimeField(null=True, verbose_name="ログイン日時"),
        ),
        migrations.AddField(
            model_name="session",
            name="browser",
            field=models.CharField(blank=True, max_length=40, verbose_name="端末とブラウザ"),
        ),
        migrations.RunSQL(NAME_LOGINS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                name="session_login_is_whole",
                condition=Q(user=None, login_id=None, logged_in_at=None, browser="")
                | Q(user__isnull=False, login_id__isnull=False, logged_in_at__isnull=False),
            ),
        ),
    ]
