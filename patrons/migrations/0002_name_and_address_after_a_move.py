from django.conf import settings
from django.db import migrations, models
from django.db.models import F


def date_the_readings_so_far(apps, schema_editor):
    """Who registered online read the card then."""
    patrons = apps.get_model("patrons", "Patron").objects
    patrons.filter(registered_via="online").update(verified_at=F("registered_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("patrons", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="patron",
            name="kana_outdated",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="カタカナの確認待ち（名前の変更後）"
            ),
        ),
        migrations.AddField(
            model_name="patron",
            name="moved_out_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="対象地域外への転出がわかった日時"
            ),
        ),
        migrations.AddField(
            model_name="patron",
            name="postal_code_outdated",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="郵便番号の確認待ち（住所の変更後）"
            ),
        ),
        migrations.AddField(
            model_name="patron",
            name="verified_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="カードの読み取り日時"),
        ),
        migrations.AddIndex(
            model_name="patron",
            index=models.Index(
                condition=models.Q(("moved_out_at__isnull", False)),
                fields=["moved_out_at"],
                name="patron_moved_out_at",
            ),
        ),
        migrations.RunPython(date_the_readings_so_far, migrations.RunPython.noop),
    ]
