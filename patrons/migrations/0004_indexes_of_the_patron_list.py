from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patrons", "0003_library_system_export"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="patron",
            name="patron_registered_at",
        ),
        migrations.RemoveIndex(
            model_name="patron",
            name="patron_moved_out_at",
        ),
        migrations.AddIndex(
            model_name="patron",
            index=models.Index(fields=["-registered_at", "-id"], name="patron_registered_at"),
        ),
        migrations.AddIndex(
            model_name="patron",
            index=models.Index(
                fields=["municipality_code", "-registered_at", "-id"], name="patron_municipality"
            ),
        ),
        migrations.AddIndex(
            model_name="patron",
            index=models.Index(
                fields=["registered_via", "-registered_at", "-id"], name="patron_registered_via"
            ),
        ),
        migrations.AddIndex(
            model_name="patron",
            index=models.Index(
                condition=models.Q(("moved_out_at__isnull", False)),
                fields=["-registered_at", "-id"],
                name="patron_moved_out_at",
            ),
        ),
        migrations.AddIndex(
            model_name="patron",
            index=models.Index(
                condition=models.Q(("withdrawn_at__isnull", False)),
                fields=["-registered_at", "-id"],
                name="patron_withdrawn_at",
            ),
        ),
    ]
