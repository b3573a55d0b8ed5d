from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notices", "0005_addressee")]

    operations = [
        migrations.AlterModelOptions(
            name="notice",
            options={
                "ordering": ("-created_at", "-pk"),
                "permissions": (("send_again_notice", "送信できなかったメールをもう一度送れる"),),
                "verbose_name": "通知メッセージ",
                "verbose_name_plural": "通知メッセージ",
            },
        ),
    ]
