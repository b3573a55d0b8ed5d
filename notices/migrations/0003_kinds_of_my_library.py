from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0002_mails_without_a_patron"),
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
                    ("security", "ログインと連絡先の変更"),
                    ("email_confirmation", "E-mailの確認"),
                    ("password_reset", "パスワードの再設定"),
                    ("first_login_reminder", "初回ログインのご案内"),
                    ("kana_decided", "名前カタカナの変更"),
                    ("erasure", "個人情報の消去"),
                    ("staff_reminder", "職員へのお知らせ"),
                ],
                max_length=40,
                verbose_name="種類",
            ),
        ),
    ]
