from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patrons", "0004_indexes_of_the_patron_list"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="patron",
            name="patron_to_be_exported",
        ),
        migrations.AddField(
            model_name="patron",
            name="export_pending",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.ExpressionWrapper(
                    models.Q(
                        ("exported_at__isnull", True),
                        ("exported_at__lt", models.F("updated_at")),
                        _connector="OR",
                    ),
                    output_field=models.BooleanField(),
                ),
                output_field=models.BooleanField(),
                verbose_name="貸出システム未反映・変更あり",
            ),
        ),
        migrations.AddIndex(
            model_name="patron",
            index=models.Index(
                condition=models.Q(("export_pending", True)),
                fields=["-registered_at", "-id"],
                name="patron_to_be_exported",
            ),
        ),
    ]
