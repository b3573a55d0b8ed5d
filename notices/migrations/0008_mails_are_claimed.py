from django.db import migrations, models

TO_ITS_QUEUE = """
UPDATE procrastinate_jobs SET queue_name = 'mail'
WHERE task_name = 'notices.tasks.send_mail' AND status = 'todo'
"""


class Migration(migrations.Migration):
    """Let a worker take a mail without a transaction, and move waiting jobs to the mails' queue."""

    dependencies = [
        ("notices", "0007_links_are_made_when_mails_are_sent"),
        ("procrastinate", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="claimed_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="送信を始めた日時"
            ),
        ),
        migrations.RunSQL(TO_ITS_QUEUE, migrations.RunSQL.noop),
    ]
