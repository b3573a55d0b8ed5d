from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_passkeys"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="former_key",
            field=models.CharField(
                blank=True, default="", editable=False, max_length=40, verbose_name="前のキー"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="session",
            name="former_proof",
            field=models.CharField(
                blank=True, default="", editable=False, max_length=64, verbose_name="前のキーの証明"
            ),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("former_key", ""), _negated=True),
                fields=["former_key"],
                name="session_former_key",
            ),
        ),
    ]
