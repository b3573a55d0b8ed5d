from django.db import migrations, models

# A key is the 32 digits of a row's id and 32 of a digest (`notices.mailed_links`).
TAKE_LINKS_OUT = """
WITH keyed AS (
    SELECT id, substring(body FROM '[?]key=([0-9a-f]{32})[0-9a-f]{32}') AS row
    FROM notices_notice WHERE body LIKE '%?key=%'
)
UPDATE notices_notice AS notice
SET body = regexp_replace(
        body, 'https?://[^[:space:]]+[?]key=[^[:space:]]*',
        '（リンクはメールにだけ書かれています）', 'g'
    ),
    enclosed = CASE
        WHEN keyed.row IS NULL THEN ''
        WHEN kind = 'password_reset' THEN 'mylibrary.password_reset'
        WHEN kind = 'email_confirmation' THEN 'mylibrary.email_confirmation'
        WHEN kind IN ('review_approved', 'review_found') THEN 'registration.review_link'
        ELSE ''
    END,
    enclosed_id = COALESCE(keyed.row::uuid::text, '')
FROM keyed WHERE keyed.id = notice.id
"""


class Migration(migrations.Migration):
    """Take the links out of stored messages; those not sent yet get them when they are."""

    dependencies = [("notices", "0006_permission_to_send_again")]

    operations = [
        # The database's defaults: a process of the release before these fields can still write.
        migrations.AddField(
            model_name="notice",
            name="enclosed",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=60,
                verbose_name="メールだけに書くもの",
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="enclosed_id",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=36,
                verbose_name="その元の行",
            ),
        ),
        migrations.RunSQL(TAKE_LINKS_OUT, migrations.RunSQL.noop),
    ]
