from django.db import migrations, models
from django.db.models import F


def tell_whose_data_are_a_card_s(apps, schema_editor):
    """Who registered online read the card then; of the others nobody can know any more."""
    patrons = apps.get_model("patrons", "Patron").objects
    patrons.filter(registered_via="online").update(card_data_at=F("verified_at"))


def tell_since_when_the_systems_agree(apps, schema_editor):
    """Otherwise a file older than the last export would be followed once more."""
    patrons = apps.get_model("patrons", "Patron").objects
    patrons.filter(exported_at__isnull=False).update(synced_at=F("exported_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("patrons", "0009_erased_patrons_are_empty"),
    ]

    operations = [
        migrations.AddField(
            model_name="patron",
            name="card_data_at",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                null=True,
                verbose_name="名前・住所をカードから取り込んだ日時",
            ),
        ),
        migrations.AddField(
            model_name="patron",
            name="synced_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="貸出システムと一致した日時"
            ),
        ),
        migrations.RunPython(tell_whose_data_are_a_card_s, migrations.RunPython.noop),
        migrations.RunPython(tell_since_when_the_systems_agree, migrations.RunPython.noop),
    ]
