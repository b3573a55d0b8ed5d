from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("patrons", "0001_initial"), ("registration", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE registration_receipt_no_seq START 101",
            "DROP SEQUENCE registration_receipt_no_seq",
        ),
        migrations.AddField(
            model_name="application",
            name="receipt_no",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="受付番号"),
        ),
        migrations.AddField(
            model_name="application",
            name="answer_by",
            field=models.DateField(blank=True, null=True, verbose_name="回答期限"),
        ),
        migrations.AddField(
            model_name="application",
            name="delay_told_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="遅れの連絡"),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(
                condition=Q(review_since__isnull=False),
                fields=("receipt_no",),
                name="application_one_case_per_receipt",
            ),
        ),
    ]
