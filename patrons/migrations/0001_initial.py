import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

from patrons.numbers import parse_range

# One name in a hundred of a histogram would pass for one in a hundred of all.
FINER = """
ALTER TABLE patrons_patron ALTER COLUMN name_key SET STATISTICS {target},
    ALTER COLUMN kana_key SET STATISTICS {target}
"""


def create_number_sequence(apps, schema_editor):
    """Create the sequence of patron numbers over the configured range."""
    numbers = parse_range(settings.PATRON_NUMBER_RANGE)
    schema_editor.execute(
        "CREATE SEQUENCE patrons_patron_number_seq"
        f" MINVALUE {numbers.first} MAXVALUE {numbers.last} START {numbers.first} NO CYCLE"
    )


def drop_number_sequence(apps, schema_editor):
    schema_editor.execute("DROP SEQUENCE patrons_patron_number_seq")


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        TrigramExtension(),
        migrations.RunPython(create_number_sequence, drop_number_sequence),
        migrations.CreateModel(
            name="DoubleSearch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rules", models.CharField(max_length=60)),
                ("changed_at", models.DateTimeField(null=True)),
                ("last_id", models.BigIntegerField(default=0)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PatronExport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="データの日時")),
                ("finished_at", models.DateTimeField(verbose_name="書き出し日時")),
                ("file_name", models.CharField(max_length=255, verbose_name="ファイル名")),
                ("encoding", models.CharField(max_length=20, verbose_name="文字コード")),
                ("patrons", models.PositiveIntegerField(verbose_name="利用者数")),
                ("marked", models.PositiveIntegerField(verbose_name="書き出し済みにした利用者数")),
                ("reported", models.PositiveIntegerField(verbose_name="文字を置き換えた利用者数")),
            ],
            options={
                "verbose_name": "貸出システムへの書き出し",
                "verbose_name_plural": "貸出システムへの書き出し",
                "ordering": ("-pk",),
            },
        ),
        migrations.CreateModel(
            name="Patron",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=20, unique=True, verbose_name="利用者番号")),
                ("name", models.TextField(verbose_name="名前")),
                ("name_key", models.CharField(editable=False, max_length=200)),
                (
                    "last_name_kana",
                    models.CharField(blank=True, max_length=100, verbose_name="姓（カタカナ）"),
                ),
                (
                    "first_name_kana",
                    models.CharField(blank=True, max_length=100, verbose_name="名（カタカナ）"),
                ),
                ("kana_key", models.CharField(editable=False, max_length=200)),
                (
                    "kana_outdated",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        verbose_name="カタカナの確認待ち（名前の変更後）",
                    ),
                ),
                ("birth_date", models.CharField(max_length=8, verbose_name="生年月日")),
                (
                    "postal_code",
                    models.CharField(blank=True, max_length=7, verbose_name="郵便番号"),
                ),
                (
                    "postal_code_outdated",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        verbose_name="郵便番号の確認待ち（住所の変更後）",
                    ),
                ),
                ("address", models.TextField(blank=True, verbose_name="住所")),
                ("address_key", models.CharField(blank=True, editable=False, max_length=200)),
                ("phone", models.CharField(blank=True, max_length=15, verbose_name="電話番号")),
                ("email", models.CharField(blank=True, max_length=254, verbose_name="E-mail")),
                ("email_key", models.CharField(blank=True, editable=False, max_length=254)),
                (
                    "confirmed_email",
                    models.CharField(
                        blank=True,
                        db_default="",
                        editable=False,
                        max_length=254,
                        verbose_name="確認済みのE-mail",
                    ),
                ),
                (
                    "bounced_email",
                    models.CharField(
                        blank=True,
                        db_default="",
                        editable=False,
                        max_length=254,
                        verbose_name="届かなかったE-mail",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=10, verbose_name="ことば"
                    ),
                ),
                (
                    "contact_method",
                    models.CharField(
                        choices=[("none", "不要"), ("email", "メール"), ("phone", "電話")],
                        default="none",
                        max_length=10,
                        verbose_name="予約連絡方法",
                    ),
                ),
                (
                    "municipality_code",
                    models.CharField(blank=True, max_length=5, verbose_name="市町"),
                ),
                (
                    "residency_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("eligible", "対象地域"),
                            ("not_eligible", "対象地域外"),
                            ("abroad", "国外転出"),
                            ("unreadable", "読み取れない住所"),
                        ],
                        max_length=20,
                        verbose_name="居住地の判定",
                    ),
                ),
                (
                    "residency_rule_version",
                    models.CharField(blank=True, max_length=20, verbose_name="判定表の版"),
                ),
                (
                    "verified_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="カードの読み取り日時"
                    ),
                ),
                (
                    "card_data_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        null=True,
                        verbose_name="名前・住所をカードから取り込んだ日時",
                    ),
                ),
                (
                    "moved_out_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="対象地域外への転出がわかった日時"
                    ),
                ),
                (
                    "registered_via",
                    models.CharField(
                        choices=[
                            ("online", "電子申請"),
                            ("counter", "窓口"),
                            ("import", "取り込み"),
                        ],
                        max_length=10,
                        verbose_name="登録方法",
                    ),
                ),
                (
                    "registered_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="登録日時"
                    ),
                ),
                (
                    "first_login_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="初回ログイン期限"),
                ),
                (
                    "first_login_reminded_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="初回ログインの案内日時"
                    ),
                ),
                (
                    "namesake_no",
                    models.PositiveSmallIntegerField(
                        default=0, verbose_name="同姓同名の別人の番号"
                    ),
                ),
                (
                    "withheld_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="情報秘匿の設定日時"
                    ),
                ),
                (
                    "withdrawn_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="退会日時"),
                ),
                (
                    "erased_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="個人情報の消去日時"),
                ),
                (
                    "exported_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="貸出システムへの書き出し日時"
                    ),
                ),
                (
                    "reflected_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="貸出システム反映日時"
                    ),
                ),
                (
                    "synced_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        null=True,
                        verbose_name="貸出システムと一致した日時",
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="更新日時"
                    ),
                ),
                (
                    "export_pending",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.ExpressionWrapper(
                            models.Q(
                                ("exported_at__isnull", True),
                                ("exported_at__lt", models.F("updated_at")),
                                _connector="OR",
                            ),
                            output_field=models.BooleanField(),
                        ),
                        output_field=models.BooleanField(),
                        verbose_name="書き出し待ち",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="patron",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ログイン",
                    ),
                ),
            ],
            options={
                "verbose_name": "利用者",
                "verbose_name_plural": "利用者",
                "permissions": (
                    (
                        "view_personal_data",
                        "利用者の個人情報を伏せずに見て、名前や連絡先でもさがせる",
                    ),
                    ("reveal_patron", "伏せてある個人情報を、1人ずつ、理由を記録して表示できる"),
                    ("print_card", "利用者カードのバーコードを印刷できる"),
                    ("send_patron_again", "利用者を貸出システムへもう一度送れる"),
                ),
                "indexes": [
                    models.Index(fields=["kana_key", "birth_date"], name="patron_kana_birth_date"),
                    models.Index(fields=["updated_at", "id"], name="patron_updated_at"),
                    models.Index(fields=["birth_date"], name="patron_birth_date"),
                    models.Index(
                        condition=models.Q(
                            ("withdrawn_at", None), models.Q(("phone", ""), _negated=True)
                        ),
                        fields=["phone"],
                        name="patron_phone",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("withdrawn_at", None), models.Q(("email_key", ""), _negated=True)
                        ),
                        fields=["email_key"],
                        name="patron_email_key",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("withdrawn_at", None), models.Q(("address_key", ""), _negated=True)
                        ),
                        fields=["address_key"],
                        name="patron_address_key",
                    ),
                    models.Index(fields=["-registered_at", "-id"], name="patron_registered_at"),
                    models.Index(
                        fields=["municipality_code", "-registered_at", "-id"],
                        name="patron_municipality",
                    ),
                    models.Index(
                        fields=["registered_via", "-registered_at", "-id"],
                        name="patron_registered_via",
                    ),
                    models.Index(
                        condition=models.Q(("moved_out_at__isnull", False)),
                        fields=["-registered_at", "-id"],
                        name="patron_moved_out_at",
                    ),
                    models.Index(
                        condition=models.Q(("withdrawn_at__isnull", False)),
                        fields=["-registered_at", "-id"],
                        name="patron_withdrawn_at",
                    ),
                    models.Index(
                        condition=models.Q(("bounced_email", ""), _negated=True),
                        fields=["-registered_at", "-id"],
                        name="patron_bounced_email",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("withdrawn_at", None),
                            models.Q(("email", ""), _negated=True),
                            models.Q(("confirmed_email", models.F("email")), _negated=True),
                        ),
                        fields=["-registered_at", "-id"],
                        name="patron_email_unconfirmed",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("first_login_until__isnull", False),
                            ("user", None),
                            ("withdrawn_at", None),
                        ),
                        fields=["-registered_at", "-id"],
                        name="patron_never_logged_in",
                    ),
                    models.Index(
                        condition=models.Q(("withheld_at__isnull", False)),
                        fields=["-registered_at", "-id"],
                        name="patron_withheld_at",
                    ),
                    models.Index(
                        condition=models.Q(("export_pending", True)),
                        fields=["-registered_at", "-id"],
                        name="patron_to_be_exported",
                    ),
                    models.Index(
                        condition=models.Q(("reflected_at", None)),
                        fields=["-registered_at", "-id"],
                        name="patron_not_reflected",
                    ),
                    models.Index(
                        condition=models.Q(("erased_at", None), ("withdrawn_at__isnull", False)),
                        fields=["withdrawn_at"],
                        name="patron_to_be_erased",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("first_login_reminded_at", None),
                            ("first_login_until__isnull", False),
                            ("withdrawn_at", None),
                        ),
                        fields=["first_login_until", "id"],
                        name="patron_first_login_ending",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["number", "name_key", "kana_key", "phone", "email_key"],
                        name="patron_search",
                        opclasses=[
                            "gin_trgm_ops",
                            "gin_trgm_ops",
                            "gin_trgm_ops",
                            "gin_trgm_ops",
                            "gin_trgm_ops",
                        ],
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("name_key", "birth_date", "namesake_no"),
                        name="patron_one_per_name_and_birth_date",
                        violation_error_message="同じ名前と生年月日の利用者がいます。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("birth_date__regex", "^[0-9]{8}$")),
                        name="patron_birth_date_eight_digits",
                        violation_error_message="生年月日は8ケタの数字です。",
                    ),
                    models.CheckConstraint(
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
                                ("language", ""),
                                ("last_name_kana", ""),
                                ("moved_out_at", None),
                                ("name", ""),
                                ("name_key", ""),
                                ("namesake_no", 0),
                                ("phone", ""),
                                ("postal_code", ""),
                                ("postal_code_outdated", False),
                                ("withdrawn_at__isnull", False),
                                ("withheld_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="patron_erased_is_empty",
                        violation_error_message="個人情報を消去した利用者には、何も書き込めません。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IdentityLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("issuer", models.CharField(max_length=255, verbose_name="発行者")),
                ("subject", models.CharField(max_length=255, verbose_name="識別子")),
                (
                    "linked_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="連携日時"
                    ),
                ),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="解除日時"),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identity_links",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "マイナンバーカードとの連携",
                "verbose_name_plural": "マイナンバーカードとの連携",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("issuer", "subject"),
                        name="identity_link_one_per_subject",
                        violation_error_message="この識別子は連携済みです。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FirstLoginCode",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="コードID",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("mail", "E-mail"),
                            ("screen", "登録の結果の画面"),
                            ("counter", "初回ログイン用紙"),
                        ],
                        max_length=10,
                        verbose_name="種類",
                    ),
                ),
                (
                    "made_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="発行日時"
                    ),
                ),
                ("expires_at", models.DateTimeField(verbose_name="期限")),
                (
                    "tries",
                    models.PositiveSmallIntegerField(default=0, verbose_name="入力された回数"),
                ),
                (
                    "ended_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="使用・取り消しの日時"
                    ),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "初回ログインの確認コード",
                "verbose_name_plural": "初回ログインの確認コード",
                "permissions": (("issue_firstlogincode", "初回ログイン用紙を発行できる"),),
                "default_permissions": (),
                "indexes": [models.Index(fields=["made_at"], name="first_login_code_made")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["mail", "screen", "counter"])),
                        name="first_login_code_kind_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("patron", "kind"),
                        name="first_login_code_one_per_patron_and_kind",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PossibleDouble",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "strength",
                    models.CharField(
                        choices=[("possible", "二重登録の可能性"), ("hint", "手がかりだけ")],
                        max_length=10,
                        verbose_name="二重登録の判定",
                    ),
                ),
                (
                    "fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        default=list,
                        size=None,
                        verbose_name="同じ項目",
                    ),
                ),
                (
                    "found_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="見つけた日時"
                    ),
                ),
                ("look_by", models.DateField(blank=True, null=True, verbose_name="確認の期限")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("other_person", "別人"), ("same_person", "同一人物")],
                        max_length=20,
                        verbose_name="決定",
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="メモ")),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="決定日時"),
                ),
                (
                    "first",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patrons.patron",
                        verbose_name="もう1人の利用者",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="職員",
                    ),
                ),
            ],
            options={
                "verbose_name": "二重登録かもしれない利用者",
                "verbose_name_plural": "二重登録かもしれない利用者",
                "permissions": (
                    ("decide_possibledouble", "二重登録かもしれない利用者を決定できる"),
                ),
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("verdict", "")),
                        fields=["look_by", "-strength", "found_at", "id"],
                        name="possible_double_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("first", "second"), name="possible_double_one_a_pair"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))),
                        name="possible_double_of_two_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("staff", None), ("verdict", "")),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("staff__isnull", False),
                                ("verdict__in", ["other_person", "same_person"]),
                            ),
                            _connector="OR",
                        ),
                        name="possible_double_decided_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WithholdingAct",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[("withheld", "設定"), ("ended", "解除"), ("opened", "表示")],
                        max_length=10,
                        verbose_name="操作",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("asked", "本人の申し出"),
                            ("contact", "本人への連絡"),
                            ("correction", "登録内容の確認・訂正"),
                            ("same_person", "二重登録などの確認"),
                            ("law", "法令にもとづく照会"),
                            ("other", "その他"),
                        ],
                        max_length=20,
                        verbose_name="理由",
                    ),
                ),
                ("note", models.TextField(verbose_name="メモ")),
                (
                    "at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="日時"),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="withholding_acts",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="職員",
                    ),
                ),
            ],
            options={
                "verbose_name": "情報秘匿",
                "verbose_name_plural": "情報秘匿",
                "ordering": ("-at", "-pk"),
                "permissions": (
                    (
                        "decide_withholding",
                        "情報秘匿を設定・解除し、秘匿した内容を表示できる（審査）",
                    ),
                ),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("step", "opened"), ("reason", ""), _connector="XOR"),
                        name="withholding_opened_for_a_reason",
                    )
                ],
            },
        ),
        migrations.RunSQL(FINER.format(target=1000), FINER.format(target=-1)),
    ]
