import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0001_initial"),
        ("patrons", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("registration_received", "登録申請受付"),
                    ("review_approved", "確認の結果（登録の続き）"),
                    ("review_found", "確認の結果（登録済み）"),
                    ("review_counter", "確認の結果（窓口へ）"),
                    ("card_linked", "マイナンバーカードの連携"),
                    ("staff_reminder", "職員へのお知らせ"),
                ],
                max_length=40,
                verbose_name="種類",
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="patron",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notices",
                to="patrons.patron",
                verbose_name="利用者",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("patron__isnull", False),
                    models.Q(("recipient", ""), _negated=True),
                    _connector="OR",
                ),
                name="notice_reaches_somebody",
            ),
        ),
    ]
