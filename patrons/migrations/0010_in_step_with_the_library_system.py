from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patrons", "0009_erased_patrons_are_empty"),
    ]

    operations = [
        migrations.AddField(
            model_name="patron",
            name="synced_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="貸出システムと一致した日時"
            ),
        ),
    ]
