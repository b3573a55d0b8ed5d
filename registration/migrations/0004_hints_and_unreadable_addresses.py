from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patrons", "0009_erased_patrons_are_empty"),
        ("registration", "0003_privacy_version"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("candidate_ids", []), _negated=True),
                fields=["-created_at", "-id"],
                name="application_with_candidates",
            ),
        ),
        migrations.AlterField(
            model_name="applicationtransition",
            name="reason",
            field=models.CharField(
                choices=[
                    ("started", "手続きの開始"),
                    ("typed", "入力の変更"),
                    ("card_read", "マイナンバーカードの読み取り"),
                    ("entered", "入力"),
                    ("confirmed", "申請者の確認"),
                    ("registered", "登録"),
                    ("outside_area", "対象地域外"),
                    ("address_unreadable", "住所の市町村が読み取れない"),
                    ("duplicate", "二重登録の可能性"),
                    ("open_review", "確認中の申請あり"),
                    ("unclear_identity", "本人確認情報の確認が必要"),
                    ("reset", "リセット"),
                    ("cancelled", "キャンセル"),
                    ("timed_out", "期限切れ"),
                    ("replaced", "同じ方の新しい手続き"),
                    ("same_person", "職員の決定：同一人物"),
                    ("other_person", "職員の決定：登録してよい"),
                    ("counter", "職員の決定：窓口へ案内"),
                ],
                max_length=40,
                verbose_name="理由",
            ),
        ),
    ]
