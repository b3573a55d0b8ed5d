from django.db import migrations, models

# A change is later than the export before it, whichever machine's clock stamped it: otherwise the
# library system would not hear of it.
TRIGGER = """
CREATE FUNCTION patrons_change_follows_export() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := NEW.exported_at + interval '1 microsecond';
    RETURN NEW;
END
$$;
CREATE TRIGGER patrons_change_follows_export BEFORE UPDATE ON patrons_patron
    FOR EACH ROW
    WHEN (
        NEW.updated_at IS DISTINCT FROM OLD.updated_at
        AND NEW.exported_at IS NOT DISTINCT FROM OLD.exported_at
        AND NEW.updated_at <= NEW.exported_at
    )
    EXECUTE FUNCTION patrons_change_follows_export();
"""
REVERSE = """
DROP TRIGGER patrons_change_follows_export ON patrons_patron;
DROP FUNCTION patrons_change_follows_export();
"""


class Migration(migrations.Migration):
    dependencies = [("patrons", "0002_name_and_address_after_a_move")]

    operations = [
        migrations.CreateModel(
            name="PatronExport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="データの日時")),
                ("finished_at", models.DateTimeField(verbose_name="書き出し日時")),
                ("file_name", models.CharField(max_length=255, verbose_name="ファイル名")),
                ("encoding", models.CharField(max_length=20, verbose_name="文字コード")),
                ("patrons", models.PositiveIntegerField(verbose_name="利用者数")),
                ("marked", models.PositiveIntegerField(verbose_name="反映済みにした利用者数")),
                ("reported", models.PositiveIntegerField(verbose_name="文字を置き換えた利用者数")),
            ],
            options={
                "verbose_name": "貸出システムへの書き出し",
                "verbose_name_plural": "貸出システムへの書き出し",
                "ordering": ("-pk",),
            },
        ),
        migrations.AddIndex(
            model_name="patron",
            index=models.Index(
                condition=models.Q(
                    ("exported_at__isnull", True),
                    ("exported_at__lt", models.F("updated_at")),
                    _connector="OR",
                ),
                fields=["-registered_at"],
                name="patron_to_be_exported",
            ),
        ),
        migrations.RunSQL(TRIGGER, REVERSE),
    ]
