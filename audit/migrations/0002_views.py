from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="NotableOpening",
            fields=[],
            options={
                "verbose_name": "確認が必要な閲覧",
                "verbose_name_plural": "確認が必要な閲覧",
                "proxy": True,
                "default_permissions": (),
                "indexes": [],
                "constraints": [],
            },
            bases=("audit.record",),
        ),
        migrations.RemoveIndex(
            model_name="record",
            name="audit_at",
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(fields=["at", "event", "actor_kind"], name="audit_at_event"),
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(fields=["event", "at"], name="audit_event"),
        ),
    ]
