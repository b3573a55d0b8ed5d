from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patrons", "0008_bounced_email_index"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="patron",
            index=models.Index(
                condition=models.Q(("erased_at", None), ("withdrawn_at__isnull", False)),
                fields=["withdrawn_at"],
                name="patron_to_be_erased",
            ),
        ),
        migrations.AddConstraint(
            model_name="patron",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("erased_at", None),
                    models.Q(
                        ("address", ""),
                        ("address_key", ""),
                        ("birth_date", "00000000"),
                        ("bounced_email", ""),
                        ("confirmed_email", ""),
                        ("contact_method", "none"),
                        ("email", ""),
                        ("email_key", ""),
                        ("first_login_reminded_at", None),
                        ("first_login_until", None),
                        ("first_name_kana", ""),
                        ("kana_key", ""),
                        ("kana_outdated", False),
                        ("last_name_kana", ""),
                        ("moved_out_at", None),
                        ("name", ""),
                        ("name_key", ""),
                        ("namesake_no", 0),
                        ("phone", ""),
                        ("postal_code", ""),
                        ("postal_code_outdated", False),
                        ("withdrawn_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="patron_erased_is_empty",
                violation_error_message="個人情報を消去した利用者には、何も書き込めません。",
            ),
        ),
    ]
