from django.db import migrations, models

# What is there already has arrived.
READ = """
UPDATE mylibrary_catalogueread SET item_id = (SELECT coalesce(max(id), 0) FROM catalog_item)
"""


class Migration(migrations.Migration):
    dependencies = [("mylibrary", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="catalogueread",
            name="item_id",
            field=models.BigIntegerField(default=0),
        ),
        migrations.RunSQL(READ, migrations.RunSQL.noop),
    ]
